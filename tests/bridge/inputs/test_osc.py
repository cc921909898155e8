import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from bridge.emotion.mixer import Mixer
from bridge.emotion.points import Vad
from bridge.emotion.reading import ReadingSettings
from bridge.emotion.scale import Scale, Scales
from bridge.inputs.osc import OscInput
from bridge.inputs.source import Source
from bridge.supervision.supervised import Unavailable

Targets = Callable[[], dict[str, Vad]]
Start = Callable[[Source], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
Said = Callable[[], list[str]]

FAR_FUTURE = 2_000_000_000.0  # May 2033


def message(address: str, types: str = "", *values: object) -> OscMessageBuilder:
    builder = OscMessageBuilder(address)
    for kind, value in zip(types, values, strict=True):
        builder.add_arg(value, kind)  # type: ignore[arg-type]
    return builder


def packet(address: str, types: str = "", *values: object) -> bytes:
    return message(address, types, *values).build().dgram


def bundle(*messages: OscMessageBuilder, at: float = IMMEDIATELY) -> bytes:
    builder = OscBundleBuilder(at)  # type: ignore[arg-type]
    for content in messages:
        builder.add_content(content.build())
    return builder.build().dgram


@pytest.fixture
def osc(mixer: Mixer, udp_port: int) -> OscInput:
    return OscInput("osc", mixer.mailbox("osc"), "127.0.0.1", udp_port)


@pytest.fixture
def send(udp_port: int) -> Iterator[Callable[[bytes], int]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", udp_port))
        yield sender.send


HALF_HAPPY = (0.4, 0.3, 0.25)


@pytest.mark.parametrize(
    ("datagram", "stream", "target"),
    [
        (packet("/vad", "fff", 0.5, -0.25, 1.0), "main", (0.5, -0.25, 1)),
        (packet("/vad", "ddd", 0.1, 0.2, 0.3), "main", (0.1, 0.2, 0.3)),
        (packet("/vad", "iii", 1, 0, -1), "main", (1, 0, -1)),
        (packet("/vad", "hfd", 1, 0.5, 0.1), "main", (1, 0.5, 0.1)),
        (packet("/vad/bob", "fff", 0.5, -0.25, 1.0), "bob", (0.5, -0.25, 1)),
        (packet("/bob/vad", "fff", 0.5, -0.25, 1.0), "bob", (0.5, -0.25, 1)),
        (packet("/valence", "f", 0.5), "main", (0.5, 0, 0)),
        (packet("/arousal", "i", 1), "main", (0, 1, 0)),
        (packet("/dominance", "d", -0.5), "main", (0, 0, -0.5)),
        (packet("/bob/valence", "f", 0.5), "bob", (0.5, 0, 0)),
        (packet("/bob/arousal", "f", 0.5), "bob", (0, 0.5, 0)),
        (packet("/bob/dominance", "f", 0.5), "bob", (0, 0, 0.5)),
        (packet("/emotion", "s", "happiness"), "main", (0.8, 0.6, 0.5)),
        (packet("/emotion", "sf", "Happiness", 0.5), "main", HALF_HAPPY),
        (packet("/emotion", "si", "joy", 1), "main", (0.8, 0.6, 0.5)),
        (packet("/emotion", "sd", "happiness+surprise", 1.0), "main", (0.55, 0.75, 0.35)),
        (packet("/bob/emotion", "sf", "happiness", 0.5), "bob", HALF_HAPPY),
        (packet("/emotion/happiness", "f", 0.5), "main", HALF_HAPPY),
        (packet("/bob/emotion/happiness", "f", 0.5), "bob", HALF_HAPPY),
        (packet("/あ/emotion/happiness", "f", 0.5), "あ", HALF_HAPPY),
        (packet("/a b/emotion/happiness", "f", 0.5), "a_b", HALF_HAPPY),
        (packet("/emotion/happiness", "T", True), "main", (0.8, 0.6, 0.5)),
        (packet("/emotion/happiness"), "main", (0.8, 0.6, 0.5)),
        (packet("/1/emotion/valence", "f", 0.5), "main", (0.5, 0, 0)),
    ],
    ids=lambda value: repr(value)[:40] if isinstance(value, bytes) else None,
)
async def test_a_packet_is_felt(
    osc: OscInput,
    send: Callable[[bytes], int],
    targets: Targets,
    start: Start,
    until: Until,
    datagram: bytes,
    stream: str,
    target: tuple[float, ...],
) -> None:
    await start(osc)
    send(datagram)
    await until(lambda: targets().get(stream) == target)


async def test_a_packet_typed_by_hand_is_felt(
    osc: OscInput,
    send: Callable[[bytes], int],
    targets: Targets,
    start: Start,
    until: Until,
) -> None:
    await start(osc)
    send(
        b"/vad\0\0\0\0"  # the address, ended and padded to a multiple of four
        b",fff\0\0\0\0"  # three floats
        b"\x3f\x00\x00\x00"  # 0.5, big-endian
        b"\xbf\x80\x00\x00"  # -1
        b"\x3e\x80\x00\x00"  # 0.25
    )
    await until(lambda: targets()["main"] == (0.5, -1, 0.25))


@pytest.mark.parametrize("address", ["/neutral", "/bob/neutral", "/neutral/bob"])
async def test_neutral_is_a_word_like_any_other(
    osc: OscInput,
    send: Callable[[bytes], int],
    targets: Targets,
    start: Start,
    until: Until,
    address: str,
) -> None:
    stream = "bob" if "bob" in address else "main"
    await start(osc)
    send(packet(f"/{stream}/emotion", "s", "fear"))
    await until(lambda: any(targets().get(stream, ())))
    send(packet(address))
    await until(lambda: targets()[stream] == (0, 0, 0))


async def test_one_axis_moves_and_the_others_keep_what_was_said_last(
    osc: OscInput,
    send: Callable[[bytes], int],
    targets: Targets,
    start: Start,
    until: Until,
) -> None:
    await start(osc)
    send(packet("/vad", "fff", 0.1, 0.2, 0.3))
    send(packet("/bob/vad", "fff", 0.7, 0.8, 0.9))
    send(packet("/arousal", "f", -0.5))
    await until(lambda: targets()["main"] == (0.1, -0.5, 0.3))
    send(packet("/dominance", "f", 0.6))
    await until(lambda: targets()["main"] == (0.1, -0.5, 0.6))
    assert targets()["bob"] == (0.7, 0.8, 0.9)


async def test_the_messages_of_a_bundle_are_one_update(
    osc: OscInput,
    send: Callable[[bytes], int],
    targets: Targets,
    start: Start,
    until: Until,
) -> None:
    await start(osc)
    axes = [("/valence", 0.5), ("/arousal", 0.25), ("/dominance", -1.0)]
    send(bundle(*(message(address, "f", value) for address, value in axes)))
    await until(lambda: targets()["main"] == (0.5, 0.25, -1))
    assert osc.mailbox.updates == 1


async def test_a_bundle_may_speak_for_several_streams(
    osc: OscInput,
    send: Callable[[bytes], int],
    targets: Targets,
    start: Start,
    until: Until,
) -> None:
    await start(osc)
    send(bundle(message("/vad/ann", "fff", 1, 0, 0), message("/vad/bob", "fff", 0, 1, 0)))
    await until(lambda: "bob" in targets())
    assert targets()["ann"] == (1, 0, 0)
    assert targets()["bob"] == (0, 1, 0)


async def test_a_bundle_dated_into_the_future_counts_now(
    osc: OscInput,
    send: Callable[[bytes], int],
    targets: Targets,
    start: Start,
    until: Until,
) -> None:
    await start(osc)
    send(bundle(message("/valence", "f", 0.5), at=FAR_FUTURE))
    await until(lambda: targets()["main"] == (0.5, 0, 0))


async def test_nonsense_within_a_bundle_does_not_silence_the_rest(
    osc: OscInput,
    send: Callable[[bytes], int],
    targets: Targets,
    start: Start,
    until: Until,
    warnings_said: Said,
) -> None:
    await start(osc)
    send(bundle(message("/colour", "s", "red"), message("/valence", "f", 0.5)))
    await until(lambda: targets()["main"] == (0.5, 0, 0))
    assert len(warnings_said()) == 1


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"hello",
        b"\xff" * 1000,
        b"/vad\0\0\0\0,fff\0\0\0\0\0\0",
        b"#bundle\0\0\0",
        b"/\xff\xfe\0,f\0\0\0\0\0\0",
        packet("/vad", "f", 0.1),
        b"/vad\0\0\0\0" + struct.pack(">fff", 0.8, 0.6, 0.5),
        b"/vad\0\0\0\0,fff\0\0\0\0" + struct.pack("<fff", 0.8, 0.6, 0.5),
        packet("/vad", "fff", float("nan"), 0.0, 0.0),
        packet("/vad", "sss", "a", "b", "c"),
        packet("/valence", "T", True),
        packet("/valence"),
        packet("/emotion", "s", "hapiness"),
        packet("/emotion", "f", 0.5),
        packet("/emotion/happiness", "s", "much"),
        packet("/a/b/vad", "fff", 0.0, 0.0, 0.0),
        packet("/!!!/valence", "f", 2.0),
        packet("/", "f", 0.5),
        packet("/avatar/parameters/JawOpen", "f", 0.5),
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_nonsense_is_complained_of_once_and_the_next_packet_is_felt(
    osc: OscInput,
    send: Callable[[bytes], int],
    targets: Targets,
    start: Start,
    until: Until,
    warnings_said: Said,
    nonsense: bytes,
) -> None:
    await start(osc)
    for _ in range(20):
        send(nonsense)
    send(packet("/valence", "f", 0.5))
    await until(lambda: targets()["main"] == (0.5, 0, 0))
    assert osc.complaints.refused == 20
    [warning] = warnings_said()
    assert warning.startswith("osc: refused ")
    assert "127.0.0.1:" in warning
    assert "Expected" in warning


async def test_a_port_already_taken_is_named_with_who_wanted_it(
    osc: OscInput, udp_port: int
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", udp_port))
        with pytest.raises(Unavailable, match=f"UDP port {udp_port} .* already in use"):
            await osc.run(lambda: None)


async def test_a_host_that_is_not_this_machine_is_refused_by_name(mixer: Mixer) -> None:
    osc = OscInput("osc", mixer.mailbox("osc"), "192.0.2.1", 9130)  # nobody's, by RFC 5737
    with pytest.raises(Unavailable, match=r"9130 of 192\.0\.2\.1"):
        await osc.run(lambda: None)


async def test_a_stopped_input_gives_its_port_back(
    osc: OscInput, start: Start, udp_port: int, until: Until
) -> None:
    task = await start(osc)
    task.cancel()
    await asyncio.wait([task])

    def port_is_free() -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            try:
                other.bind(("127.0.0.1", udp_port))
            except OSError:
                return False
            return True

    await until(port_is_free)


async def test_a_crash_ends_the_input_so_that_it_can_be_restarted(
    osc: OscInput, send: Callable[[bytes], int], start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(update: object, sent: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(osc.mailbox, "post", crash)
    task = await start(osc)
    send(packet("/valence", "f", 0.5))
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(task, 5)


async def test_a_network_that_is_not_allowed_is_not_heard_and_said_once(
    mixer: Mixer,
    udp_port: int,
    start: Start,
    send: Callable[[bytes], int],
    until: Until,
    warnings_said: Callable[[], list[str]],
) -> None:
    osc = OscInput("osc", mixer.mailbox("osc"), "127.0.0.1", udp_port, ["192.168.0.0/16"])
    await start(osc)
    for _ in range(50):
        send(packet("/emotion", "s", "anger"))
    await until(lambda: osc.complaints.rejects.get("not_allowed") == 50)
    assert osc.mailbox.updates == 0
    [warning] = warnings_said()
    assert "127.0.0.1" in warning
    assert "allow" in warning


@pytest.mark.parametrize(
    ("sender", "allowed"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),  # IPv4, heard by a socket of IPv6
        ("192.168.1.7", False),
        ("::ffff:192.168.1.7", False),
        ("fe80::1%eth0", False),
    ],
)
def test_this_machine_alone_is_heard_by_default(osc: OscInput, sender: str, allowed: bool) -> None:
    osc._receive(packet("/emotion", "s", "anger"), sender, 5000)
    assert (osc.mailbox.updates == 1) is allowed


async def test_the_labels_of_a_classifiers_loop_are_one_feeling_whatever_port_sends_them(
    osc: OscInput, targets: Targets, start: Start, until: Until, udp_port: int
) -> None:
    await start(osc)
    for name, score in (("angry", 0.02), ("sad", 0.03), ("happy", 0.9), ("neutral", 0.05)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(packet("/emotion", "sf", name, score), ("127.0.0.1", udp_port))
    await until(lambda: targets()["main"] == (0.72, 0.54, 0.45))
    assert osc.mailbox.updates == 4


async def test_faders_in_one_bundle_are_one_update(
    osc: OscInput, send: Callable[[bytes], int], mixer: Mixer, start: Start, until: Until
) -> None:
    await start(osc)
    send(bundle(message("/emotion/joy", "f", 0.5), message("/emotion/fear", "f", 0.5)))
    await until(lambda: osc.mailbox.updates == 1)
    mixer.settle(0.0)
    assert len(mixer.goals[0].parts) == 2


async def test_a_message_without_type_tags_is_called_that(
    osc: OscInput,
    send: Callable[[bytes], int],
    start: Start,
    until: Until,
    warnings_said: Said,
) -> None:
    await start(osc)
    send(b"/vad\0\0\0\0" + struct.pack(">fff", 0.8, 0.6, 0.5))
    await until(warnings_said)
    assert "the message has no type tags" in warnings_said()[0]


async def test_other_settings_count_from_the_next_packet_on(
    osc: OscInput, send: Callable[[bytes], int], targets: Targets, start: Start, until: Until
) -> None:
    await start(osc)
    osc.read_as(ReadingSettings(Scales(*[Scale(0, 1)] * 3)))
    send(packet("/vad", "fff", 0.5, 0.75, 1.0))
    await until(lambda: targets()["main"] == (0, 0.5, 1))
