import asyncio
import errno
import itertools
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from bridge.outputs import burst, udp
from bridge.outputs.udp import UdpOutput
from bridge.supervision.supervised import Unavailable
from protocols.arkit import INDEX
from protocols.face import Datagram, Face, Faces
from protocols.livelink import LiveLinkCrowd, LiveLinkDecoder, LiveLinkEncoder

Open = Callable[[UdpOutput], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
Said = Callable[[], list[str]]
Make = Callable[..., UdpOutput]


class Labels:
    """An encoder whose datagrams contain the stream and the frame."""

    def __init__(self, stream: str, parts: int = 1) -> None:
        self._stream, self._parts = stream, parts

    def encode(self, face: Face) -> Sequence[Datagram]:
        return [f"{self._stream} {face.frame} {part}".encode() for part in range(self._parts)]


@pytest.fixture
def make(receiver: Any) -> Make:
    def make(**changed: Any) -> UdpOutput:
        settings = {"stream": "main", "every": 1, "encoder_for": Labels, **changed}
        host, port = settings.pop("host", "127.0.0.1"), settings.pop("port", receiver.port)
        return UdpOutput("vmc there", host, port, **settings)

    return make


def send(output: UdpOutput, frame: int, *streams: str, last: bool = False) -> None:
    output.send(
        {name: Face(frame=frame) for name in streams or ["main"]}, frame, perf_counter(), last=last
    )


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter times for the same states."""
    monkeypatch.setattr(udp, "_WATCH_EVERY", 0.01)
    monkeypatch.setattr(udp, "_WELL_AFTER", 0.2)


async def test_every_datagram_of_a_frame_is_sent_in_order(
    make: Make, open_output: Open, receiver: Any
) -> None:
    output = make(encoder_for=lambda stream: Labels(stream, parts=3))
    await open_output(output)
    send(output, 7)
    assert receiver.payloads() == [b"main 7 0", b"main 7 1", b"main 7 2"]
    assert (output.packets, output.errors) == (3, 0)


@pytest.mark.usefixtures("impatient")
async def test_an_output_keeps_one_source_port_also_while_nobody_listens(
    make: Make, open_output: Open, receiver: Any, until: Until
) -> None:
    output = make()
    await open_output(output)
    for frame in range(50):
        send(output, frame)
    origins = {origin for _, origin in receiver.received()}
    receiver.leave()
    for frame in range(50):
        send(output, frame)
    await until(lambda: output.trouble)
    receiver.come_back()
    for frame in range(50):
        send(output, frame)
    origins |= {origin for _, origin in receiver.received()}
    assert len(origins) == 1


async def test_every_frame_counts_also_those_that_nothing_listens_to(
    make: Make, open_output: Open, receiver: Any
) -> None:
    output = make(every=2, encoder_for=lambda stream: Labels(stream, parts=3))
    await open_output(output)
    receiver.leave()
    for frame in range(60):
        send(output, frame)
    assert output.errors >= 30  # of 90 datagrams, so that counting those would show half the rate
    assert output.frames == 30


async def test_only_every_nth_frame_is_sent(make: Make, open_output: Open, receiver: Any) -> None:
    output = make(every=3)
    await open_output(output)
    for frame in range(8):
        send(output, frame)
    assert receiver.payloads() == [b"main 0 0", b"main 3 0", b"main 6 0"]


async def test_the_last_frame_is_sent_whosever_turn_it_is(
    make: Make, open_output: Open, receiver: Any
) -> None:
    output = make(every=3)
    await open_output(output)
    for frame in (6, 7):
        send(output, frame)
    send(output, 7, last=True)
    assert receiver.payloads() == [b"main 6 0", b"main 7 0"]


async def test_a_dropped_frame_does_not_cost_an_output_its_turn(
    make: Make, open_output: Open, receiver: Any
) -> None:
    output = make(every=2)
    await open_output(output)
    for frame in (1, 3, 5):
        send(output, frame)
    assert receiver.payloads() == [b"main 1 0", b"main 3 0", b"main 5 0"]


async def test_only_the_stream_of_this_output_is_sent(
    make: Make, open_output: Open, receiver: Any
) -> None:
    output = make(stream="bob")
    await open_output(output)
    send(output, 1, "main", "bob")
    send(output, 2, "main")
    assert receiver.payloads() == [b"bob 1 0"]


async def test_every_stream_is_sent_by_an_encoder_of_its_own(
    make: Make, open_output: Open, receiver: Any
) -> None:
    made: list[str] = []

    def encoder_for(stream: str) -> Labels:
        made.append(stream)
        return Labels(stream)

    output = make(stream="*", encoder_for=encoder_for)
    await open_output(output)
    send(output, 1, "main")
    send(output, 2, "main", "bob")
    send(output, 3, "main", "bob")
    expected = [b"main 1 0", b"main 2 0", b"bob 2 0", b"main 3 0", b"bob 3 0"]
    assert receiver.payloads() == expected
    assert made == ["main", "bob"]


async def test_before_it_is_open_and_after_it_is_closed_an_output_sends_nothing(
    make: Make, open_output: Open, receiver: Any
) -> None:
    output = make()
    send(output, 1)
    running = await open_output(output)
    running.cancel()
    await asyncio.wait([running])
    send(output, 2)
    assert receiver.payloads() == []
    assert (output.packets, output.errors) == (0, 0)


@pytest.mark.usefixtures("impatient")
async def test_a_receiver_that_refuses_is_reported_once_and_its_return_once(
    make: Make, open_output: Open, receiver: Any, until: Until, lines_said: Said
) -> None:
    output = make()
    await open_output(output)
    receiver.leave()

    async def keep_sending() -> None:
        for frame in itertools.count():
            send(output, frame)
            await asyncio.sleep(0.005)

    sending = asyncio.create_task(keep_sending())
    await until(lambda: output.trouble)
    await until(lambda: output.errors > 50)
    [line] = lines_said()
    assert line.startswith("vmc there: nothing is listening")
    receiver.come_back()
    await until(lambda: not output.trouble)
    assert lines_said()[1:] == ["vmc there: the receiver is listening"]
    sending.cancel()


async def test_a_slow_output_does_not_take_silence_for_a_receiver(
    make: Make, open_output: Open, receiver: Any, lines_said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A refusal is told on the next send only, here longer after the last one than _WELL_AFTER, as
    # at one frame in three seconds.
    monkeypatch.setattr(udp, "_WATCH_EVERY", 0.01)
    monkeypatch.setattr(udp, "_WELL_AFTER", 0.05)
    output = make()
    await open_output(output)
    receiver.leave()
    for frame in range(8):
        send(output, frame)
        await asyncio.sleep(0.075)
    assert output.errors >= 3
    [line] = lines_said()
    assert line.startswith("vmc there: nothing is listening")


@pytest.mark.usefixtures("impatient")
async def test_a_datagram_that_no_network_takes_is_reported_once_in_words(
    make: Make, open_output: Open, until: Until, lines_said: Said
) -> None:
    class TooLarge:
        def encode(self, face: Face) -> Sequence[Datagram]:
            return [bytes(100_000)]

    output = make(encoder_for=lambda stream: TooLarge())
    await open_output(output)
    for frame in range(10):
        send(output, frame)
    await until(lines_said)
    [line] = lines_said()
    assert line.startswith("vmc there: cannot send: the datagram is too long: at most 65507 bytes")
    assert output.errors == 10


def failing(monkeypatch: pytest.MonkeyPatch, problem: OSError) -> Callable[[], None]:
    """Makes each send fail with `problem`; returns a function that ends this."""

    def refuse(opened: socket.socket, datagram: Datagram) -> int:
        raise problem

    monkeypatch.setattr(socket.socket, "send", refuse)
    return lambda: monkeypatch.setattr(socket.socket, "send", TAKES)


TAKES = socket.socket.send


@pytest.mark.usefixtures("impatient")
async def test_an_error_is_as_old_as_the_frame_that_met_it(
    make: Make, open_output: Open, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = make()
    await open_output(output)
    began = perf_counter() + 30.0  # a moment that no clock has reached
    take_again = failing(monkeypatch, ConnectionRefusedError(errno.ECONNREFUSED, "refused"))
    output.send({"main": Face()}, 0, began)
    await until(lambda: output.trouble)
    take_again()
    for frame in range(1, 10):
        send(output, frame)
    await asyncio.sleep(0.3)  # longer than _WELL_AFTER
    assert output.trouble


@pytest.mark.usefixtures("impatient")
async def test_a_full_network_costs_datagrams_and_one_line_and_is_no_trouble(
    make: Make,
    open_output: Open,
    receiver: Any,
    until: Until,
    lines_said: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = make()
    await open_output(output)
    for frame in range(3):
        take_again = failing(monkeypatch, BlockingIOError(errno.EAGAIN, "full"))
        send(output, 2 * frame)
        take_again()
        send(output, 2 * frame + 1)
        await until(lines_said)
    assert receiver.payloads() == [b"main 1 0", b"main 3 0", b"main 5 0"]
    assert (output.packets, output.errors, output.trouble) == (3, 3, "")
    assert lines_said() == [
        "vmc there: the send buffer is full; some datagrams are lost (logged once)"
    ]


@pytest.mark.usefixtures("impatient")
async def test_a_reset_as_windows_reports_it_means_that_nobody_listens(
    make: Make,
    open_output: Open,
    receiver: Any,
    until: Until,
    lines_said: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = make()
    await open_output(output)
    take_again = failing(monkeypatch, ConnectionResetError(errno.ECONNRESET, "reset by peer"))
    for frame in range(5):
        send(output, frame)
    await until(lambda: output.trouble == "no listener")
    assert lines_said() == ["vmc there: nothing is listening; still sending"]
    take_again()
    send(output, 5)
    assert receiver.payloads() == [b"main 5 0"]


@pytest.mark.usefixtures("impatient")
async def test_a_network_that_is_gone_is_reported_once_and_its_return_once(
    make: Make,
    open_output: Open,
    until: Until,
    lines_said: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = make()
    await open_output(output)
    take_again = failing(monkeypatch, OSError(errno.ENETUNREACH, "Network is unreachable"))
    for frame in range(5):
        send(output, frame)
    await until(lambda: output.trouble == "cannot send")
    take_again()
    for frame in range(5):
        send(output, frame)
    await until(lambda: not output.trouble)
    gone, back = lines_said()
    assert gone.startswith("vmc there: cannot send: network unreachable")
    assert back == "vmc there: sending again"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("when", ["made", "used"])
async def test_a_crashing_encoder_ends_the_output_so_that_it_can_be_restarted(
    make: Make, open_output: Open, when: str
) -> None:
    class Crashing:
        def encode(self, face: Face) -> Sequence[Datagram]:
            raise ZeroDivisionError

    def encoder_for(stream: str) -> Crashing:
        if when == "made":
            raise ZeroDivisionError
        return Crashing()

    output = make(encoder_for=encoder_for)
    running = await open_output(output)
    send(output, 1)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(running, 5)
    send(output, 2)  # nobody is harmed meanwhile


@pytest.mark.usefixtures("impatient")
async def test_an_output_restarted_after_a_crash_sends_with_a_new_encoder(
    make: Make, open_output: Open, receiver: Any
) -> None:
    broken = True

    class Mended(Labels):
        def encode(self, face: Face) -> Sequence[Datagram]:
            if broken:
                raise ZeroDivisionError
            return super().encode(face)

    output = make(encoder_for=Mended)
    running = await open_output(output)
    send(output, 1)
    await asyncio.wait([running])
    broken = False
    await open_output(output)
    send(output, 2)
    assert receiver.payloads() == [b"main 2 0"]
    assert running.exception() is not None


@pytest.mark.parametrize("host", ["no-such-host.invalid", "no..such", "x" * 300])
async def test_a_host_that_cannot_be_found_makes_the_output_unavailable(
    make: Make, host: str
) -> None:
    with pytest.raises(Unavailable, match="cannot find the host") as unavailable:
        await make(host=host, port=39539).run(lambda: None)
    assert host in str(unavailable.value)


async def test_a_host_that_cannot_be_reached_makes_the_output_unavailable(make: Make) -> None:
    with pytest.raises(Unavailable, match="cannot send to"):
        await make(host="127.255.255.255", port=39539).run(lambda: None)  # broadcast, not allowed


async def test_a_host_by_name_is_sent_to_where_programs_listen(
    make: Make, open_output: Open, receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As on Windows, "localhost" is ::1 first; avatar programs listen on IPv4.
    def both(*args: Any, **options: Any) -> list[Any]:
        kind = (socket.SOCK_DGRAM, 17, "")
        return [
            (socket.AF_INET6, *kind, ("::1", receiver.port, 0, 0)),
            (socket.AF_INET, *kind, ("127.0.0.1", receiver.port)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    output = make(host="localhost")
    await open_output(output)
    send(output, 1)
    assert receiver.payloads() == [b"main 1 0"]


async def test_an_ipv6_receiver_is_reached(make: Make, open_output: Open) -> None:
    try:
        listening = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        listening.bind(("::1", 0))
    except OSError as problem:
        pytest.skip(f"no IPv6 here: {errno.errorcode.get(problem.errno or 0)}")
    with listening:
        listening.setblocking(False)
        output = make(host="::1", port=listening.getsockname()[1])
        await open_output(output)
        send(output, 1)
        assert listening.recv(100) == b"main 1 0"


# --- many streams


def live_link(stream: str) -> LiveLinkEncoder:
    return LiveLinkEncoder(stream, "12345678-9abc-4def-8012-3456789abcde", Fraction(60))


def crowd_of(names: Sequence[str], frame: int = 0) -> Faces:
    """Each stream's jaw is open as far as its number says."""
    faces = Faces(names)
    faces.weights[:, INDEX["jawOpen"]] = [int(name[1:]) / 1000 for name in names]
    faces.date(frame, frame / 60, 0.0, 0.0)
    return faces


def shown_by(payloads: list[bytes]) -> dict[str, float]:
    """How far the jaw of each subject is open."""
    frames = [frame for payload in payloads for frame in LiveLinkDecoder().feed(payload)]
    assert len({frame.about["subject"] for frame in frames}) == len(frames)
    return {str(frame.about["subject"]): frame.weights["JawOpen"] for frame in frames}


@pytest.fixture
def make_crowd(make: Make) -> Make:
    def make_crowd(**changed: Any) -> UdpOutput:
        return make(stream="*", encoder_for=live_link, crowd_for=LiveLinkCrowd, **changed)

    return make_crowd


async def test_300_streams_all_arrive_with_their_subjects_and_weights(
    make_crowd: Make, open_output: Open, receiver: Any
) -> None:
    receiver.enlarge()
    output = make_crowd()
    await open_output(output)
    names = [f"s{number}" for number in range(300)]
    output.send(crowd_of(names), 0, perf_counter())
    shown = shown_by(receiver.payloads())
    assert shown == pytest.approx({name: int(name[1:]) / 1000 for name in names}, abs=1e-6)
    assert (output.packets, output.errors, output.frames) == (300, 0, 1)


async def test_streams_come_and_end_while_a_crowd_is_sent(
    make_crowd: Make, open_output: Open, receiver: Any
) -> None:
    output = make_crowd()
    await open_output(output)
    for frame, last in enumerate((2, 9, 30, 5, 12, 1)):
        names = [f"s{number}" for number in range(last - 1, last + last)]
        output.send(crowd_of(names, frame), frame, perf_counter())
        assert shown_by(receiver.payloads()).keys() == set(names)


async def test_what_leaves_is_the_same_where_the_system_cannot_split(
    make_crowd: Make, open_output: Open, receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    for platform in (sys.platform, "win32"):
        monkeypatch.setattr(burst.sys, "platform", platform)
        output = make_crowd()
        await open_output(output)
        output.send(crowd_of([f"s{number}" for number in range(95, 125)]), 0, perf_counter())
        seen.append(receiver.payloads())
        assert output.packets == 30
        assert output.bytes == sum(map(len, seen[-1]))
    assert seen[0] == seen[1]


@pytest.mark.usefixtures("impatient")
async def test_a_crowd_that_nothing_listens_to_is_counted_and_reported(
    make_crowd: Make, open_output: Open, receiver: Any, until: Until
) -> None:
    output = make_crowd()
    await open_output(output)
    receiver.leave()
    faces = crowd_of([f"s{number}" for number in range(100, 200)])
    for frame in range(20):
        output.send(faces, frame, perf_counter())
    assert output.packets + output.errors == 2000
    assert output.errors >= 300
    await until(lambda: output.trouble == "no listener")
    receiver.come_back()
    for frame in range(20, 40):
        output.send(faces, frame, perf_counter())
    assert receiver.payloads()


async def test_datagrams_for_which_the_send_buffer_has_no_room_are_counted(
    make_crowd: Make, open_output: Open
) -> None:
    output = make_crowd()
    await open_output(output)
    faces = crowd_of([f"s{number}" for number in range(100, 200)])

    class Full:
        def sendmsg(self, data: object, about: object) -> int:
            raise BlockingIOError(errno.EAGAIN, "full")

        def send(self, data: bytes) -> int:
            raise BlockingIOError(errno.EAGAIN, "full")

        def close(self) -> None: ...

    opened, output._connection.socket = output._connection.socket, Full()  # type: ignore[assignment]
    output.send(faces, 0, perf_counter())
    output._connection.socket = opened
    assert (output.packets, output.errors, output.trouble) == (0, 100, "")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count otherwise")
async def test_an_output_of_every_stream_has_a_larger_send_buffer(
    make: Make, make_crowd: Make, open_output: Open
) -> None:
    one, crowd = make(), make_crowd()
    sizes = []
    for output in (one, crowd):
        await open_output(output)
        opened = output._connection.socket
        assert opened is not None
        sizes.append(opened.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
    most = int(Path("/proc/sys/net/core/wmem_max").read_text())  # noqa: ASYNC240
    assert sizes[1] == 2 * min(most, udp.SEND_BUFFER) >= sizes[0]
