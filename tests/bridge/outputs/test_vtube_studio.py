"""The output to VTube Studio against a stand-in that follows the published rules, which a client
of other hands accepts for VTube Studio."""

import asyncio
import contextlib
import json
import logging
import os
import socket
import stat
import sys
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from aiohttp import web

from bridge.config.address import Endpoint
from bridge.config.settings import Settings
from bridge.outputs import vtube_studio, vtube_studio_discovery
from bridge.outputs.from_settings import output_from
from bridge.outputs.vtube_studio import VTubeStudioOutput
from bridge.outputs.vtube_studio_discovery import discover
from bridge.supervision.supervised import Supervised, Unavailable
from protocols.arkit import BLENDSHAPES
from protocols.face import DecodeError, Face
from protocols.vtubestudio.messages import Announcement
from tests.bridge.outputs.vtube_studio_stand_in import Custom, StandIn

try:
    import cv2  # noqa: F401
except ImportError:  # for icons only, and it wants a graphics library of the system
    sys.modules["cv2"] = types.ModuleType("cv2")
import pyvts

Until = Callable[[Callable[[], object]], Awaitable[None]]
Said = Callable[[], list[str]]
Make = Callable[..., VTubeStudioOutput]
Show = Callable[..., "asyncio.Task[None]"]

SMILE = BLENDSHAPES.index("mouthSmileLeft")


def smiling(frame: int = 0, weight: float = 0.5) -> Face:
    weights = np.zeros(52, np.float32)
    weights[SMILE] = weight
    return Face(weights=weights, frame=frame, seconds=frame / 60)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state directory."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "affect-bridge"


def keep(state: Path, program: StandIn, token: str, mode: int) -> Path:
    """Keep a token from an earlier run; returns its file."""
    state.mkdir()
    kept = state / f"vtube-studio-127.0.0.1-{program.port}.token"
    kept.write_text(f"{token}\n")
    kept.chmod(mode)
    return kept


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names_in(directory: Path) -> list[str]:
    return [entry.name for entry in directory.iterdir()]


async def failing(output: VTubeStudioOutput) -> None:
    """Run an output that is expected to fail."""
    await asyncio.wait_for(output.run(lambda: None), 10)


@pytest.fixture
async def program() -> AsyncIterator[StandIn]:
    """A VTube Studio whose user allows everything."""
    made = StandIn()
    await made.start()
    yield made
    made.go_on()
    await made.stop()


@pytest.fixture
def make(program: StandIn) -> Make:
    def make(to: str = "", **settings: Any) -> VTubeStudioOutput:
        to = to or f"vtube-studio://127.0.0.1:{program.port}"
        [section] = Settings.model_validate({"outputs": [{"to": to, **settings}]}).outputs
        made = output_from(section, 60)
        assert isinstance(made, VTubeStudioOutput)
        return made

    return make


@pytest.fixture
async def show() -> AsyncIterator[Show]:
    """Shows faces at 100 frames a second, as the frame thread does, until the test ends."""
    tasks: list[asyncio.Task[None]] = []

    def begin(output: VTubeStudioOutput, *, stream: str = "main") -> "asyncio.Task[None]":
        async def go_on() -> None:
            frame = 0
            while True:
                output.send({stream: smiling(frame)}, frame, perf_counter())
                frame += 1
                await asyncio.sleep(0.01)

        tasks.append(asyncio.create_task(go_on()))
        return tasks[-1]

    yield begin
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def run(supervise: Callable[..., Supervised[Any]]) -> Callable[..., Supervised[Any]]:
    """Keeps an output alive, as the daemon does, until the test ends."""
    return supervise


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter times for the same states."""
    monkeypatch.setattr(vtube_studio, "ANSWER_TIMEOUT", 0.4)
    monkeypatch.setattr(vtube_studio_discovery, "ANNOUNCEMENT_TIMEOUT", 0.4)
    monkeypatch.setattr("bridge.supervision.supervised.FIRST_DELAY", 0.02)
    monkeypatch.setattr("bridge.supervision.supervised.LONGEST_DELAY", 0.05)


async def test_the_stand_in_is_taken_for_vtube_studio_by_a_client_of_other_hands(
    program: StandIn, tmp_path: Path
) -> None:
    plugin = {
        "plugin_name": "outside hand",
        "developer": "somebody else",
        "authentication_token_path": str(tmp_path / "pyvts.txt"),
    }
    api = {"version": "1.0", "name": "VTubeStudioPublicAPI", "port": program.port}
    client = pyvts.vts(plugin_info=plugin, vts_api_info={**api, "host": "127.0.0.1"})
    await client.connect()
    refused = await client.request(client.vts_request.requestSetParameterValue("MouthOpen", 0.5))
    assert refused["data"]["errorID"] == 8
    await client.request_authenticate_token()
    assert await client.request_authenticate()
    created = await client.request(client.vts_request.requestCustomParameter("OutsideParameter"))
    assert created["data"] == {"parameterName": "OutsideParameter"}
    injected = await client.request(
        client.vts_request.requestSetParameterValue("OutsideParameter", 0.75)
    )
    assert injected["messageType"] == "InjectParameterDataResponse"
    assert program.value("OutsideParameter") == 0.75
    unknown = await client.request(client.vts_request.requestSetParameterValue("NoSuchOne", 1))
    assert unknown["data"]["errorID"] == 453
    await client.close()


async def test_a_first_run_asks_the_user_creates_52_parameters_and_shows_the_face(
    program: StandIn, make: Make, run: Any, show: Show, until: Until, lines_said: Said
) -> None:
    output = make(parameters="custom")
    assert output.name == f"vtube-studio 127.0.0.1:{program.port}"
    run(output)
    show(output)
    await until(lambda: len(program.injections) > 3)
    assert program.requests[:4] == [
        "APIStateRequest",
        "AuthenticationTokenRequest",
        "AuthenticationRequest",
        "ParameterCreationRequest",
    ]
    assert program.questions == 1
    assert len(program.custom) == 52
    assert {one.plugin for one in program.custom.values()} == {"affect-bridge"}
    assert {(one.low, one.high, one.default) for one in program.custom.values()} == {(0, 1, 0)}
    assert program.latest == {
        f"Affect{name[0].upper()}{name[1:]}": 0.5 if name == "mouthSmileLeft" else 0.0
        for name in BLENDSHAPES
    }
    assert program.injections[-1].face_found is True
    assert program.injections[-1].mode == "set"
    assert program.refused == []
    asked, told, up = lines_said()
    assert "asks whether affect-bridge may control it" in asked
    assert "created 52 custom parameters, AffectBrowDownLeft to AffectTongueOut" in told
    assert up.endswith(": up")
    await until(lambda: output.packets > 3)
    assert output.bytes > 3 * 1000
    assert output.frames == output.packets


@pytest.mark.parametrize(
    ("settings", "custom", "set_"),
    [
        ({}, 52, 66),  # by default any model moves, also one that knows no custom parameter
        ({"parameters": "default"}, 0, 14),
        ({"parameters": "default", "angles": True}, 0, 17),
        ({"parameters": "both"}, 52, 66),
        ({"parameters": "custom", "angles": True, "prefix": "Bob"}, 61, 61),
        ({"parameters": "both", "angles": True}, 61, 78),
        ({"parameters": "both", "leave": ["jaw", "tongue"]}, 47, 47 + 12),
    ],
)
async def test_each_mapping_is_within_the_rules(
    program: StandIn,
    make: Make,
    run: Any,
    show: Show,
    until: Until,
    settings: dict[str, Any],
    custom: int,
    set_: int,
) -> None:
    output = make(**settings)
    run(output)
    show(output)
    await until(lambda: program.injections)
    assert (len(program.custom), len(program.latest)) == (custom, set_)
    assert all(name.startswith(settings.get("prefix", "Affect")) for name in program.custom)
    assert program.refused == []
    if settings.get("parameters") != "custom":
        assert program.latest["MouthSmile"] == 0.625


async def test_the_user_may_take_his_time_to_answer(
    program: StandIn, make: Make, run: Any, show: Show, until: Until, impatient: None
) -> None:
    program.answer = None
    output = make()
    run(output)
    show(output)
    await until(lambda: program.questions)
    await asyncio.sleep(2 * vtube_studio.ANSWER_TIMEOUT)
    program.click("allow")
    await until(lambda: program.injections)
    assert (program.questions, program.connections) == (1, 1)


async def test_a_user_who_says_no_is_not_asked_again(
    program: StandIn, make: Make, run: Any, until: Until, lines_said: Said, impatient: None
) -> None:
    program.answer = "deny"
    supervised = run(make())
    await until(supervised.ended.is_set)
    await asyncio.sleep(0.1)
    assert program.questions == 1
    assert any(
        "refused access" in line and "restart affect-bridge" in line for line in lines_said()
    )


async def test_a_token_is_kept_for_this_user_alone_and_used_by_the_next_run(
    program: StandIn, make: Make, run: Any, show: Show, until: Until, state: Path
) -> None:
    first = make()
    run(first)
    show(first)
    await until(lambda: program.injections)
    kept = state / f"vtube-studio-127.0.0.1-{program.port}.token"
    [token] = program.tokens
    assert kept.read_text().strip() == token
    if os.name == "posix":
        assert (mode(kept), mode(state)) == (0o600, 0o700)
    program.requests.clear()
    run(make())
    await until(lambda: "AuthenticationRequest" in program.requests)
    assert "AuthenticationTokenRequest" not in program.requests
    assert program.questions == 1


async def test_the_token_is_never_said(
    program: StandIn,
    make: Make,
    run: Any,
    show: Show,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    output = make()
    run(output)
    show(output)
    await until(lambda: program.injections)
    [token] = program.tokens
    program.occupy("AffectJawOpen")
    program._held["AffectJawOpen"].session.plugin = ("Other", token)
    await until(lambda: 454 in program.refused)
    program.revoke()
    await until(lambda: program.questions == 2)
    said = "\n".join(
        record.getMessage() for record in caplog.records if "aiohttp" not in record.name
    )
    assert token not in said


async def test_a_token_that_was_revoked_is_thrown_away_and_another_one_asked_for(
    program: StandIn, make: Make, run: Any, show: Show, until: Until, state: Path
) -> None:
    output = make()
    run(output)
    show(output)
    await until(lambda: program.injections)
    [old] = program.tokens
    program.revoke()
    program.injections.clear()
    await until(lambda: program.injections)
    [new] = program.tokens
    assert new != old
    assert len(program.custom) == 52
    await until(lambda: new in next(state.iterdir()).read_text())
    assert program.connections == 1


async def test_a_token_that_is_revoked_between_two_runs_is_asked_for_again(
    program: StandIn, make: Make, run: Any, show: Show, until: Until, state: Path
) -> None:
    kept = keep(state, program, "of-another-time", 0o600)
    program.answer = None
    output = make()
    run(output)
    show(output)
    await until(lambda: program.questions)
    await until(lambda: not kept.exists())
    program.click("allow")
    await until(lambda: program.injections)


async def test_vtube_studio_may_be_started_later_and_restarted(
    program: StandIn,
    make: Make,
    run: Any,
    show: Show,
    until: Until,
    lines_said: Said,
    impatient: None,
) -> None:
    await program.stop()
    output = make()
    run(output)
    show(output)
    await until(lines_said)
    await program.start()
    await until(lambda: program.injections)
    await program.stop()
    await until(lambda: sum("closed the connection" in line for line in lines_said()) == 1)
    program.injections.clear()
    await program.start()
    await until(lambda: program.injections)
    assert program.questions == 1

    def states() -> list[str]:
        return [
            line for line in lines_said() if "parameters" not in line and "asks whether" not in line
        ]

    # One line for each change. A try between the stop and the start is refused, which is another.
    await until(lambda: len(states()) >= 4 and states()[-1].endswith(": up"))
    refused, up, closed, *tried, up_again = states()
    assert "cannot connect to VTube Studio" in refused
    assert up == up_again
    assert "closed the connection" in closed
    assert len(tried) <= 1
    assert all("cannot connect to VTube Studio" in line for line in tried)


async def test_parameters_that_were_deleted_are_created_again(
    program: StandIn, make: Make, run: Any, show: Show, until: Until
) -> None:
    output = make()
    run(output)
    show(output)
    await until(lambda: program.injections)
    program.custom.clear()
    program.injections.clear()
    await until(lambda: program.injections)
    assert len(program.custom) == 52
    assert program.connections == 1


@pytest.mark.parametrize(
    ("trouble", "settings", "words"),
    [
        (lambda p: setattr(p, "api_on", False), {}, "Allow Plugin API access"),
        (lambda p: p.occupy("AffectJawOpen"), {}, "another plugin sets"),
        (
            lambda p: p.absent.add("TongueOut"),
            {"parameters": "default"},
            "Parameter TongueOut not found",
        ),
    ],
)
async def test_what_vtube_studio_refuses_is_said_in_words(
    program: StandIn,
    make: Make,
    run: Any,
    show: Show,
    until: Until,
    lines_said: Said,
    trouble: Callable[[StandIn], object],
    settings: dict[str, Any],
    words: str,
) -> None:
    trouble(program)
    output = make(**settings)
    run(output)
    show(output)
    await until(lambda: any(words in line for line in lines_said()))
    assert output.name in lines_said()[-1]


@pytest.mark.parametrize(
    ("crowd", "words"),
    [
        ({"AffectJawOpen": "Other"}, "AffectJawOpen"),
        ({f"Old{i:03}": "affect-bridge" for i in range(60)}, "100 custom parameters"),
        ({f"Old{i:03}": f"plugin {i // 90}" for i in range(270)}, "300 custom parameters"),
    ],
)
async def test_names_and_limits_that_stand_in_the_way_are_said_in_words(
    program: StandIn,
    make: Make,
    crowd: dict[str, str],
    words: str,
) -> None:
    program.custom = {name: Custom(plugin, "", 0, 1, 0) for name, plugin in crowd.items()}
    with pytest.raises(Unavailable, match=words) as unavailable:
        await failing(make())
    assert unavailable.value.hopeless


async def test_another_plugin_that_lets_go_makes_way(
    program: StandIn, make: Make, run: Any, show: Show, until: Until, impatient: None
) -> None:
    program.occupy("AffectJawOpen")
    output = make()
    supervised = run(output)
    show(output)
    await until(lambda: supervised.failures > 1)
    program.leave("AffectJawOpen")
    await until(lambda: program.injections)


@pytest.mark.parametrize(
    "said", ["{", "[]", '{"apiName":"Other"}', "\ud7ff" * 10, b"\0\1", "0" * 2_000_000]
)
async def test_garbage_makes_the_output_unavailable(
    program: StandIn, make: Make, said: str | bytes
) -> None:
    program.says_instead.append(said)
    with pytest.raises(Unavailable, match="not VTube Studio"):
        await failing(make())


async def test_a_server_that_says_nothing_is_given_up(
    program: StandIn, make: Make, impatient: None
) -> None:
    program.says_nothing = True
    with pytest.raises(Unavailable, match="not answered"):
        await failing(make())


async def test_a_port_that_accepts_and_is_no_websocket_is_given_up(
    make: Make, impatient: None
) -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(Unavailable, match="no answer from"):
        await failing(make(f"vtube-studio://127.0.0.1:{port}"))
    server.close()


async def test_a_web_server_is_not_taken_for_vtube_studio(make: Make) -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    with pytest.raises(Unavailable, match="HTTP 404"):
        await failing(make(f"vtube-studio://127.0.0.1:{port}"))
    await runner.cleanup()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "no..such", "x" * 300])
async def test_a_host_that_cannot_be_found_makes_the_output_unavailable(
    make: Make, host: str
) -> None:
    with pytest.raises(Unavailable, match="cannot connect"):
        await failing(make(f"vtube-studio://{host}:8001"))


async def test_a_parameter_is_never_lost_however_slow_the_frames(
    program: StandIn, make: Make, run: Any, until: Until
) -> None:
    output = make()
    run(output)
    await until(lambda: output._wanted and len(program.custom) == 52)
    output.send({"main": smiling()}, 0, perf_counter())
    await until(lambda: len(program.injections) >= 5)
    gaps = np.diff([one.at for one in program.injections])
    assert max(gaps) < 1.0
    assert program.value("AffectMouthSmileLeft") == 0.5


async def test_a_vtube_studio_that_falls_behind_gets_the_newest_face_and_no_queue(
    program: StandIn, make: Make, run: Any, until: Until
) -> None:
    output = make()
    run(output)
    await until(lambda: output._wanted and len(program.custom) == 52)
    output.send({"main": smiling(0)}, 0, perf_counter())
    await until(lambda: program.injections)
    program.hang()
    for frame in range(1, 200):
        output.send({"main": smiling(frame, frame / 200)}, frame, perf_counter())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await until(lambda: output.trouble == "slow")
    behind = output.packets - len(program.injections)
    assert behind <= 31
    program.go_on()
    await until(lambda: not output.trouble)
    output.send({"main": smiling(200, 0.25)}, 200, perf_counter())
    await until(lambda: program.latest.get("AffectMouthSmileLeft") == 0.25)
    assert output.errors > 100


async def test_a_vtube_studio_that_hangs_is_given_up_and_found_again(
    program: StandIn,
    make: Make,
    run: Any,
    show: Show,
    until: Until,
    lines_said: Said,
    impatient: None,
) -> None:
    output = make()
    run(output)
    show(output)
    await until(lambda: program.injections)
    program.hang()
    await until(lambda: any("not answered" in line for line in lines_said()))
    program.go_on()
    program.injections.clear()
    await until(lambda: program.injections)


async def test_the_last_face_is_shown_before_the_connection_is_closed(
    program: StandIn, make: Make, until: Until
) -> None:
    output = make(parameters="custom")
    running = asyncio.create_task(output.run(lambda: None))
    await until(lambda: output._wanted and len(program.custom) == 52)
    output.send({"main": smiling(0)}, 0, perf_counter())
    await until(lambda: program.injections)
    output.send({"main": Face(frame=1)}, 1, perf_counter(), last=True)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await until(lambda: set(program.latest.values()) == {0.0})


async def test_a_crash_on_the_frame_thread_ends_the_output_so_that_it_can_be_restarted(
    program: StandIn, make: Make, until: Until
) -> None:
    output = make()
    running = asyncio.create_task(output.run(lambda: None))
    await until(lambda: output._wanted)
    output.send({"main": None}, 0, perf_counter())  # type: ignore[dict-item]
    with pytest.raises(AttributeError):
        await asyncio.wait_for(running, 5)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX systems know modes")
async def test_a_token_that_others_can_read_is_refused(
    program: StandIn, make: Make, state: Path
) -> None:
    keep(state, program, "secret-token", 0o644)
    with pytest.raises(Unavailable, match="chmod 600") as unavailable:
        await failing(make())
    assert unavailable.value.hopeless
    assert "secret-token" not in str(unavailable.value)
    assert program.connections == 0


async def test_a_token_that_cannot_be_kept_costs_a_warning_only(
    program: StandIn,
    make: Make,
    run: Any,
    show: Show,
    until: Until,
    lines_said: Said,
    tmp_path: Path,
) -> None:
    (tmp_path / "directory").symlink_to(tmp_path / "nowhere")
    output = make(token_file=str(tmp_path / "directory" / "token"))
    run(output)
    show(output)
    await until(lambda: program.injections)
    assert any("cannot store the permission" in line for line in lines_said())


INSTANCE = "93aa0d0494304fddb057ae8a295c4e59"


def announcement(port: int, **changed: Any) -> bytes:
    """The broadcast as the README has it."""
    data = {"active": True, "port": port, "instanceID": INSTANCE, "windowTitle": "VTube Studio"}
    return json.dumps(
        {
            "apiName": "VTubeStudioPublicAPI",
            "apiVersion": "1.0",
            "timestamp": 1630159656406,
            "messageType": "VTubeStudioAPIStateBroadcast",
            "requestID": "VTubeStudioAPIStateBroadcast",
            "data": {**data, **changed},
        }
    ).encode()


@pytest.fixture
def broadcasts() -> Iterator[int]:
    """A port that is free, for broadcasts."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    yield port


Found = Callable[..., Awaitable[Endpoint]]


@pytest.fixture
def found(broadcasts: int) -> Found:
    """What is discovered while `datagrams` are broadcast again and again."""

    async def search(*datagrams: bytes, instance: str | None = None) -> Endpoint:
        async def announce() -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                while True:
                    for datagram in datagrams:
                        sender.sendto(datagram, ("127.0.0.1", broadcasts))
                    await asyncio.sleep(0.02)

        announcing = asyncio.create_task(announce())
        try:
            return await discover(instance=instance, remote=False, listen_at=broadcasts)
        finally:
            announcing.cancel()

    return search


async def test_the_first_vtube_studio_that_lets_plugins_in_is_discovered(found: Found) -> None:
    assert await found(
        b"",
        b"\xff" * 100,
        b"{" * 1000,
        announcement(8001, active=False),
        announcement(70000),
        announcement(8002),
    ) == ("127.0.0.1", 8002)


@pytest.mark.parametrize("instance", ["other", "VTube Studio Window 2"])
async def test_several_vtube_studios_are_told_apart(found: Found, instance: str) -> None:
    second = announcement(8002, instanceID="other", windowTitle="VTube Studio Window 2")
    assert (await found(announcement(8001), second, instance=instance)).port == 8002


@pytest.mark.parametrize(
    ("datagrams", "words"),
    [
        ([], "is it running"),
        ([announcement(8001, active=False)], "Allow Plugin API access"),
        ([announcement(8001)], "not the instance 'other'"),
    ],
)
async def test_a_search_in_vain_says_what_it_has_seen(
    found: Found, impatient: None, datagrams: list[bytes], words: str
) -> None:
    instance = "other" if "instance" in words else None
    with pytest.raises(Unavailable, match=words):
        await found(*datagrams, instance=instance)


@pytest.mark.parametrize("remote", [False, True])
async def test_another_machine_is_taken_only_when_that_is_allowed(remote: bool) -> None:
    future: asyncio.Future[Endpoint] = asyncio.get_running_loop().create_future()
    search = vtube_studio_discovery.Search(None, remote, future)
    search.datagram_received(announcement(8001), ("192.0.2.7", 50000))
    if remote:
        assert future.result() == ("192.0.2.7", 8001)
    else:
        assert not future.done()
        assert "`remote: true`" in search.failure()


async def test_a_flood_of_broadcasts_is_dropped_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    were_read: list[bytes] = []

    def count(datagram: bytes) -> Announcement:
        were_read.append(datagram)
        raise DecodeError

    monkeypatch.setattr(vtube_studio_discovery, "read_announcement", count)
    future: asyncio.Future[Endpoint] = asyncio.get_running_loop().create_future()
    search = vtube_studio_discovery.Search(None, False, future)
    began = perf_counter()
    for _ in range(1000):
        search.datagram_received(b"{", ("127.0.0.1", 50000))
    allowed = vtube_studio_discovery.MOST_BROADCASTS * (1 + perf_counter() - began)
    assert 1 <= len(were_read) <= allowed + 1


async def test_two_plugins_may_listen_for_broadcasts_at_once(broadcasts: int, found: Found) -> None:
    first = asyncio.create_task(discover(instance="nobody", remote=False, listen_at=broadcasts))
    await asyncio.sleep(0)
    try:
        assert (await found(announcement(8001))).port == 8001
    finally:
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def test_a_discovered_vtube_studio_is_connected_to(
    program: StandIn,
    make: Make,
    run: Any,
    show: Show,
    until: Until,
    state: Path,
    broadcasts: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vtube_studio_discovery, "BROADCAST_PORT", broadcasts)
    output = make("vtube-studio://discover")
    assert output.name == "vtube-studio discover"
    run(output)
    show(output)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", broadcasts))
        while not program.injections:
            with contextlib.suppress(ConnectionError):
                sender.send(announcement(program.port))
            await asyncio.sleep(0.02)
    assert names_in(state) == [f"vtube-studio-127.0.0.1-{program.port}.token"]
