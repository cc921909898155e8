"""Recorded faces replace ours, to the last bit, and let go gently."""

import numpy as np

from bridge.face.layer import Frame
from bridge.face.played import FRESH, Played, PlayedFaces

WEIGHTS = np.linspace(0, 1, 52, dtype=np.float32)
ROTATIONS = np.full((3, 3), 0.1, np.float32)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def made() -> tuple[Clock, PlayedFaces, Played, Frame]:
    clock = Clock()
    faces = PlayedFaces(clock)
    layer = Played(faces)
    for stream in ("main", "bob"):
        layer.add_rows([stream])
    return clock, faces, layer, Frame.of(2)


def applied(layer: Played, frame: Frame, now: float) -> np.ndarray:
    frame.dt, frame.now = now - frame.now, now
    frame.weights[:] = 0.5
    frame.rotations[:] = 0.0
    layer.apply(frame)
    return frame.weights.copy()


def test_a_face_is_shown_at_once_and_as_it_is_in_its_stream_alone():
    _, faces, layer, frame = made()
    faces.post("bob", WEIGHTS, ROTATIONS)
    main, bob = applied(layer, frame, 0.016)
    assert (bob == WEIGHTS).all()
    assert (frame.rotations[1] == ROTATIONS).all()
    assert (main == 0.5).all()


def test_a_stream_whose_faces_stop_eases_back():
    _, faces, layer, frame = made()
    faces.post("main", WEIGHTS, ROTATIONS)
    before = applied(layer, frame, FRESH - 0.01)[0]
    steps = [applied(layer, frame, FRESH + number / 60)[0] for number in range(1, 120)]
    jumps = np.abs(np.diff([before, *steps], axis=0)).max(axis=1)
    assert jumps.max() < 0.15
    assert (steps[-1] == 0.5).all()


def test_a_stream_can_be_released_before_its_face_is_old():
    _, faces, layer, frame = made()
    faces.post("main", WEIGHTS, ROTATIONS)
    applied(layer, frame, 0.016)
    faces.release("main")
    assert (applied(layer, frame, 0.05)[0] != WEIGHTS).any()


def test_rows_move_up_with_their_streams():
    clock, faces, layer, frame = made()
    layer.remove_rows([0])
    faces.post("bob", WEIGHTS, ROTATIONS)
    assert (applied(layer, frame, 0.016)[0] == WEIGHTS).all()
    assert clock.now == 0.0
