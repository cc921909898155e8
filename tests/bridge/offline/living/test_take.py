"""Layers are played frame by frame, and what they show is kept."""

from collections.abc import Sequence

import numpy as np
import pytest

from bridge.face.gaze import Gaze, GazeSettings
from bridge.face.layer import Frame, PerStream
from bridge.offline.living.take import play
from protocols.arkit import INDEX


class Count:
    """Shows the number of the frame in each stream's jaw."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.frames: list[tuple[float, float]] = []

    def add_rows(self, streams: Sequence[str]) -> None:
        self.rows += streams

    def remove_rows(self, rows: Sequence[int]) -> None:
        raise AssertionError

    def configure(self, settings: None) -> None:
        raise AssertionError

    def apply(self, frame: Frame) -> None:
        assert not frame.weights.any()
        frame.weights[:, INDEX["jawOpen"]] += len(self.frames)
        self.frames.append((frame.now, frame.dt))


def test_the_minutes_are_spread_over_the_streams_and_begin_neutral_in_every_frame():
    count = Count()
    take = play([count], 0.1, fps=10, streams=2)
    assert count.rows == ["0", "1"]
    assert take.weights.shape == (30, 2, 52)
    assert take.shape("jawOpen")[:, 0].tolist() == list(range(30))
    assert count.frames[0] == (0.0, 0.0)
    assert count.frames[15] == (1.5, pytest.approx(0.1))


def test_only_the_named_shapes_are_kept_and_sides_are_given_by_the_left():
    take = play([Count()], 0.1, fps=10, names=["jawOpen", "eyeBlinkLeft"])
    assert take.weights.shape == (60, 1, 2)
    assert not take.shape("eyeBlink").any()
    assert take.shape("jawOpen")[-1, 0] == 59


def test_a_source_may_say_where_to_look_and_the_eyes_are_kept_in_degrees():
    gaze = Gaze(PerStream(GazeSettings(microsaccades=0.0)))

    def look(number: int, frame: Frame) -> None:
        frame.look_at[:] = np.radians((10.0, -5.0) if number >= 30 else (0.0, 0.0))

    eyes = play([gaze], 1 / 60, names=(), each=look).eyes[:, 0]
    assert eyes[20].tolist() == pytest.approx([0.0, 0.0], abs=1e-3)
    assert eyes[-1].tolist() == pytest.approx([10.0, -5.0], abs=1e-3)
