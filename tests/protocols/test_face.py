import numpy as np

from protocols.face import DecodeError, Face, Received


def test_a_new_face_is_neutral_and_looks_straight_ahead() -> None:
    face = Face()
    assert face.weights.shape == (52,)
    assert face.rotations.shape == (3, 3)
    assert face.weights.dtype == face.rotations.dtype == np.float32
    assert not face.weights.any()
    assert not face.rotations.any()
    assert (face.frame, face.seconds) == (0, 0.0)


def test_two_faces_share_nothing() -> None:
    one, other = Face(), Face()
    one.weights[0] = one.rotations[0, 0] = 1.0
    assert not other.weights.any()
    assert not other.rotations.any()


def test_two_received_frames_share_nothing() -> None:
    one, other = Received({}), Received({})
    one.about["subject"] = "one"
    assert other.about == {}


def test_a_refused_datagram_is_a_kind_of_value_error() -> None:
    assert issubclass(DecodeError, ValueError)
