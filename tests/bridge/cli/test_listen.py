import _thread
import json
import math
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pylivelinkface import FaceBlendShape, PyLiveLinkFace
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

Run = Callable[..., tuple[int, str, str]]
Receive = Callable[..., tuple[int, str, str]]


def message(address: str, *values: object) -> OscMessageBuilder:
    builder = OscMessageBuilder(address)
    for value in values:
        builder.add_arg(value)  # type: ignore[arg-type]
    return builder


def bundle(*messages: OscMessageBuilder) -> bytes:
    builder = OscBundleBuilder(IMMEDIATELY)
    for content in messages:
        builder.add_content(content.build())
    return builder.build().dgram


def blend(name: str, value: float) -> OscMessageBuilder:
    return message("/VMC/Ext/Blend/Val", name, value)


APPLY = message("/VMC/Ext/Blend/Apply")
VMC = [
    bundle(message("/VMC/Ext/OK", 1), message("/VMC/Ext/T", 2.5), blend("JawOpen", 0.25)),
    bundle(blend("MouthSmileLeft", 0.5), blend("TongueOut", 0.0), APPLY),
]


def livelink(subject: str = "Phone") -> bytes:
    """Version 6 as the specification says: lengths in bytes of UTF-8, everything big-endian."""
    name = subject.encode()
    numbers = [0.0] * 61
    numbers[17], numbers[23] = 0.25, 0.5  # JawOpen, MouthSmileLeft
    return struct.pack(
        f">B i36s i{len(name)}s ifii B61f",
        *(6, 36, b"00000000-0000-0000-0000-000000000007", len(name), name),
        *(1234, 0.0, 60, 1),
        *(61, *numbers),
    )


OSC = [bundle(message("/face/jawOpen", 0.25), message("/face/mouthSmileLeft", 0.5))]


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        yield made


@pytest.fixture
def receive(run: Run, udp_port: int, sender: socket.socket) -> Receive:
    """The output of `listen` while datagrams arrive repeatedly, until --count ends it."""

    def received(scheme: str, datagrams: list[bytes], *options: str) -> tuple[int, str, str]:
        enough = threading.Event()

        def keep_sending() -> None:
            give_up = time.monotonic() + 10
            while not enough.wait(0.005):
                if time.monotonic() > give_up:
                    _thread.interrupt_main()
                    return
                for datagram in datagrams:
                    sender.sendto(datagram, ("127.0.0.1", udp_port))

        sending = threading.Thread(target=keep_sending)
        sending.start()
        try:
            return run("listen", f"{scheme}://127.0.0.1:{udp_port}", *options)
        finally:
            enough.set()
            sending.join()

    return received


def test_vmc_is_printed_as_one_line_a_frame_with_the_largest_weights_first(
    receive: Receive,
) -> None:
    status, out, err = receive("vmc", VMC, "--count", "2", "--every", "1")
    assert status == 0
    assert err.startswith("listening for vmc on 127.0.0.1:")
    *_, line = out.splitlines()
    assert " 3 values " in line
    assert "time=2.50" in line
    assert line.endswith("MouthSmileLeft=0.50 JawOpen=0.25 TongueOut=0.00")


def test_vmc_is_printed_as_json(receive: Receive) -> None:
    # the first frame may have begun before the socket was open
    _, out, _ = receive("vmc", VMC, "--count", "2", "--json")
    frame = json.loads(out.splitlines()[1])
    assert frame["weights"] == {"JawOpen": 0.25, "MouthSmileLeft": 0.5, "TongueOut": 0.0}
    assert frame["time"] == 2.5


def test_livelink_is_printed_as_a_line_with_subject_and_rate(receive: Receive) -> None:
    face = PyLiveLinkFace(name="Phone", uuid="00000000-0000-0000-0000-000000000007", fps=60)
    face.set_blendshape(FaceBlendShape.JawOpen, 0.25, no_filter=True)
    face.set_blendshape(FaceBlendShape.MouthSmileLeft, 0.5, no_filter=True)
    _, out, _ = receive("livelink", [face.encode()], "--count", "1")
    assert "subject=Phone" in out
    assert "rate=60/1" in out
    assert "61 values" in out
    assert "  MouthSmileLeft=0.50 JawOpen=0.25 " in out


def test_livelink_is_printed_as_json(receive: Receive) -> None:
    _, out, _ = receive("livelink", [livelink("あ")], "--count", "1", "--json")
    frame = json.loads(out)
    assert (frame["subject"], frame["frame"], frame["rate"]) == ("あ", 1234, "60/1")
    assert len(frame["weights"]) == 61
    assert frame["weights"]["MouthSmileLeft"] == 0.5
    assert frame["weights"]["MouthSmileRight"] == 0
    assert frame["weights"]["HeadYaw"] == 0


def test_osc_is_printed_as_a_line_by_address(receive: Receive) -> None:
    _, out, _ = receive("osc", OSC, "--count", "1")
    assert "2 values" in out
    assert out.endswith("/face/mouthSmileLeft=0.50 /face/jawOpen=0.25\n")


def test_osc_is_printed_as_json_by_address(receive: Receive) -> None:
    _, out, _ = receive("osc", OSC, "--count", "1", "--json")
    assert json.loads(out)["weights"] == {"/face/jawOpen": 0.25, "/face/mouthSmileLeft": 0.5}


def test_only_every_nth_frame_is_printed(receive: Receive) -> None:
    numbered = [bundle(message("/n", number)) for number in range(3)]
    _, out, _ = receive("osc", numbered, "--count", "4", "--every", "3", "--json")
    frames = [json.loads(line)["weights"]["/n"] for line in out.splitlines()]
    assert len(frames) == 4
    assert len(set(frames)) == 1


def test_the_values_of_two_senders_are_not_mixed(
    receive: Receive, udp_port: int, sender: socket.socket
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{stranger.getsockname()[1]}"
        enough = threading.Event()

        def interfere() -> None:
            while not enough.wait(0.002):
                stranger.sendto(bundle(blend("Alien", 1.0), APPLY), ("127.0.0.1", udp_port))

        interfering = threading.Thread(target=interfere)
        interfering.start()
        _, out, _ = receive("vmc", VMC, "--count", "20", "--json")
        enough.set()
        interfering.join()
    for frame in map(json.loads, out.splitlines()):
        assert ("Alien" in frame["weights"]) == (frame["from"] == place)
    assert place in out


def test_what_is_not_understood_is_reported_once_for_each_sender(receive: Receive) -> None:
    status, out, err = receive("vmc", [b"nonsense", *VMC], "--count", "3", "--every", "1")
    assert status == 0
    assert len(out.splitlines()) == 3
    assert err.count("not understood") == 1
    assert re.search(r"127\.0\.0\.1:\d+: not understood: ", err)


def test_every_json_line_is_json_even_when_a_weight_is_not_a_number(receive: Receive) -> None:
    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is not JSON")

    datagram = livelink()[:-4] + struct.pack(">f", math.nan)
    _, out, _ = receive("livelink", [datagram], "--count", "1", "--json")
    json.loads(out, parse_constant=refuse)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_what_a_sender_says_cannot_steer_the_terminal(receive: Receive, options: list[str]) -> None:
    _, out, _ = receive("livelink", [livelink("\x1b[2J\rfake")], "--count", "1", *options)
    assert "fake" in out
    assert "\x1b" not in out
    assert "\r" not in out


@pytest.mark.parametrize("scheme", ["snekstudio", "SnekStudio", "VMC"])
def test_a_program_is_listened_for_by_its_name_whatever_its_case(
    receive: Receive, scheme: str
) -> None:
    status, out, _ = receive(scheme, VMC, "--count", "1")
    assert status == 0
    assert "JawOpen" in out


def test_an_impossible_address_is_reported_in_one_line(run: Run) -> None:
    status, out, err = run("listen", "vmc://[ff02::1%no-such-network]:39539")
    assert (status, out) == (1, "")
    assert "no-such-network" in err
    assert "None" not in err
    assert err == f"{err.strip()}\n"


def test_a_port_already_taken_is_reported_with_status_1(run: Run, sender: socket.socket) -> None:
    sender.bind(("127.0.0.1", 0))
    port = sender.getsockname()[1]
    status, out, err = run("listen", f"vmc://127.0.0.1:{port}")
    assert (status, out) == (1, "")
    assert f"UDP port {port}" in err
    assert "avatar program" in err


def test_an_address_that_is_not_of_this_machine_is_not_blamed_on_another_program(
    run: Run,
) -> None:
    status, _, err = run("listen", "vmc://192.0.2.1:39539")  # nobody's, by RFC 5737
    assert status == 1
    assert "192.0.2.1" in err
    assert "avatar program" not in err


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5"])
def test_a_count_that_cannot_be_is_refused_with_what_was_expected(run: Run, number: str) -> None:
    status, _, err = run("listen", "vmc://:39539", "--count", number)
    assert status == 2
    assert "expected a whole number of 1 or more" in err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C in another way")
def test_ctrl_c_is_a_normal_end(
    start: Callable[..., "subprocess.Popen[str]"], udp_port: int
) -> None:
    process: Any = start("listen", f"vmc://127.0.0.1:{udp_port}")
    assert "listening" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (0, "")
