"""The specification as typed from its documents, and OSC readers not written by this project."""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import oscpy.parser
import pytest
from hypothesis import strategies as st
from osc4py3 import oscbuildparse
from pythonosc.osc_packet import OscPacket

from protocols.face import Face

_REFERENCE_ORDER = """
browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff cheekSquintLeft
cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft eyeLookDownRight eyeLookInLeft
eyeLookInRight eyeLookOutLeft eyeLookOutRight eyeLookUpLeft eyeLookUpRight eyeSquintLeft
eyeSquintRight eyeWideLeft eyeWideRight jawForward jawLeft jawOpen jawRight mouthClose
mouthDimpleLeft mouthDimpleRight mouthFrownLeft mouthFrownRight mouthFunnel mouthLeft
mouthLowerDownLeft mouthLowerDownRight mouthPressLeft mouthPressRight mouthPucker mouthRight
mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthSmileLeft mouthSmileRight
mouthStretchLeft mouthStretchRight mouthUpperUpLeft mouthUpperUpRight noseSneerLeft noseSneerRight
tongueOut
"""

_LIVE_LINK_ORDER = """
eyeBlinkLeft eyeLookDownLeft eyeLookInLeft eyeLookOutLeft eyeLookUpLeft eyeSquintLeft eyeWideLeft
eyeBlinkRight eyeLookDownRight eyeLookInRight eyeLookOutRight eyeLookUpRight eyeSquintRight
eyeWideRight jawForward jawLeft jawRight jawOpen mouthClose mouthFunnel mouthPucker mouthLeft
mouthRight mouthSmileLeft mouthSmileRight mouthFrownLeft mouthFrownRight mouthDimpleLeft
mouthDimpleRight mouthStretchLeft mouthStretchRight mouthRollLower mouthRollUpper mouthShrugLower
mouthShrugUpper mouthPressLeft mouthPressRight mouthLowerDownLeft mouthLowerDownRight
mouthUpperUpLeft mouthUpperUpRight browDownLeft browDownRight browInnerUp browOuterUpLeft
browOuterUpRight cheekPuff cheekSquintLeft cheekSquintRight noseSneerLeft noseSneerRight tongueOut
"""


@pytest.fixture(scope="session")
def reference_order() -> list[str]:
    """The reference model's output order."""
    return _REFERENCE_ORDER.split()


@pytest.fixture(scope="session")
def live_link_order() -> list[str]:
    """The order of the Live Link datagram, where jawLeft and mouthLeft come before the rights."""
    return _LIVE_LINK_ORDER.split()


@pytest.fixture
def golden_face() -> Face:
    """The face of the golden datagrams: no two weights alike, every number exact as float32."""
    return Face(
        weights=np.arange(52, dtype=np.float32) / 64,
        rotations=np.array(
            [[0.5, -0.5, 0.25], [-0.25, 0.125, -0.125], [1.0, -1.0, 2.0]], dtype=np.float32
        ),
        frame=1234,
        seconds=12.5,
    )


@pytest.fixture(scope="session")
def golden() -> Callable[[str], list[bytes]]:
    """Reads the datagrams of a golden file, where `#` starts an explanation."""

    def read(name: str) -> list[bytes]:
        datagrams: list[bytes] = []
        for line in (Path(__file__).parent / "golden" / name).read_text().splitlines():
            if line.startswith("datagram"):
                datagrams.append(b"")
            elif digits := line.split("#")[0]:
                datagrams[-1] += bytes.fromhex(digits)
        return datagrams

    return read


Said = list[tuple[str, list[object]]]
"""Messages as (address, arguments)."""


def _by_osc4py3(datagram: bytes) -> Said:
    strict = {"check_addrpattern": True, "str_decode": ("utf-8", "strict")}

    def flat(packet: oscbuildparse.OSCMessage | oscbuildparse.OSCBundle) -> Said:
        if isinstance(packet, oscbuildparse.OSCMessage):
            return [(packet.addrpattern, list(packet.arguments))]
        assert packet.timetag == (0, 1)
        return [message for element in packet.elements for message in flat(element)]

    return flat(oscbuildparse.decode_packet(datagram, strict))


def _by_oscpy(datagram: bytes) -> Said:
    return [
        (address.decode(), list(arguments))
        for address, _, arguments, _ in oscpy.parser.read_packet(datagram, encoding="utf-8")
    ]


def _by_python_osc(datagram: bytes) -> Said:
    return [(m.message.address, m.message.params) for m in OscPacket(datagram).messages]


def _typed(datagram: bytes) -> list[tuple[str, str, list[object]]]:
    if datagram.startswith(b"#bundle\0"):
        assert datagram[8:16] == b"\0\0\0\0\0\0\0\1", "the timetag is not immediate"
        messages, position = [], 16
        while position < len(datagram):
            (size,) = struct.unpack_from(">i", datagram, position)
            position += 4 + size
            assert size > 0
            assert position <= len(datagram)
            messages += _typed(datagram[position - size : position])
        return messages
    assert datagram.startswith(b"/")
    assert len(datagram) % 4 == 0
    address, position = _string(datagram, 0)
    tags, position = _string(datagram, position)
    assert tags.startswith(",")
    arguments: list[object] = []
    for tag in tags[1:]:
        if tag == "s":
            text, position = _string(datagram, position)
            arguments.append(text)
        elif tag in "TF":
            arguments.append(tag == "T")
        else:
            assert tag in "if", f"a type tag other than i, f, s, T and F: {tag}"
            arguments += struct.unpack_from(f">{tag}", datagram, position)
            position += 4
    assert position == len(datagram), "bytes after the last argument"
    return [(address, tags, arguments)]


def _string(datagram: bytes, start: int) -> tuple[str, int]:
    text, padding, _ = datagram[start:].partition(b"\0")
    assert padding
    end = start + len(text) // 4 * 4 + 4
    assert datagram[start:end] == text.ljust(end - start, b"\0"), "padding is not zero"
    return text.decode(), end


@pytest.fixture(scope="session")
def typed_messages() -> Callable[[bytes], list[tuple[str, str, list[object]]]]:
    """Reads a packet strictly by OSC 1.0, as (address, type tags, arguments); asserts that
    its timetags are immediate and that only i, f, s, T and F occur."""
    return lambda datagram: _typed(bytes(datagram))


@pytest.fixture(scope="session", params=["osc4py3", "oscpy", "python-osc", "struct"])
def outside_osc(request: pytest.FixtureRequest) -> Callable[[Sequence[bytes]], Said]:
    """Reads datagrams with a decoder that is not ours, osc4py3 being the strict one."""
    reader = {
        "osc4py3": _by_osc4py3,
        "oscpy": _by_oscpy,
        "python-osc": _by_python_osc,
        "struct": lambda datagram: [(a, v) for a, _, v in _typed(datagram)],
    }[request.param]
    return lambda datagrams: [said for datagram in datagrams for said in reader(bytes(datagram))]


@st.composite
def _mutated(draw: st.DrawFn, packets: Sequence[bytes]) -> bytes:
    data = bytearray(draw(st.sampled_from(packets)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = start + draw(st.integers(0, 8) | st.just(len(data)))
        extreme_sizes = st.sampled_from([b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xfc"])
        data[start:end] = draw(st.binary(max_size=8) | extreme_sizes)
    return bytes(data)


@pytest.fixture(scope="session")
def mutated() -> Callable[[Sequence[bytes]], st.SearchStrategy[bytes]]:
    """A strategy of valid packets with some bytes overwritten, inserted, cut out or cut off."""
    return _mutated
