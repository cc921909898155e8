"""Another program's face over a real socket, in the dialects that it may speak."""

import socket
from fractions import Fraction

import numpy as np
import pytest

from bridge.emotion.mixer import Mixer
from bridge.face.overlay import OverlayFaces
from bridge.inputs.overlay import OverlayInput
from protocols.arkit import INDEX
from protocols.dialect import Shown
from protocols.dialects import DIALECTS
from protocols.face import Face


@pytest.fixture
def faces() -> OverlayFaces:
    return OverlayFaces()


def overlay(scheme: str, port: int, faces: OverlayFaces, stream: str = "main") -> OverlayInput:
    mailbox = Mixer().mailbox("overlay")
    return OverlayInput(
        *("overlay", mailbox, "127.0.0.1", port),
        dialect=DIALECTS[scheme],
        stream=stream,
        faces=faces,
    )


@pytest.mark.parametrize("scheme", ["vmc", "livelink", "ifacialmocap", "facecap"])
async def test_a_face_in_each_dialect_reaches_the_stream(scheme, faces, udp_port, start, until):
    source = overlay(scheme, udp_port, faces, "alice")
    await start(source)
    face = Face()
    face.weights[INDEX["jawOpen"]] = 0.5
    encoder = DIALECTS[scheme].encoder(Shown(stream="alice", path="", rate=Fraction(60)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(2):  # some dialects end a face with the beginning of the next
            for datagram in encoder.encode(face):
                sender.sendto(bytes(datagram), ("127.0.0.1", udp_port))
        await until(lambda: faces.get("alice"))
    received = faces.get("alice")
    assert received.weights[INDEX["jawOpen"]] == pytest.approx(0.5, abs=0.01)
    assert np.count_nonzero(received.given) >= 51
    assert source.mailbox.updates >= 1


async def test_nonsense_is_complained_of_and_the_next_face_counts(
    faces, udp_port, start, until, warnings_said
):
    await start(overlay("livelink", udp_port, faces))
    encoder = DIALECTS["livelink"].encoder(Shown())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"nonsense", ("127.0.0.1", udp_port))
        for datagram in encoder.encode(Face()):
            sender.sendto(datagram, ("127.0.0.1", udp_port))
        await until(lambda: faces.get("main"))
    [line] = warnings_said()
    assert "a face in the dialect livelink" in line
