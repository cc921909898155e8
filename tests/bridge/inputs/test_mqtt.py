import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from bridge.config.inputs import MqttSection
from bridge.emotion.mixer import Mixer
from bridge.emotion.points import Vad
from bridge.inputs.mqtt import MqttInput
from bridge.inputs.source import Source
from bridge.supervision.supervised import State, Supervised, Unavailable
from tests.bridge.brokers import client

Targets = Callable[[], dict[str, Vad]]
Start = Callable[[Source], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
Said = Callable[[], list[str]]
Broker = Any
Make = Callable[..., MqttInput]

STATUS = "affect-bridge/studio/status"


@pytest.fixture
def make(mixer: Mixer) -> Make:
    """An input at a broker (or at a cable to one)."""

    def make(broker: Broker, topic: str = "affect/+/set", **settings: object) -> MqttInput:
        user = f"{settings.pop('user')}@" if "user" in settings else ""
        scheme = "mqtts" if settings.pop("tls", False) else "mqtt"
        section = MqttSection.model_validate(
            {
                "from": f"{scheme}://{user}127.0.0.1:{broker.port}/{topic}",
                "version": getattr(broker, "version", "3.1.1"),
                "client_id": "studio",
                **settings,
            }
        )
        return MqttInput(section.name, mixer.mailbox(section.name), section)

    return make


@pytest.fixture
async def say(broker: Broker) -> Callable[..., Awaitable[None]]:
    """Publishes one message as a stranger would."""

    async def publish(topic: str, payload: str | bytes, *, retain: bool = False) -> None:
        async with client(broker) as stranger:
            await stranger.publish(topic, payload, qos=1, retain=retain)

    return publish


@pytest.fixture
async def statuses(broker: Broker, until: Until) -> AsyncIterator[list[str]]:
    """What a watcher hears on the input's status topic, as it comes."""
    heard: list[str] = []

    async def watch(watcher: aiomqtt.Client) -> None:
        async for message in watcher.messages:
            heard.append(bytes(message.payload).decode())

    async with client(broker) as watcher:
        await watcher.subscribe(STATUS, qos=1)
        task = asyncio.create_task(watch(watcher))
        yield heard
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    ("payload", "target"),
    [
        ("0.8 0.6 0.5", (0.8, 0.6, 0.5)),
        ("-0.8,0.6,0.5\n", (-0.8, 0.6, 0.5)),
        ("happiness 0.5", (0.4, 0.3, 0.25)),
        ("happiness+surprise", (0.55, 0.75, 0.35)),
        (json.dumps({"vad": [1, 0, -1]}), (1, 0, -1)),
        (json.dumps({"valence": 0.1, "arousal": 0.2, "dominance": 0.3}), (0.1, 0.2, 0.3)),
        (json.dumps({"emotion": "happiness", "intensity": 0.5, "hold": 60}), (0.4, 0.3, 0.25)),
    ],
)
async def test_a_payload_in_any_spelling_is_felt(
    broker: Broker,
    make: Make,
    start: Start,
    say: Callable[..., Awaitable[None]],
    targets: Targets,
    until: Until,
    payload: str,
    target: tuple[float, ...],
) -> None:
    await start(make(broker))
    await say("affect/main/set", payload)
    await until(lambda: targets()["main"] == target)


async def test_the_level_at_the_plus_names_the_stream(
    broker: Broker,
    make: Make,
    start: Start,
    say: Callable[..., Awaitable[None]],
    targets: Targets,
    until: Until,
) -> None:
    await start(make(broker))
    await say("affect/bob/set", "0.1 0.2 0.3")
    await say("affect/あ/set", "0.4 0.5 0.6")
    await say("affect/ann/set", '{"vad": [0.7, 0.8, 0.9], "stream": "eve"}')
    await until(lambda: "eve" in targets())
    assert targets()["bob"] == (0.1, 0.2, 0.3)
    assert targets()["あ"] == (0.4, 0.5, 0.6)
    assert targets()["eve"] == (0.7, 0.8, 0.9)
    assert "ann" not in targets()


@pytest.mark.parametrize(
    ("filter_", "topic", "stream"),
    [
        ("studio/mood", "studio/mood", "main"),
        ("studio/#", "studio/bob/mood", "main"),
        ("+", "bob", "bob"),
        ("affect/+/#", "affect/bob/set/now", "bob"),
        ("{zone}/{stream}/set/+", "affect/bob/set/now", "bob"),
    ],
)
async def test_the_filter_says_which_level_names_the_stream(
    amqtt_broker: Broker,
    make: Make,
    start: Start,
    targets: Targets,
    until: Until,
    filter_: str,
    topic: str,
    stream: str,
) -> None:
    await start(make(amqtt_broker, filter_))
    async with client(amqtt_broker) as stranger:
        await stranger.publish(topic, "0.1 0.2 0.3", qos=1)
        await until(lambda: targets().get(stream) == (0.1, 0.2, 0.3))


async def test_in_a_shared_subscription_the_plus_still_names_the_stream(
    mosquitto_broker: Broker, make: Make, start: Start, targets: Targets, until: Until
) -> None:
    await start(make(mosquitto_broker, "$share/bridges/affect/+/set"))
    async with client(mosquitto_broker) as stranger:
        await stranger.publish("affect/bob/set", "0.1 0.2 0.3", qos=1)
        await until(lambda: targets().get("bob") == (0.1, 0.2, 0.3))


async def test_only_the_partitions_that_are_named_are_subscribed_to(
    broker: Broker, make: Make, start: Start, targets: Targets, until: Until
) -> None:
    source = make(broker, "affect/{partition}/{stream}/set", partitions=[0, 2])
    await start(source)
    async with client(broker) as stranger:
        for partition in range(4):
            await stranger.publish(f"affect/{partition}/s{partition}/set", "1 1 1", qos=1)
        await until(lambda: "s2" in targets())
    assert {"s0", "s2"} <= targets().keys()
    assert not {"s1", "s3"} & targets().keys()


async def test_a_retained_value_counts_on_connection(
    broker: Broker,
    make: Make,
    start: Start,
    say: Callable[..., Awaitable[None]],
    targets: Targets,
    until: Until,
) -> None:
    await say("affect/main/set", "0.1 0.2 0.3", retain=True)
    await start(make(broker))
    await until(lambda: targets()["main"] == (0.1, 0.2, 0.3))


async def test_a_retained_value_that_is_deleted_is_no_mistake(
    broker: Broker,
    make: Make,
    start: Start,
    say: Callable[..., Awaitable[None]],
    targets: Targets,
    until: Until,
    warnings_said: Said,
) -> None:
    await start(make(broker))
    await say("affect/main/set", "0.1 0.2 0.3", retain=True)
    await say("affect/main/set", b"", retain=True)  # how MQTT deletes it
    await say("affect/bob/set", "0.1 0.2 0.3")
    await until(lambda: "bob" in targets())
    assert warnings_said() == []


@pytest.fixture
async def cut_off(
    broker: Broker,
    make: Make,
    supervise: Callable[[Source], Supervised],
    cable_to: Callable[[int], Awaitable[Any]],
    until: Until,
    impatient: None,
) -> Callable[..., Awaitable[Callable[[], Awaitable[None]]]]:
    """Starts an input at a broker that a retained joy waits at and, while it is connected, gets a
    plain fear; cuts it off, and returns how to connect it again."""

    async def begin(publish: Callable[..., Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        cable = await cable_to(broker.port)
        cable.version = broker.version
        await publish("affect/main/set", "joy", retain=True)
        source = make(cable)
        supervised = supervise(source)
        await until(lambda: source.mailbox.updates == 1)
        await publish("affect/main/set", "fear")
        await until(lambda: source.mailbox.updates == 2)
        cable.cut()
        await until(lambda: supervised.state is not State.UP)

        async def again() -> None:
            await cable.plug_in()
            await until(lambda: supervised.state is State.UP)
            await publish("affect/bob/set", "0.1 0.2 0.3")  # comes after what is retained
            await until(lambda: source.mailbox.updates >= 3)

        return again

    return begin


async def test_a_newer_update_beats_a_retained_one_that_comes_again(
    cut_off: Any, say: Callable[..., Awaitable[None]], targets: Targets, until: Until
) -> None:
    again = await cut_off(say)
    await again()
    await until(lambda: "bob" in targets())
    assert targets()["main"] == (-0.7, 0.8, -0.3)


async def test_one_that_was_retained_while_the_broker_was_away_is_applied(
    cut_off: Any, say: Callable[..., Awaitable[None]], targets: Targets, until: Until
) -> None:
    again = await cut_off(say)
    await say("affect/main/set", "anger", retain=True)
    await again()
    await until(lambda: targets()["main"] == (-0.7, 0.8, 0.7))


async def test_retained_values_can_be_ignored(
    broker: Broker,
    make: Make,
    start: Start,
    say: Callable[..., Awaitable[None]],
    targets: Targets,
    until: Until,
) -> None:
    await say("affect/main/set", "joy", retain=True)
    source = make(broker, retained="ignore")
    await start(source)
    await say("affect/bob/set", "fear", retain=True)
    await until(lambda: "bob" in targets())
    assert not any(targets()["main"])
    assert source.mailbox.updates == 1


async def test_a_filter_that_names_no_stream_says_where_all_updates_go(
    amqtt_broker: Broker, make: Make, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bridge")
    await start(make(amqtt_broker, "studio/#"))
    assert [r for r in caplog.messages if "all updates are for the stream main" in r]
    caplog.clear()
    await start(make(amqtt_broker, "affect/+/set", client_id="other"))
    assert not [r for r in caplog.messages if "all updates" in r]


async def test_nonsense_is_complained_of_once_and_the_next_message_felt(
    broker: Broker,
    make: Make,
    start: Start,
    say: Callable[..., Awaitable[None]],
    targets: Targets,
    until: Until,
    warnings_said: Said,
) -> None:
    source = make(broker)
    await start(source)
    for payload in (b"\xff\xfe\x00", b"{", b"1 2", b"x" * 10_000, b"nan nan nan"):
        await say("affect/main/set", payload)
    await say("affect/ /set", "fear")  # no name for a stream
    await say("affect/main/set", "0.1 0.2 0.3")
    await until(lambda: targets()["main"] == (0.1, 0.2, 0.3))
    assert source.complaints.refused == 6
    [warning] = warnings_said()
    assert warning.startswith(f"{source.name}: refused ")
    assert "Expected a name" in warning


async def test_a_burst_ends_at_its_newest_value(
    broker: Broker, make: Make, start: Start, targets: Targets, until: Until
) -> None:
    await start(make(broker))
    async with client(broker) as stranger:
        for number in range(300):
            await stranger.publish("affect/main/set", f"{number / 300} 0 0")
        await stranger.publish("affect/main/set", "1 1 1", qos=1)
    await until(lambda: targets()["main"] == (1, 1, 1))


async def test_the_status_is_online_while_running_and_offline_after_a_normal_stop(
    broker: Broker, make: Make, start: Start, statuses: list[str], until: Until
) -> None:
    running = await start(make(broker))
    await until(lambda: statuses == ["online"])
    running.cancel()
    await asyncio.wait([running])
    await until(lambda: statuses == ["online", "offline"])


@pytest.mark.parametrize("stopped", [False, True])
async def test_who_comes_late_finds_the_status_retained(
    broker: Broker, make: Make, start: Start, stopped: bool
) -> None:
    running = await start(make(broker))
    if stopped:
        running.cancel()
        await asyncio.wait([running])
    async with client(broker) as late:
        await late.subscribe(STATUS)
        message = await asyncio.wait_for(anext(aiter(late.messages)), 5)
    assert message.retain
    assert message.payload == (b"offline" if stopped else b"online")


@pytest.mark.usefixtures("impatient")
async def test_when_the_network_fails_the_will_says_offline_and_the_return_online(
    broker: Broker,
    make: Make,
    supervise: Callable[[Source], Supervised],
    statuses: list[str],
    until: Until,
    cable_to: Callable[[int], Awaitable[Any]],
) -> None:
    cable = await cable_to(broker.port)
    cable.version = broker.version
    supervise(make(cable))
    await until(lambda: statuses == ["online"])
    cable.cut()
    await until(lambda: statuses == ["online", "offline"])
    await cable.plug_in()
    await until(lambda: statuses == ["online", "offline", "online"])


@pytest.mark.usefixtures("impatient")
async def test_a_broker_restarted_in_mid_stream_is_found_again_and_resubscribed(
    broker: Broker,
    make: Make,
    supervise: Callable[[Source], Supervised],
    targets: Targets,
    until: Until,
    changes_said: Said,
) -> None:
    source = make(broker)
    supervised = supervise(source)
    await until(lambda: supervised.state is State.UP)
    async with client(broker) as stranger:
        await stranger.publish("affect/main/set", "0.1 0.1 0.1", qos=1)
        await until(lambda: targets()["main"] == (0.1, 0.1, 0.1))
    await broker.stop()
    await until(lambda: supervised.failures >= 3)
    assert targets()["main"] == (0.1, 0.1, 0.1)  # the face stays
    await broker.start()
    await until(lambda: supervised.state is State.UP)
    async with client(broker) as stranger:
        await stranger.publish("affect/main/set", "0.2 0.2 0.2", qos=1)
        await until(lambda: targets()["main"] == (0.2, 0.2, 0.2))
    up, lost, *_, up_again = changes_said()
    assert up == up_again == f"{source.name}: up"
    assert f"no connection to the broker at 127.0.0.1:{broker.port}" in lost


async def test_a_broker_that_is_not_there_is_named(
    make: Make, cable_to: Callable[[int], Awaitable[Any]]
) -> None:
    cable = await cable_to(1)
    cable.cut()
    with pytest.raises(Unavailable, match=f"no connection to the broker at 127.0.0.1:{cable.port}"):
        await make(cable).run(lambda: None)


async def test_a_host_that_cannot_be_found_is_named(mixer: Mixer) -> None:
    section = MqttSection.model_validate({"from": "mqtt://no-such-host.invalid/a"})
    source = MqttInput("mqtt", mixer.mailbox("mqtt"), section)
    with pytest.raises(Unavailable, match=r"no-such-host\.invalid"):
        await source.run(lambda: None)


async def test_a_normal_stop_does_not_hang_when_the_broker_has_gone(
    broker: Broker, make: Make, start: Start
) -> None:
    running = await start(make(broker))
    await broker.stop()
    running.cancel()
    await asyncio.wait_for(asyncio.wait([running]), 5)
    assert running.done()


@pytest.mark.parametrize(("user", "password"), [("me", "wrong"), ("me", None), ("you", "right")])
async def test_a_refused_password_is_reported_as_such_and_not_tried_again_soon(
    guarded_broker: Broker,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    user: str,
    password: str | None,
) -> None:
    if password is not None:
        monkeypatch.setenv("SECRET", password)
    source = make(guarded_broker, user=user, password_env="SECRET")
    with pytest.raises(
        Unavailable, match=f"refused the user name or password of {user}"
    ) as refused:
        await source.run(lambda: None)
    assert refused.value.hopeless
    assert str(password) not in str(refused.value)


async def test_a_missing_user_name_is_reported_as_such(guarded_broker: Broker, make: Make) -> None:
    with pytest.raises(Unavailable, match="without a user name") as refused:
        await make(guarded_broker).run(lambda: None)
    assert refused.value.hopeless


async def test_the_password_may_come_from_the_environment(
    guarded_broker: Broker, make: Make, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "right")
    await start(make(guarded_broker, user="me", password_env="SECRET"))


@pytest.mark.usefixtures("impatient")
async def test_the_password_may_come_from_a_file_which_is_read_anew_each_time(
    guarded_broker: Broker,
    make: Make,
    supervise: Callable[[Source], Supervised],
    until: Until,
    tmp_path: Path,
    changes_said: Said,
) -> None:
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text("wrong\n")
    supervised = supervise(make(guarded_broker, user="me", password_file=secret))
    await until(lambda: supervised.failures >= 2)
    secret.write_text("right\n")
    await until(lambda: supervised.state is State.UP)
    refused, up = changes_said()
    assert "refused the user name or password" in refused
    assert up.endswith(": up")


async def test_a_password_file_that_has_gone_is_reported(
    amqtt_broker: Broker, make: Make, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("right")
    source = make(amqtt_broker, user="me", password_file=secret)
    secret.unlink()
    with pytest.raises(Unavailable, match=r"password file .* cannot be read"):
        await source.run(lambda: None)


async def test_a_refused_subscription_is_reported_instead_of_up(
    taboo_broker: Broker, make: Make
) -> None:
    with pytest.raises(Unavailable, match="top-secret"):
        await asyncio.wait_for(make(taboo_broker, "top-secret").run(lambda: None), 5)


async def take_over(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A broker by hand (MQTT 5) that says yes to all, then that another client took over."""
    while head := await reader.read(2):
        body = await reader.readexactly(head[1])  # no packet here is longer than 127 bytes
        match head[0] >> 4:
            case 1:  # CONNECT: no session, success, no properties
                writer.write(b"\x20\x03\x00\x00\x00")
            case 8:  # SUBSCRIBE: its packet number, no properties, granted QoS 1
                writer.write(b"\x90\x04" + body[:2] + b"\x00\x01")
            case 3:  # PUBLISH of the status: received (its packet number), then goodbye, 142
                number_at = 2 + int.from_bytes(body[:2], "big")
                writer.write(b"\x40\x02" + body[number_at : number_at + 2])
                writer.write(b"\xe0\x01\x8e")
                writer.close()


async def test_a_second_client_with_the_same_id_is_suspected(mixer: Mixer) -> None:
    async with await asyncio.start_server(take_over, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        section = MqttSection.model_validate(
            {"from": f"mqtt://127.0.0.1:{port}/a", "client_id": "studio"}
        )
        source = MqttInput("mqtt", mixer.mailbox("mqtt"), section)
        with pytest.raises(Unavailable, match="using the client id 'studio'") as taken:
            await asyncio.wait_for(source.run(lambda: None), 5)
    assert taken.value.hopeless


async def test_tls_with_a_client_certificate_works(
    tls_broker: Broker,
    certificate: tuple[Path, Path],
    make: Make,
    start: Start,
    targets: Targets,
    until: Until,
) -> None:
    pem, key = certificate
    await start(make(tls_broker, tls=True, tls_ca=pem, tls_certificate=pem, tls_key=key))
    tls = aiomqtt.TLSParameters(ca_certs=str(pem), certfile=str(pem), keyfile=str(key))
    async with client(tls_broker, tls_params=tls) as stranger:
        await stranger.publish("affect/main/set", "0.1 0.2 0.3", qos=1)
    await until(lambda: targets()["main"] == (0.1, 0.2, 0.3))


async def test_a_broker_whose_certificate_nobody_vouches_for_is_not_trusted(
    tls_broker: Broker, make: Make
) -> None:
    with pytest.raises(Unavailable, match=r"(?i)certificate"):
        await make(tls_broker, tls=True).run(lambda: None)
