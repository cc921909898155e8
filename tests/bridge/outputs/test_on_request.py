import asyncio
import errno
import math
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from time import perf_counter
from typing import Any

import pytest

from bridge.config.settings import Settings
from bridge.outputs import on_request, subscriber
from bridge.outputs.from_settings import output_from
from bridge.outputs.on_request import MOST_RECEIVERS, MOST_REQUESTS, OnRequestOutput
from bridge.supervision.supervised import Unavailable
from protocols.dialect import FaceRequest
from protocols.face import Datagram, DecodeError, Face

Open = Callable[[OnRequestOutput], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
Said = Callable[[], list[str]]
Make = Callable[..., OnRequestOutput]


def read(datagram: bytes) -> FaceRequest:
    """A request of these tests: `seconds port,port setting=value`, where ports may be none."""
    words = datagram.decode().split()
    try:
        seconds, ports = float(words[0]), words[1] if len(words) > 1 else ""
        asked = tuple(int(port) for port in ports.split(",")) if ports else (0,)
        return FaceRequest(asked, seconds, dict(word.split("=") for word in words[2:]))
    except (ValueError, IndexError) as problem:
        raise DecodeError("expected seconds and ports") from problem


class Labels:
    """An encoder whose datagrams contain the requested settings and the frame."""

    def __init__(self, **settings: str) -> None:
        if "wrong" in settings:
            raise ValueError("it cannot be said")
        self._settings = settings

    def encode(self, face: Face) -> Sequence[Datagram]:
        return [f"{face.frame} {self._settings.get('volume', 'normal')}".encode()]


class Program:
    """An avatar program that sends requests to a phone from one socket and listens on others."""

    def __init__(self, family: int = socket.AF_INET, host: str = "127.0.0.1") -> None:
        self._family, self._host = family, host
        self._sockets: dict[int, socket.socket] = {}
        self.port = self.listen()

    def listen(self, port: int = 0) -> int:
        opened = socket.socket(self._family, socket.SOCK_DGRAM)
        opened.bind((self._host, port))
        opened.setblocking(False)
        number: int = opened.getsockname()[1]
        self._sockets[number] = opened
        return number

    def ask(self, said: str | bytes, phone: int) -> None:
        data = said.encode() if isinstance(said, str) else said
        self._sockets[self.port].sendto(data, (self._host, phone))

    def heard(self, port: int | None = None) -> list[bytes]:
        return [datagram for datagram, _ in self.heard_from(port)]

    def heard_from(self, port: int | None = None) -> list[tuple[bytes, Any]]:
        waiting = []
        while True:
            try:
                waiting.append(self._sockets[port or self.port].recvfrom(65536))
            except BlockingIOError:
                return waiting

    def leave(self, port: int) -> None:
        self._sockets.pop(port).close()

    def close(self) -> None:
        for opened in self._sockets.values():
            opened.close()


@pytest.fixture
def program() -> Iterator[Program]:
    made = Program()
    yield made
    made.close()


@pytest.fixture
def phone() -> int:
    """A port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def make(phone: int) -> Make:
    def make(**changed: Any) -> OnRequestOutput:
        told = {"host": "127.0.0.1", "port": phone, "stream": "main", "every": 1, **changed}
        host, port = told.pop("host"), told.pop("port")
        told = {"read": read, "encoder_for": Labels, **told}
        return OnRequestOutput("phone there", host, port, **told)

    return make


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter times for the same states."""
    monkeypatch.setattr(on_request, "_WATCH_EVERY", 0.01)
    monkeypatch.setattr(on_request, "_GONE_AFTER", 0.3)
    monkeypatch.setattr(subscriber, "_WELL_AFTER", 0.1)


def send(output: OnRequestOutput, frame: int, *streams: str) -> None:
    output.send({name: Face(frame=frame) for name in streams or ["main"]}, frame, perf_counter())


def nobody_asked(output: OnRequestOutput) -> bool:
    return output.trouble == "no requests"


async def test_nobody_gets_a_face_without_asking(
    make: Make, open_output: Open, program: Program
) -> None:
    output = make()
    await open_output(output)
    send(output, 1)
    assert program.heard() == []
    assert (output.packets, output.trouble) == (0, "no requests")


async def test_who_asks_gets_faces_at_the_port_that_asked(
    make: Make, open_output: Open, program: Program, phone: int, until: Until
) -> None:
    output = make()
    await open_output(output)
    program.ask("9", phone)
    await until(lambda: not nobody_asked(output))
    send(output, 1)
    send(output, 2)
    assert program.heard() == [b"1 normal", b"2 normal"]
    assert (output.packets, output.bytes, output.errors, output.trouble) == (2, 16, 0, "")


async def test_faces_go_to_each_port_that_the_request_names_and_once_to_each(
    make: Make, open_output: Open, program: Program, phone: int, until: Until
) -> None:
    one, other = program.listen(), program.listen()
    output = make()
    await open_output(output)
    program.ask(f"9 {one},{other},{one},0,{program.port}", phone)
    await until(lambda: not nobody_asked(output))
    send(output, 1)
    heard = [program.heard(port) for port in (one, other, program.port)]
    assert heard == [[b"1 normal"]] * 3


async def test_requests_and_faces_go_over_different_sockets(
    make: Make, open_output: Open, program: Program, phone: int, until: Until
) -> None:
    other = program.listen()
    output = make()
    await open_output(output)
    program.ask(f"9 0,{other}", phone)
    await until(lambda: not nobody_asked(output))
    send(output, 1)
    send(output, 2)
    origins = [
        {origin[1] for _, origin in program.heard_from(port)} for port in (program.port, other)
    ]
    assert [len(origin) for origin in origins] == [1, 1]
    assert len({phone, *origins[0], *origins[1]}) == 3


async def test_faces_come_from_the_address_that_was_asked(
    make: Make, open_output: Open, phone: int, until: Until
) -> None:
    if not socket_can_bind("127.0.0.2"):
        pytest.skip("this system has no 127.0.0.2")
    output = make(host="127.0.0.2")
    await open_output(output)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind(("127.0.0.1", 0))
        asking.setblocking(False)
        asking.sendto(b"9", ("127.0.0.2", phone))
        await until(lambda: not nobody_asked(output))
        send(output, 1)
        datagram, origin = asking.recvfrom(100)
    assert (datagram, origin[0]) == (b"1 normal", "127.0.0.2")


def socket_can_bind(host: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
        return True


@pytest.mark.usefixtures("impatient")
async def test_a_request_that_is_not_repeated_runs_out(
    make: Make, open_output: Open, program: Program, phone: int, until: Until, lines_said: Said
) -> None:
    output = make()
    await open_output(output)
    program.ask("0.2", phone)
    await until(lambda: len(lines_said()) == 2)
    assert nobody_asked(output)
    send(output, 1)
    assert program.heard() == []
    there = f"127.0.0.1:{program.port}"
    assert lines_said() == [
        f"phone there: sending to {there}, as requested",
        f"phone there: stopped sending to {there}: its request expired",
    ]


async def test_a_request_that_ran_out_is_not_met_even_before_that_was_noticed(
    make: Make, open_output: Open, program: Program, phone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_request, "_WATCH_EVERY", 3600.0)
    output = make()
    await open_output(output)
    output.receive(b"0.01", ("127.0.0.1", program.port), perf_counter())
    await asyncio.sleep(0.02)
    send(output, 1)
    assert program.heard() == []


@pytest.mark.usefixtures("impatient")
async def test_a_repeated_request_goes_on_without_a_word(
    make: Make, open_output: Open, program: Program, phone: int, until: Until, lines_said: Said
) -> None:
    output = make()
    await open_output(output)
    program.ask("60", phone)
    await until(lambda: not nobody_asked(output))
    [asked] = output._receivers
    for _ in range(3):
        earlier = asked.until
        program.ask("60", phone)
        await until(lambda earlier=earlier: asked.until > earlier)
    assert output._receivers == (asked,)
    send(output, 1)
    assert program.heard() == [b"1 normal"]
    assert len(lines_said()) == 1


async def test_a_request_without_an_end_lasts(
    make: Make, open_output: Open, program: Program, phone: int, until: Until
) -> None:
    output = make()
    await open_output(output)
    program.ask("inf", phone)
    await until(lambda: not nobody_asked(output))
    for frame in range(100):
        send(output, frame)
    assert len(program.heard()) == 100


async def test_who_asks_for_no_more_gets_no_more(
    make: Make, open_output: Open, program: Program, phone: int, until: Until, lines_said: Said
) -> None:
    other = program.listen()
    output = make()
    await open_output(output)
    program.ask(f"inf 0,{other}", phone)
    await until(lambda: not nobody_asked(output))
    program.ask("0", phone)
    await until(lambda: len(lines_said()) == 3)
    send(output, 1)
    assert (program.heard(), program.heard(other)) == ([], [b"1 normal"])
    assert lines_said()[2].endswith(f"127.0.0.1:{program.port}: it requested the end")
    program.ask("0", phone)  # once more means nothing
    program.ask(f"0 {other}", phone)
    await until(lambda: nobody_asked(output))


@pytest.mark.usefixtures("impatient")
async def test_a_receiver_without_an_end_is_let_go_when_it_has_refused_for_a_while(
    make: Make, open_output: Open, program: Program, phone: int, until: Until, lines_said: Said
) -> None:
    gone, staying = program.listen(), program.listen()
    output = make()
    await open_output(output)
    program.ask(f"inf {gone},{staying}", phone)
    await until(lambda: not nobody_asked(output))
    program.leave(gone)
    frames = iter(range(1_000_000))

    def line() -> bool:
        send(output, next(frames))
        return len(lines_said()) == 3

    await until(line)
    assert lines_said()[2] == (
        f"phone there: stopped sending to 127.0.0.1:{gone}: nothing is listening"
    )
    assert output.errors > 0
    assert output.trouble == ""
    program.heard(staying)
    send(output, 1)
    assert program.heard(staying) == [b"1 normal"]


@pytest.mark.usefixtures("impatient")
async def test_a_receiver_that_comes_back_in_time_goes_on(
    make: Make,
    open_output: Open,
    program: Program,
    phone: int,
    until: Until,
    lines_said: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(on_request, "_GONE_AFTER", 60.0)
    port = program.listen()
    output = make()
    await open_output(output)
    program.ask(f"inf {port}", phone)
    await until(lambda: not nobody_asked(output))
    frames = iter(range(1_000_000))

    def troubled(trouble: str) -> bool:
        send(output, next(frames))
        return output.trouble == trouble

    program.leave(port)
    await until(lambda: troubled("no listener"))
    program.listen(port)
    await until(lambda: troubled(""))
    assert len(program.heard(port)) >= 3
    assert len(lines_said()) == 1


async def test_a_receiver_gets_the_frames_that_begin_before_its_time_is_over(
    make: Make, open_output: Open, program: Program, phone: int, until: Until
) -> None:
    output = make()
    await open_output(output)
    program.ask("9", phone)
    await until(lambda: not nobody_asked(output))
    [served] = output._receivers
    face = {"main": Face()}
    output.send(face, 1, served.until - 0.001)
    output.send(face, 2, served.until + 0.001)
    assert output.packets == 1


async def test_each_receiver_has_the_settings_that_it_asked_for(
    make: Make, open_output: Open, program: Program, phone: int, until: Until
) -> None:
    one, other = program.listen(), program.listen()
    output = make()
    await open_output(output)
    program.ask(f"9 {one} volume=low", phone)
    program.ask(f"9 {other}", phone)
    await until(lambda: len(output._receivers) == 2)
    send(output, 1)
    assert (program.heard(one), program.heard(other)) == ([b"1 low"], [b"1 normal"])
    program.ask(f"9 {one} volume=high", phone)
    await until(lambda: output._receivers[-1].settings == {"volume": "high"})
    send(output, 2)
    assert (program.heard(one), program.heard(other)) == ([b"2 high"], [b"2 normal"])


async def test_nonsense_is_refused_with_one_clear_line_and_then_counted(
    make: Make, open_output: Open, program: Program, phone: int, until: Until, lines_said: Said
) -> None:
    output = make()
    running = await open_output(output)
    for said in (b"\x1b[2J", b"", b"soon please", *[b"x"] * 100):
        program.ask(said, phone)
    program.ask("9 1 wrong=yes", phone)
    program.ask("9", phone)
    await until(lambda: not nobody_asked(output))
    refused = [line for line in lines_said() if "refused" in line]
    assert refused == [
        rf"phone there: refused b'\x1b[2J' from 127.0.0.1:{program.port}: "
        "expected seconds and ports"
    ]
    running.cancel()
    await asyncio.wait([running])
    assert "refused 103 more; the latest is b'9 1 wrong=yes'" in lines_said()[-1]
    assert lines_said()[-1].endswith("it cannot be said")


async def test_a_request_for_its_own_port_is_refused_and_the_other_ports_are_served(
    make: Make, open_output: Open, program: Program, phone: int, until: Until, lines_said: Said
) -> None:
    output = make()
    await open_output(output)
    program.ask(f"9 {phone},0", phone)
    await until(lambda: not nobody_asked(output))
    assert not any("is where this output listens for requests" in line for line in lines_said())
    assert [served.address[1] for served in output._receivers] == [program.port]


async def test_a_request_for_its_own_port_alone_is_refused_with_the_reason(
    make: Make, open_output: Open, program: Program, phone: int, until: Until, lines_said: Said
) -> None:
    await open_output(make())
    program.ask(f"9 {phone}", phone)
    await until(
        lambda: any("is where this output listens for requests" in line for line in lines_said())
    )


async def test_when_too_many_ask_those_that_asked_longest_ago_are_let_go_and_it_is_said_once(
    make: Make, open_output: Open, program: Program, phone: int, until: Until, lines_said: Said
) -> None:
    ports = [program.listen() for _ in range(MOST_RECEIVERS + 3)]
    output = make()
    await open_output(output)
    for port in ports[:MOST_RECEIVERS]:
        program.ask(f"9 {port}", phone)
    program.ask(f"9 {ports[0]}", phone)  # and so it is not the oldest any more
    for port in ports[MOST_RECEIVERS:]:
        program.ask(f"9 {port}", phone)
    await until(lambda: output._receivers and output._receivers[-1].address[1] == ports[-1])
    send(output, 1)
    served = [port for port in ports if program.heard(port)]
    assert served == [ports[0], *ports[4:]]
    assert len([line for line in lines_said() if "oldest requests" in line]) == 1


async def test_receivers_that_come_and_go_all_the_time_cannot_fill_the_log_or_the_memory(
    make: Make,
    open_output: Open,
    until: Until,
    lines_said: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(on_request, "MOST_REQUESTS", 10_000)
    output = make()
    await open_output(output)
    for port in range(20_000, 20_500):
        output.receive(b"9 %d" % port, ("127.0.0.1", 1024), perf_counter())
        output.receive(b"0 %d" % port, ("127.0.0.1", 1024), perf_counter())
    output.receive(b"9 20000", ("127.0.0.1", 1024), perf_counter())
    assert len(output._leaving) <= MOST_RECEIVERS
    lines = lines_said()
    assert len(lines) <= 40
    assert lines[-1] == "phone there: receivers come and go too often to log each"
    await until(lambda: not output._leaving)


async def test_a_flood_of_requests_is_dropped_unread_beyond_the_allowance(
    make: Make, open_output: Open, program: Program, lines_said: Said
) -> None:
    were_read: list[bytes] = []

    def count(datagram: bytes) -> FaceRequest:
        were_read.append(datagram)
        return read(datagram)

    output = make(read=count)
    await open_output(output)
    began = perf_counter()
    for number in range(5000):
        output.receive(b"x" if number % 2 else b"9", ("127.0.0.1", program.port), perf_counter())
    allowed = MOST_REQUESTS * (1 + perf_counter() - began)
    assert MOST_REQUESTS <= len(were_read) <= allowed + 1
    told = [line for line in lines_said() if "requests a second" in line]
    assert told == [
        f"phone there: more than {MOST_REQUESTS} requests a second; the rest are dropped "
        "(logged once)"
    ]


async def test_each_port_that_a_request_names_is_charged_to_the_allowance(
    make: Make, open_output: Open, program: Program
) -> None:
    output = make()
    await open_output(output)
    ports = ",".join(str(30_000 + number) for number in range(MOST_RECEIVERS))
    began = perf_counter()
    served = 0
    for _ in range(100):
        output._receivers = ()
        output.receive(f"9 {ports}".encode(), ("127.0.0.1", program.port), perf_counter())
        served += len(output._receivers)
    allowed = MOST_REQUESTS * (1 + perf_counter() - began)
    assert served <= allowed + 1


async def test_receivers_with_the_same_settings_share_an_encoder_and_its_work(
    make: Make, open_output: Open, program: Program, phone: int, until: Until
) -> None:
    made: list[Labels] = []
    encoded: list[int] = []

    class Counting(Labels):
        def encode(self, face: Face) -> Sequence[Datagram]:
            encoded.append(face.frame)
            return super().encode(face)

    def encoder_for(**asked: Any) -> Labels:
        made.append(Counting(**asked))
        return made[-1]

    ports = [program.listen() for _ in range(3)]
    output = make(encoder_for=encoder_for)
    await open_output(output)
    for port in ports[:2]:
        program.ask(f"9 {port}", phone)
    program.ask(f"9 {ports[2]} volume=low", phone)
    await until(lambda: len(output._receivers) == 3)
    send(output, 1)
    assert [program.heard(port) for port in ports] == [[b"1 normal"], [b"1 normal"], [b"1 low"]]
    assert (len(made), encoded) == (2, [1, 1])


async def test_only_frames_that_some_receiver_requested_count(
    make: Make, open_output: Open, program: Program, phone: int, until: Until
) -> None:
    output = make()
    await open_output(output)
    send(output, 1)
    assert output.frames == 0
    for port in (program.listen(), program.listen()):
        program.ask(f"9 {port}", phone)
    await until(lambda: len(output._receivers) == 2)
    for frame in range(2, 5):
        send(output, frame)
    assert (output.frames, output.packets) == (3, 6)


async def test_only_the_stream_of_this_output_is_sent_and_only_on_its_turn(
    make: Make, open_output: Open, program: Program, phone: int, until: Until
) -> None:
    output = make(stream="bob", every=2)
    await open_output(output)
    program.ask("9", phone)
    await until(lambda: not nobody_asked(output))
    for frame in range(5):
        send(output, frame, "main", "bob")
    send(output, 6, "main")
    assert program.heard() == [b"0 normal", b"2 normal", b"4 normal"]


@pytest.mark.usefixtures("impatient")
async def test_an_error_other_than_a_refusal_shows_as_trouble(
    make: Make, open_output: Open, program: Program, phone: int, until: Until
) -> None:
    class TooLarge:
        def encode(self, face: Face) -> Sequence[Datagram]:
            return [bytes(100_000)]

    output = make(encoder_for=lambda **asked: TooLarge())
    await open_output(output)
    program.ask("9", phone)
    await until(lambda: not nobody_asked(output))
    send(output, 1)
    await until(lambda: output.trouble == "cannot send")
    assert (output.packets, output.errors) == (0, 1)


@pytest.mark.usefixtures("impatient")
async def test_a_crashing_encoder_ends_the_output_so_that_it_can_be_restarted(
    make: Make, open_output: Open, program: Program, phone: int, until: Until
) -> None:
    class Crashing:
        def encode(self, face: Face) -> Sequence[Datagram]:
            raise ZeroDivisionError

    output = make(encoder_for=lambda **asked: Crashing())
    running = await open_output(output)
    program.ask("9", phone)
    await until(lambda: not nobody_asked(output))
    send(output, 1)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(running, 5)
    send(output, 2)  # nobody is harmed meanwhile
    await open_output(output)
    assert nobody_asked(output)


@pytest.mark.usefixtures("impatient")
async def test_a_crash_while_reading_a_request_ends_the_output(
    make: Make, open_output: Open, program: Program, phone: int
) -> None:
    def crashing(datagram: bytes) -> FaceRequest:
        raise ZeroDivisionError

    running = await open_output(make(read=crashing))
    program.ask("9", phone)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(running, 5)


async def test_frames_from_another_thread_meet_receivers_that_come_and_go(
    make: Make, open_output: Open, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_request, "_WATCH_EVERY", 0.001)
    output = make()
    running = await open_output(output)
    enough = threading.Event()

    def frames() -> None:
        frame = 0
        while not enough.wait(0.0005):
            frame += 1
            send(output, frame)

    sending = threading.Thread(target=frames)
    sending.start()
    try:
        for turn in range(200):
            output.receive(b"9" if turn % 3 else b"0", ("127.0.0.1", program.port), perf_counter())
            program.heard()
            await asyncio.sleep(0.002)
    finally:
        enough.set()
        sending.join()
    assert output.packets > 100
    assert not running.done()


async def test_after_the_end_nothing_is_sent_and_the_port_is_free(
    make: Make, open_output: Open, program: Program, phone: int, until: Until
) -> None:
    output = make()
    running = await open_output(output)
    program.ask("inf", phone)
    await until(lambda: not nobody_asked(output))
    running.cancel()
    await asyncio.wait([running])
    send(output, 1)
    assert program.heard() == []
    program.listen(phone)


async def test_a_taken_port_makes_the_output_unavailable(make: Make, phone: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", phone))
        with pytest.raises(Unavailable) as unavailable:
            await make().run(lambda: None)
    assert f"UDP port {phone} on 127.0.0.1" in str(unavailable.value)
    assert "already in use" in str(unavailable.value)
    assert "avatar programs" not in str(unavailable.value)


@pytest.mark.parametrize("port", [21412, 49983])
async def test_a_taken_port_of_phones_may_be_taken_by_the_receiver_itself(
    make: Make, port: int
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        try:
            other.bind(("127.0.0.1", port))
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE:
                raise
        with pytest.raises(Unavailable, match="some avatar programs use this port themselves"):
            await make(port=port).run(lambda: None)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "no..such", "x" * 300])
async def test_a_host_that_is_not_of_this_machine_makes_the_output_unavailable(
    make: Make, host: str
) -> None:
    with pytest.raises(Unavailable, match="cannot listen for requests on UDP port") as unavailable:
        await make(host=host).run(lambda: None)
    assert host in str(unavailable.value)
    assert "Errno" not in str(unavailable.value)


async def test_a_request_by_ipv6_is_answered(make: Make, open_output: Open, until: Until) -> None:
    try:
        program = Program(socket.AF_INET6, "::1")
    except OSError as problem:
        pytest.skip(f"no IPv6 here: {errno.errorcode.get(problem.errno or 0)}")
    phone = program.listen()
    program.leave(phone)
    output = make(host="::1", port=phone)
    await open_output(output)
    program.ask("9", phone)
    await until(lambda: not nobody_asked(output))
    send(output, 1)
    assert program.heard() == [b"1 normal"]
    program.close()


async def test_the_settings_of_a_phone_make_an_output_that_is_asked(
    open_output: Open, program: Program, phone: int, until: Until
) -> None:
    sections = Settings.model_validate({"outputs": [f"vts-phone://127.0.0.1:{phone}"]}).outputs
    output = output_from(sections[0], 60)
    assert isinstance(output, OnRequestOutput)
    await open_output(output)
    program.ask(
        '{"messageType":"iOSTrackingDataRequest","time":2.5,"sentBy":"MyApp",'
        f'"ports":[{program.port}]}}',
        phone,
    )
    await until(lambda: not nobody_asked(output))
    send(output, 1)
    [datagram] = program.heard()
    assert datagram.startswith(b'{"Timestamp":0,"Hotkey":-1,"FaceFound":true,')
    assert not math.isinf(output._receivers[0].until)
