"""Updates over a real NATS server."""

import asyncio
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from bridge.config.nats_input import NatsInputSection
from bridge.emotion.mixer import Mixer
from bridge.emotion.points import Vad
from bridge.inputs.nats import NatsInput
from bridge.inputs.source import Source
from bridge.supervision.supervised import State, Supervised, Unavailable
from tests.bridge.brokers import free_port
from tests.bridge.nats_servers import NatsServer, stranger

Targets = Callable[[], dict[str, Vad]]
Start = Callable[[Source], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
Said = Callable[[], list[str]]
Make = Callable[..., NatsInput]


@pytest.fixture
def make(mixer: Mixer) -> Make:
    """An input at a server, or at a cable to one."""

    def make(server: Any, subject: str = "affect.*.set", **settings: object) -> NatsInput:
        user = f"{settings.pop('user')}@" if "user" in settings else ""
        scheme = settings.pop("scheme", "nats")
        address = f"{scheme}://{user}127.0.0.1:{server.port}/{subject}"
        section = NatsInputSection.model_validate({"from": address, **settings})
        return NatsInput(section.name, mixer.mailbox(section.name), section)

    return make


@pytest.mark.parametrize(
    ("payload", "target"),
    [
        ("0.8 0.6 0.5", (0.8, 0.6, 0.5)),
        ("happiness 0.5", (0.4, 0.3, 0.25)),
        (json.dumps({"vad": [1, 0, -1]}), (1, 0, -1)),
        (json.dumps({"emotion": "happiness", "intensity": 0.5, "hold": 60}), (0.4, 0.3, 0.25)),
    ],
)
async def test_a_payload_in_any_form_is_an_update(
    nats_server: NatsServer,
    make: Make,
    start: Start,
    targets: Targets,
    until: Until,
    payload: str,
    target: tuple[float, ...],
) -> None:
    await start(make(nats_server))
    async with stranger(nats_server) as client:
        await client.publish("affect.main.set", payload.encode())
        await until(lambda: targets()["main"] == target)


async def test_the_token_at_the_star_names_the_stream(
    nats_server: NatsServer, make: Make, start: Start, targets: Targets, until: Until
) -> None:
    await start(make(nats_server))
    async with stranger(nats_server) as client:
        await client.publish("affect.bob.set", b"0.1 0.2 0.3")
        await client.publish("affect.あ.set", b"0.4 0.5 0.6")
        await client.publish("affect.dr%2Ewho.set", b"0.2 0.2 0.2")
        await client.publish("affect.ann.set", b'{"vad": [0.7, 0.8, 0.9], "stream": "eve"}')
        await until(lambda: "eve" in targets())
    assert targets()["bob"] == (0.1, 0.2, 0.3)
    assert targets()["あ"] == (0.4, 0.5, 0.6)
    assert targets()["dr.who"] == (0.2, 0.2, 0.2)
    assert targets()["eve"] == (0.7, 0.8, 0.9)
    assert "ann" not in targets()


async def test_a_subject_that_names_no_stream_says_where_all_updates_go(
    nats_server: NatsServer, make: Make, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bridge")
    await start(make(nats_server, "studio.>"))
    assert [line for line in caplog.messages if "all updates are for the stream main" in line]


async def test_a_message_that_is_no_update_is_reported_once_and_the_next_one_counts(
    nats_server: NatsServer,
    make: Make,
    start: Start,
    targets: Targets,
    until: Until,
    warnings_said: Said,
) -> None:
    source = make(nats_server)
    await start(source)
    async with stranger(nats_server) as client:
        for payload in (b"\xff\xfe\x00", b"{", b"1 2", b"x" * 100_000, b"nan nan nan", b""):
            await client.publish("affect.main.set", payload)
        await client.publish("affect.main.set", b"0.1 0.2 0.3")
        await until(lambda: targets()["main"] == (0.1, 0.2, 0.3))
    assert source.complaints.refused >= 5
    [warning] = warnings_said()
    assert warning.startswith(f"{source.name}: refused ")


async def test_a_subject_that_is_not_utf_8_does_not_end_the_input(
    nats_server: NatsServer, make: Make, start: Start, targets: Targets, until: Until
) -> None:
    """The library's reading task ends at such a subject, and the connection stays open."""
    await start(make(nats_server))
    _, writer = await asyncio.open_connection("127.0.0.1", nats_server.port)
    writer.write(b'CONNECT {"verbose":false}\r\nPUB affect.\xff\xfe.set 1\r\n0\r\n')
    writer.write(b"PUB affect.main.set 11\r\n0.1 0.2 0.3\r\n")
    await writer.drain()
    await until(lambda: targets()["main"] == (0.1, 0.2, 0.3))
    writer.close()


async def test_a_burst_ends_at_its_newest_value(
    nats_server: NatsServer, make: Make, start: Start, targets: Targets, until: Until
) -> None:
    source = make(nats_server)
    await start(source)
    async with stranger(nats_server) as client:
        for number in range(20_000):
            await client.publish("affect.main.set", b"%f 0 0" % (number / 20_000))
        await client.publish("affect.main.set", b"1 1 1")
        await client.flush(9)
        # The daemon calls catch_up about once a second.
        await until(lambda: (source.catch_up(), targets()["main"] == (1, 1, 1))[1])


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_restarts_is_found_again_and_its_absence_is_said_once(
    nats_server: NatsServer,
    make: Make,
    supervise: Callable[[Source], Supervised],
    targets: Targets,
    until: Until,
    changes_said: Said,
) -> None:
    source = make(nats_server)
    supervised = supervise(source)
    await until(lambda: supervised.state is State.UP)
    async with stranger(nats_server) as client:
        await client.publish("affect.main.set", b"0.1 0.1 0.1")
        await until(lambda: targets()["main"] == (0.1, 0.1, 0.1))
    nats_server.stop()
    await until(lambda: supervised.failures >= 4)
    assert targets()["main"] == (0.1, 0.1, 0.1)  # the face stays
    await nats_server.start()
    await until(lambda: supervised.state is State.UP)
    async with stranger(nats_server) as client:
        await client.publish("affect.main.set", b"0.2 0.2 0.2")
        await until(lambda: targets()["main"] == (0.2, 0.2, 0.2))
    up, *lost, up_again = changes_said()
    assert up == up_again == f"{source.name}: up"
    assert 1 <= len(lost) <= 2  # lost, then refused
    for line in lost:
        assert f"no connection to the NATS server at 127.0.0.1:{nats_server.port}" in line


@pytest.mark.usefixtures("impatient")
async def test_another_server_of_the_cluster_takes_the_place_of_one_that_is_away(
    start_nats: Callable[..., Awaitable[NatsServer]],
    make: Make,
    supervise: Callable[[Source], Supervised],
    targets: Targets,
    until: Until,
) -> None:
    first, second = await start_nats(), await start_nats()
    supervised = supervise(make(first, servers=[f"127.0.0.1:{second.port}"]))
    await until(lambda: supervised.state is State.UP)
    first.stop()
    await until(lambda: supervised.failures and supervised.state is State.UP)
    async with stranger(second) as client:
        await client.publish("affect.main.set", b"0.2 0.2 0.2")
        await until(lambda: targets()["main"] == (0.2, 0.2, 0.2))


async def test_a_normal_stop_does_not_wait_for_a_server_that_has_gone(
    nats_server: NatsServer, make: Make, start: Start
) -> None:
    running = await start(make(nats_server))
    nats_server.stop()
    running.cancel()
    await asyncio.wait_for(asyncio.wait([running]), 3)
    assert running.done()


GUARDED = "authorization { users = [{user: me, password: right}] }"


@pytest.mark.parametrize(("user", "password"), [("me", "wrong"), ("me", None), ("you", "right")])
async def test_a_refused_password_is_reported_as_such_and_not_shown(
    start_nats: Callable[..., Awaitable[NatsServer]],
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    user: str,
    password: str | None,
) -> None:
    if password is not None:
        monkeypatch.setenv("SECRET", password)
    source = make(await start_nats(GUARDED), user=user, password_env="SECRET")
    with pytest.raises(Unavailable, match=f"user name or password of {user}") as refused:
        await source.run(lambda: None)
    assert refused.value.hopeless
    assert str(password) not in str(refused.value) + caplog.text


async def test_a_missing_user_name_is_reported_as_such(
    start_nats: Callable[..., Awaitable[NatsServer]], make: Make
) -> None:
    with pytest.raises(Unavailable, match="a client without a user name"):
        await make(await start_nats(GUARDED)).run(lambda: None)


async def test_a_password_or_a_token_opens_the_door(
    start_nats: Callable[..., Awaitable[NatsServer]],
    make: Make,
    start: Start,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET", "right")
    await start(make(await start_nats(GUARDED), user="me", password_env="SECRET"))
    by_token = await start_nats("authorization { token: right }")
    await start(make(by_token, token_env="SECRET"))
    file = tmp_path / "token"
    file.touch(mode=0o600)
    file.write_text("right\n")
    await start(make(by_token, token_file=file))
    file.write_text("wrong\n")
    with pytest.raises(Unavailable, match="refused the token"):
        await make(by_token, token_file=file).run(lambda: None)


async def test_a_refused_subscription_is_reported_instead_of_up(
    start_nats: Callable[..., Awaitable[NatsServer]], make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "right")
    server = await start_nats(
        "authorization { users = [{user: me, password: right, permissions: "
        "{subscribe: {deny: 'affect.>'}}}] }"
    )
    source = make(server, user="me", password_env="SECRET")
    with pytest.raises(Unavailable, match="refused the subscription to affect") as refused:
        await asyncio.wait_for(source.run(lambda: None), 9)
    assert refused.value.hopeless


async def test_tls_with_a_client_certificate_works(
    start_nats: Callable[..., Awaitable[NatsServer]],
    certificate: tuple[Path, Path],
    make: Make,
    start: Start,
) -> None:
    pem, key = certificate
    server = await start_nats(
        f"tls {{ cert_file: '{pem}', key_file: '{key}', ca_file: '{pem}', verify: true }}"
    )
    files = {"tls_ca": pem, "tls_certificate": pem, "tls_key": key}
    await start(make(server, scheme="tls", **files))
    with pytest.raises(Unavailable, match=r"certificate of the NATS server .* is not trusted"):
        await make(server, scheme="tls").run(lambda: None)


async def test_with_tls_in_the_address_a_server_without_tls_gets_no_password(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library would send it: it uses TLS only if the server asks for it."""
    got = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","auth_required":true,"max_payload":1000}\r\n')
        while more := await reader.read(1000):
            got.extend(more)
        writer.close()

    monkeypatch.setenv("SECRET", "right")
    async with await asyncio.start_server(listen, "127.0.0.1", 0) as plain:
        plain.port = plain.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        with pytest.raises(Unavailable, match="does not offer TLS") as refused:
            await make(plain, user="me", scheme="tls", password_env="SECRET").run(lambda: None)
    assert refused.value.hopeless
    assert got == b""


async def test_a_port_that_speaks_something_else_is_reported_as_such(make: Make) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as other:
        other.port = other.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        with pytest.raises(Unavailable, match="is no NATS server"):
            await make(other).run(lambda: None)


SHARED = """
server_name: one
jetstream {{ store_dir: '{folder}' }}
mqtt {{ listen: "127.0.0.1:{mqtt}" }}
mappings = {{ "affect.*.set": "part.{{{{partition(4,1)}}}}.{{{{wildcard(1)}}}}.set" }}
"""


async def test_the_server_gives_each_daemon_its_partitions_of_what_nats_and_mqtt_clients_publish(
    start_nats: Callable[..., Awaitable[NatsServer]],
    make: Make,
    start: Start,
    until: Until,
    tmp_path: Path,
) -> None:
    mqtt_port = free_port(socket.SOCK_STREAM)
    server = await start_nats(SHARED.format(folder=tmp_path / "jetstream", mqtt=mqtt_port))
    subject = "part.{partition}.{stream}.set"
    mixers = [Mixer(), Mixer()]
    inputs = []
    for index, mixer in enumerate(mixers):
        section = NatsInputSection.model_validate(
            {
                "from": f"nats://127.0.0.1:{server.port}/{subject}",
                "shard": {"index": index, "count": 2, "partitions": 4},
            }
        )
        inputs.append(NatsInput(section.name, mixer.mailbox(section.name), section))
        await start(inputs[-1])
    names = {f"s{number}" for number in range(40)}
    async with stranger(server) as client:
        for name in sorted(names)[:20]:
            await client.publish(f"affect.{name}.set", b"0.1 0.2 0.3")
        await client.flush()
    async with aiomqtt.Client("127.0.0.1", mqtt_port, identifier="a-game") as client:
        for name in sorted(names)[20:]:
            await client.publish(f"affect/{name}/set", "0.1 0.2 0.3")
        await until(lambda: sum(source.mailbox.updates for source in inputs) == 40)
    here, there = (set(mixer.streams) - {"main"} for mixer in mixers)
    assert here | there == names
    assert not here & there
    assert min(len(here), len(there)) > 5
