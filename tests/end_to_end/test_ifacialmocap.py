"""What programs get that expect the apps iFacialMocap or Facemotion3d on a phone."""

import json
import re
import socket
from contextlib import ExitStack
from itertools import pairwise

import pytest

HANDSHAKE = b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719"
DIRECTIONS = {"jawLeft", "jawRight", "mouthLeft", "mouthRight"}

# Each program of these tests has an address of this machine to itself: where it is answered is
# port 49983 by the specification, and may be taken at 127.0.0.1.
PROGRAM = "127.0.49.83"


class Program:
    """A program that sends requests to a phone from one socket and listens on others."""

    def __init__(self, *ports):
        with ExitStack() as opened:
            self._asking, *self._listening = (
                opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                for _ in (0, *ports)
            )
            for bound, port in zip((self._asking, *self._listening), (0, *ports), strict=True):
                bound.bind((PROGRAM, port))
                bound.setblocking(False)
            self._opened = opened.pop_all()

    def ask(self, said, phone):
        self._asking.sendto(said, ("127.0.0.1", phone))

    def heard(self, port=None):
        """What waits where it listens, or where it asked from."""
        sockets = [s for s in self._listening if s.getsockname()[1] == port] or [self._asking]
        waiting = []
        while True:
            try:
                waiting.append(sockets[0].recv(8192))
            except BlockingIOError:
                return waiting

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._opened.close()


def percents(frame, separator="-"):
    """Percents by name, as the format is documented."""
    shapes, turns = frame.decode("ascii").split("=")
    assert re.fullmatch(rf"(\w+{separator}\d+\|)+", shapes)
    assert re.fullmatch(r"head#[^|]+\|rightEye#[^|]+\|leftEye#[^|]+\|", turns)
    first, *tokens = shapes[:-1].split("|")
    assert first == f"trackingStatus{separator}1"
    return {name: int(percent) for name, percent in (token.split(separator) for token in tokens)}


@pytest.fixture
def sided(shapes):
    """The 52 names as iFacialMocap spells them."""
    camel = [name[0].lower() + name[1:] for name in shapes]
    return {n if n in DIRECTIONS else re.sub(r"(Left|Right)$", side, n) for n in camel}


def side(match):
    return f"_{match[0][0]}"


def test_a_program_that_waits_gets_the_face_unasked_and_no_frame_equals_the_one_before(
    run_bridge, receive, eventually, sided
):
    program = receive()
    bridge = run_bridge("run", "--to", f"ifacialmocap://127.0.0.1:{program.port}")
    eventually(lambda: len(program.datagrams) > 60)  # at rest
    bridge.say("joy 1")
    eventually(lambda: percents(program.datagrams[-1])["mouthSmile_L"] > 50)
    eventually(lambda: len(program.datagrams) > 200)
    assert bridge.stop() == 0
    frames = list(program.datagrams)
    assert all(before != frame for before, frame in pairwise(frames))
    assert set(percents(frames[0])) == sided
    assert all(0 <= percent <= 100 for frame in frames for percent in percents(frame).values())
    assert not any(percents(frames[-1]).values())
    assert max(map(len, frames)) <= 1024
    # The port of the app belongs to the program; a sender takes any other, and keeps it.
    assert len(set(program.senders)) == 1
    assert program.senders[0][1] != 49983


def test_a_program_that_is_killed_and_started_again_gets_the_face_again(
    run_bridge, receive, eventually
):
    first = receive()
    run_bridge("run", "--to", f"ifacialmocap://127.0.0.1:{first.port}")
    eventually(lambda: first.datagrams)
    first.close()
    again = receive(first.port)
    eventually(lambda: len(again.datagrams) > 20)


def test_version_2_and_facemotion3d_are_settings_away(
    run_bridge, receive, eventually, shapes, sided
):
    newer, other = receive(), receive()
    run_bridge(
        "run",
        *("--to", f"ifacialmocap://127.0.0.1:{newer.port}?version=v2"),
        *("--to", f"facemotion3d://127.0.0.1:{other.port}"),
    )
    eventually(lambda: newer.datagrams and other.datagrams)
    assert set(percents(newer.datagrams[0], "&")) == sided
    spelled = {name[0].lower() + name[1:] for name in shapes}
    assert set(percents(other.datagrams[0], "&")) == spelled


def test_a_program_that_asks_is_answered_at_the_port_of_the_specification_and_where_it_asked_from(
    run_bridge, eventually, free_udp_port
):
    bridge = run_bridge("run", "--to", f"ifacialmocap-phone://127.0.0.1:{free_udp_port}")
    eventually(lambda: bridge.logged("ifacialmocap-phone", "up"))
    with Program(49983) as program:
        assert not program.heard(49983)  # unasked
        program.ask(HANDSHAKE, free_udp_port)
        percents(eventually(lambda: program.heard(49983))[-1])
        percents(eventually(program.heard)[-1])
        program.ask(HANDSHAKE + b"|sendDataVersion=v2", free_udp_port)
        eventually(lambda: any(b"&" in frame for frame in program.heard()))
        percents(eventually(lambda: program.heard(49983))[-1], "&")
    assert bridge.stop() == 0


def test_what_is_asked_for_by_tcp_or_in_version_3_is_refused_with_the_reason(
    run_bridge, eventually, free_udp_port
):
    bridge = run_bridge("run", "--to", f"ifacialmocap-phone://127.0.0.1:{free_udp_port}")
    eventually(lambda: bridge.logged("ifacialmocap-phone", "up"))
    with Program() as program:
        program.ask(HANDSHAKE.replace(b"Mocap_", b"Mocap_UDPTCP_"), free_udp_port)
        eventually(lambda: bridge.logged("ifacialmocap-phone", PROGRAM, "TCP are not supported"))
        program.ask(HANDSHAKE, free_udp_port)
        eventually(program.heard)


def test_facemotion3d_is_sent_to_who_asks_until_it_is_told_to_stop(
    run_bridge, eventually, free_udp_port
):
    bridge = run_bridge("run", "--to", f"facemotion3d-phone://127.0.0.1:{free_udp_port}")
    eventually(lambda: bridge.logged("facemotion3d-phone", "up"))
    with Program(49983, 49993) as program:
        program.ask(b"FACEMOTION3D_OtherStreaming", free_udp_port)
        for port in (49983, 49993, None):
            percents(eventually(lambda port=port: program.heard(port))[-1], "&")
        program.ask(b"StopStreaming_FACEMOTION3D", free_udp_port)
        eventually(lambda: len(bridge.lines_with("it requested the end")) == 3)
        for port in (49983, 49993, None):
            program.heard(port)
        assert not any(program.heard(port) for port in (49983, 49993, None))
    assert bridge.stop() == 0


def test_listen_hears_both_ways(run_bridge, eventually, sided, free_udp_port, receive):
    pushed = receive()
    pushed.close()
    listening = run_bridge(
        "listen", f"ifacialmocap://127.0.0.1:{pushed.port}", "--json", "--count", "5"
    )
    eventually(lambda: listening.logged("listening"))
    phone = f"ifacialmocap-phone://127.0.0.1:{free_udp_port}"
    run_bridge("run", "--to", phone, "--to", f"ifacialmocap://127.0.0.1:{pushed.port}")
    assert listening.ends(within=9) == 0
    asking = run_bridge("listen", phone, "--json", "--count", "5")
    assert asking.ends(within=9) == 0
    for heard in (listening, asking):
        frames = [json.loads(line) for line in heard.printed.splitlines()]
        assert len(frames) == 5
        assert set(frames[-1]["weights"]) == sided
        assert (frames[-1]["tracking"], frames[-1]["separator"]) == (1, "-")
        assert len(frames[-1]["head"].split(",")) == 3


def test_a_version_that_does_not_exist_is_refused_with_its_line(run_bridge, tmp_path):
    config = tmp_path / "faces.yaml"
    config.write_text("outputs:\n  - to: ifacialmocap://127.0.0.1\n    version: v3\n")
    checking = run_bridge("check", str(config))
    assert checking.ends(within=9) == 2
    assert checking.logged("faces.yaml:3", "version", "v1", "v2")
