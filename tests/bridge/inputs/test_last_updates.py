"""What one bridge kept, another goes on from: through a real server with JetStream."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import nats
import pytest

from bridge.config.nats_input import NatsInputSection
from bridge.emotion.mixer import Mixer
from bridge.inputs import last_updates
from bridge.inputs.nats import NatsInput
from bridge.inputs.source import Source
from tests.bridge.nats_servers import NatsServer, stranger

ROOT = Path(__file__).parents[3]

Start = Callable[[Source], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
async def server(start_nats: Callable[..., Awaitable[NatsServer]], tmp_path: Path) -> NatsServer:
    return await start_nats(f"jetstream {{ store_dir: '{tmp_path}/jetstream' }}")


def bridge(server: NatsServer, subject: str = "affect.*.set", **settings: Any) -> NatsInput:
    """The input of another bridge, with a mixer of its own."""
    address = f"nats://127.0.0.1:{server.port}/{subject}"
    section = NatsInputSection.model_validate({"from": address, "bucket": "faces", **settings})
    mixer = Mixer()
    source = NatsInput(section.name, mixer.mailbox(section.name), section)
    source.mixer = mixer  # type: ignore[attr-defined]
    return source


def goals(source: Any) -> dict[str, Any]:
    source.mixer.settle(time.perf_counter())
    return {goal.stream: goal for goal in source.mixer.goals}


async def values(server: NatsServer) -> dict[str, Any]:
    client = await nats.connect(server.url)
    try:
        bucket = await client.jetstream().key_value("faces")
        return {key: json.loads((await bucket.get(key)).value) for key in await bucket.keys()}
    except (nats.js.errors.BucketNotFoundError, nats.js.errors.NoKeysError):
        return {}
    finally:
        await client.close()


async def stop(source: Any, running: "asyncio.Task[None]", until: Until) -> None:
    """Stop it once its bucket is open."""
    await until(lambda: source._last_updates._newer is None)
    running.cancel()
    await asyncio.wait([running], timeout=5)


async def test_a_bridge_that_takes_over_goes_on_from_the_last_updates(
    server: NatsServer, start: Start, until: Until
) -> None:
    first = bridge(server)
    running = await start(first)
    async with stranger(server) as client:
        await client.publish("affect.bob.set", b"0.1 0.1 0.1")
        await client.publish("affect.bob.set", b"0.5 0.5 0.5")
        await client.publish("affect.dr%2Ewho.set", b'{"emotion": "joy", "hold": 600}')
        await client.publish("affect.eve.set", b'{"emotion": "anger", "hold": 0.2}')
        await until(lambda: first.mailbox.updates == 4)
    await stop(first, running, until)
    await asyncio.sleep(0.2)
    second = bridge(server)
    await start(second)
    await until(lambda: {"bob", "dr.who"} <= goals(second).keys())
    found = goals(second)
    assert found["bob"].target == (0.5, 0.5, 0.5)
    assert found["bob"].fade == 0  # a face that is new here begins there
    assert "eve" not in found
    held = second.mixer._table.find("dr.who").posted[second.mailbox].expires  # type: ignore[attr-defined]
    assert 590 < held - time.perf_counter() < 600


async def test_a_face_that_is_shown_already_moves_to_what_was_kept(
    server: NatsServer, start: Start, until: Until
) -> None:
    first = bridge(server)
    running = await start(first)
    async with stranger(server) as client:
        await client.publish("affect.main.set", b"0.5 0.5 0.5")
        await until(lambda: first.mailbox.updates)
    await stop(first, running, until)
    second = bridge(server)
    await start(second)
    await until(lambda: any(goals(second)["main"].target))
    assert goals(second)["main"].fade is None


async def test_of_many_updates_of_a_stream_the_latest_is_written_about_once_a_second(
    server: NatsServer, start: Start, until: Until
) -> None:
    source = bridge(server)
    running = await start(source)
    async with stranger(server) as client:
        for number in range(300):
            await client.publish("affect.bob.set", b"%f 0 0" % (number / 300))
            await asyncio.sleep(0.005)
        await until(lambda: source.mailbox.updates == 300)
        bucket = await client.jetstream().key_value("faces")
        written = (await client.jetstream().stream_info("KV_faces")).state.last_seq
        assert 1 <= written <= 5
        await stop(source, running, until)
        [key] = await bucket.keys()
        kept = json.loads((await bucket.get(key)).value)
    assert kept["parts"][0][0] == pytest.approx(299 / 300, abs=1e-5)


async def test_a_bridge_restores_its_own_partitions_only(
    server: NatsServer, start: Start, until: Until
) -> None:
    subject = "part.{partition}.{stream}.set"
    every = bridge(server, subject)
    running = await start(every)
    async with stranger(server) as client:
        for partition in range(4):
            await client.publish(f"part.{partition}.s{partition}.set", b"0.5 0.5 0.5")
        await until(lambda: every.mailbox.updates == 4)
    await stop(every, running, until)
    assert set(await values(server)) == {"0.s0", "1.s1", "2.s2", "3.s3"}
    half = bridge(server, subject, partitions=[1, 3])
    await start(half)
    await until(lambda: {"s1", "s3"} <= goals(half).keys())
    assert not {"s0", "s2"} & goals(half).keys()


async def test_an_update_that_came_first_is_not_replaced_by_a_kept_one(
    server: NatsServer, start: Start, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bridge(server)
    running = await start(first)
    async with stranger(server) as client:
        await client.publish("affect.bob.set", b"0.5 0.5 0.5")
        await until(lambda: first.mailbox.updates)
    await stop(first, running, until)
    second = bridge(server)
    second.read_message("affect.bob.set", b"-0.5 0 0")
    await start(second)
    await until(lambda: second._last_updates._newer is None)
    assert goals(second)["bob"].target == (-0.5, 0, 0)


async def test_without_jetstream_the_input_works_and_says_so_once(
    nats_server: NatsServer,
    start: Start,
    until: Until,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO, "bridge")
    monkeypatch.setattr(last_updates, "_TRY_AGAIN", 0.05)
    source = bridge(nats_server)
    await start(source)
    async with stranger(nats_server) as client:
        await client.publish("affect.bob.set", b"0.5 0.5 0.5")
        await until(lambda: "bob" in goals(source))
    await until(lambda: "the server has no JetStream" in caplog.text)
    await asyncio.sleep(0.3)
    assert caplog.text.count("the bucket faces cannot be used") == 1


async def test_the_permissions_in_deploy_are_enough_for_a_bridge_and_a_game(
    start_nats: Callable[..., Awaitable[NatsServer]],
    start: Start,
    until: Until,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BRIDGE_PASSWORD", "right")
    monkeypatch.setenv("GAME_PASSWORD", "fun")
    deployed = (ROOT / "deploy/nats-server.conf").read_text()
    alone = re.sub(
        r"^(listen|mqtt) .*$|^listen: .*$", "", deployed.split("cluster {")[0], flags=re.M
    )
    server = await start_nats(alone.replace("/var/lib/nats", str(tmp_path / "jetstream")))
    settings: dict[str, Any] = {
        "from": f"nats://bridge@127.0.0.1:{server.port}/part.{{partition}}.{{stream}}.set",
        "password_env": "BRIDGE_PASSWORD",
        "bucket": "faces",
    }
    section = NatsInputSection.model_validate(settings)
    for _ in range(2):
        source = NatsInput(section.name, Mixer().mailbox(section.name), section)
        running = await start(source)
        if source.mailbox.updates == 0:
            async with stranger(server, user="game", password="fun") as client:
                await client.publish("affect.bob.set", b"0.5 0.5 0.5")
                await client.publish("$KV.faces.0.eve", b"{}")  # refused
                await client.flush()
        await until(lambda source=source: source.mailbox.updates)
        await stop(source, running, until)
        assert source.mailbox.updates <= 2
        assert "eve" not in source._last
    async with stranger(server, user="bridge", password="right") as client:
        bucket = await client.jetstream().key_value("faces")
        assert [key.partition(".")[2] for key in await bucket.keys()] == ["bob"]
