import numpy as np
import pytest

from protocols.face import DecodeError, Face, Faces, Received


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


def test_faces_are_arrays_and_a_face_by_name_looks_at_its_row() -> None:
    faces = Faces(["main", "alice"])
    faces.weights[1], faces.rotations[1], faces.feelings[1] = 0.5, 0.25, -1.0
    faces.date(7, 1.5, 2.5, 3.5)
    assert list(faces) == ["main", "alice"]
    assert "alice" in faces
    assert "bob" not in faces
    alice = faces["alice"]
    assert (alice.weights == 0.5).all()
    assert (alice.rotations == 0.25).all()
    assert (alice.feeling == -1.0).all()
    assert (alice.frame, alice.seconds, alice.timestamp, alice.time_of_day) == (7, 1.5, 2.5, 3.5)
    assert not faces["main"].weights.any()


def test_a_face_that_is_held_stays_its_streams_when_another_ends() -> None:
    faces = Faces(["main", "alice"])
    held, ended = faces["alice"], faces["main"]
    weights = np.full((1, 52), 0.5, np.float32)
    faces.show(["alice"], weights, np.zeros((1, 3, 3), np.float32), np.zeros((1, 3), np.float32))
    assert faces["alice"] is held
    assert np.shares_memory(held.weights, weights)
    assert not ended.weights.any()
    with pytest.raises(KeyError):
        faces["main"]


def test_two_received_frames_share_nothing() -> None:
    one, other = Received({}), Received({})
    one.about["subject"] = "one"
    assert other.about == {}


def test_a_refused_datagram_is_a_kind_of_value_error() -> None:
    assert issubclass(DecodeError, ValueError)
