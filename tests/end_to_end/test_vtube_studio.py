"""The installed command and a stand-in for VTube Studio."""

import asyncio
import json
import os
import signal
import stat
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.bridge.outputs.vtube_studio_stand_in import StandIn


class Program:
    """A stand-in on a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.inside: StandIn = self.do(self._made)
        self.do(self.inside.start)

    async def _made(self) -> StandIn:
        return StandIn()

    def do(self, what: Callable[[], Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what(), self._loop).result(5)

    def call(self, what: Callable[[], object]) -> None:
        async def called() -> None:
            what()

        self.do(called)

    def close(self) -> None:
        self.do(self.inside.stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


@pytest.fixture
def program() -> Iterator[Program]:
    made = Program()
    yield made
    made.close()


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def environment(state):
    known = {name: value for name, value in os.environ.items() if name != "STATE_DIRECTORY"}
    return {**known, "XDG_STATE_HOME": str(state), "PYTHONUNBUFFERED": "1"}


def test_a_face_in_vtube_studio_outlives_restarts_and_a_revoked_permission(
    run_bridge, program, eventually, environment, state
):
    vtube_studio = program.inside
    address = f"vtube-studio://127.0.0.1:{vtube_studio.port}"
    bridge = run_bridge("run", "--to", address, env=environment)
    bridge.say("joy 1")
    eventually(lambda: vtube_studio.latest.get("AffectMouthSmileLeft", 0) > 0.2)
    assert vtube_studio.questions == 1
    [kept] = (state / "affect-bridge").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    [token] = vtube_studio.tokens

    program.do(vtube_studio.stop)
    eventually(lambda: bridge.logged("closed the connection"))
    vtube_studio.injections.clear()
    program.do(vtube_studio.start)
    eventually(lambda: vtube_studio.injections)
    assert vtube_studio.questions == 1

    program.call(vtube_studio.revoke)
    eventually(lambda: vtube_studio.questions == 2)
    vtube_studio.injections.clear()
    eventually(lambda: vtube_studio.injections)
    [new] = vtube_studio.tokens
    eventually(lambda: kept.read_text().strip() == new)

    assert bridge.stop() == 0
    at_rest = vtube_studio.latest
    assert {at_rest[name] for name in at_rest if name.startswith("Affect")} == {0.0}
    assert (at_rest["EyeOpenLeft"], at_rest["MouthOpen"]) == (1.0, 0.0)
    assert vtube_studio.latest.keys() > vtube_studio.custom.keys()
    assert token not in bridge.log
    assert new not in bridge.log
    assert len(bridge.lines_with("closed the connection")) == 1


def test_a_second_run_does_not_ask_again_and_check_does_not_tell_the_token(
    run_bridge, program, eventually, environment, tmp_path, state
):
    vtube_studio = program.inside
    config = tmp_path / "bridge.yaml"
    config.write_text(
        "inputs: [demo]\n"
        "outputs:\n"
        f"  - to: vtube-studio://127.0.0.1:{vtube_studio.port}\n"
        "    parameters: default\n"
        f"    token_file: {tmp_path / 'kept' / 'token'}\n"
    )
    for _ in range(2):
        vtube_studio.injections.clear()
        bridge = run_bridge("run", str(config), env=environment)
        eventually(lambda: vtube_studio.injections)
        assert bridge.stop() == 0
    assert vtube_studio.questions == 1
    [token] = vtube_studio.tokens
    assert (tmp_path / "kept" / "token").read_text().strip() == token
    assert not state.exists()
    check = run_bridge("check", str(config), env=environment)
    assert check.ends(9.0) == 0
    printed = check.printed.decode()
    assert "token_file" in printed
    assert token not in printed + check.log


def test_a_user_who_says_no_is_told_what_to_do_and_other_outputs_go_on(
    run_bridge, program, eventually, environment, avatar
):
    program.inside.answer = "deny"
    bridge = run_bridge(
        "run",
        *("--to", f"vtube-studio://127.0.0.1:{program.inside.port}"),
        *("--to", f"vmc://127.0.0.1:{avatar.port}"),
        env=environment,
    )
    eventually(lambda: bridge.logged("refused access", "restart affect-bridge"))
    avatar.more_frames()
    assert bridge.stop() == 0
    assert program.inside.questions == 1


def test_listen_shows_what_vtube_studio_would_get(
    run_bridge, eventually, environment, free_tcp_port
):
    address = f"vtube-studio://127.0.0.1:{free_tcp_port}"
    listening = run_bridge("listen", address, "--json", "--count", "5", env=environment)
    eventually(lambda: listening.logged("waiting for plugins"))
    bridge = run_bridge("run", "--from", "demo", "--to", address, env=environment)
    assert listening.ends(9.0) == 0
    frames = [json.loads(line) for line in listening.printed.splitlines()]
    assert len(frames) == 5
    assert all(frame["subject"] == "affect-bridge" for frame in frames)
    assert all(len(frame["weights"]) == 52 + 14 for frame in frames)
    assert "AffectJawOpen" in frames[0]["weights"]
    bridge.stop()


def test_listen_ends_with_ctrl_c_and_says_whose_port_is_taken(
    run_bridge, eventually, environment, free_tcp_port
):
    address = f"vtube-studio://127.0.0.1:{free_tcp_port}"
    first = run_bridge("listen", address, env=environment)
    eventually(lambda: first.logged("waiting for plugins"))
    second = run_bridge("listen", address, env=environment)
    assert second.ends(9.0) == 1
    assert second.logged(f"TCP port {free_tcp_port}", "in use", "avatar program")
    first.signal(signal.SIGINT)
    assert first.ends() == 0
