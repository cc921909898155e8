"""Layers in their order."""

from collections.abc import Sequence

import numpy as np

from bridge.face.layer import Frame, Layers, PerStream, RowLayer


class Add:
    """Adds a number to every weight, and keeps one for each row."""

    def __init__(self, number: float) -> None:
        self.number = number
        self.rows: list[str] = []

    def add_rows(self, streams: Sequence[str]) -> None:
        self.rows += streams

    def remove_rows(self, rows: Sequence[int]) -> None:
        self.rows = [one for row, one in enumerate(self.rows) if row not in rows]

    def apply(self, frame: Frame) -> None:
        frame.weights += np.float32(self.number)

    def configure(self, settings: float) -> None:
        self.number = settings


class Double(Add):
    def apply(self, frame: Frame) -> None:
        frame.weights *= np.float32(2.0)


def test_layers_are_applied_in_the_order_in_which_they_are_given():
    for layers, expected in (
        (Layers(add=Add(0.25), double=Double(0)), 0.5),
        (Layers(double=Double(0), add=Add(0.25)), 0.25),
    ):
        shown = Frame.of(1)
        layers.apply(shown)
        assert shown.weights[0, 0] == expected


def test_every_layer_is_told_of_streams_that_come_and_end():
    one, other = Add(0), Add(0)
    layers = Layers(one=one, other=other)
    for stream in ("main", "alice", "bob"):
        layers.add_rows([stream])
    layers.remove_rows([1])
    assert one.rows == other.rows == ["main", "bob"]


def test_new_settings_go_to_the_layer_that_they_name_and_to_no_other():
    one, other = Add(1), Add(2)
    Layers(one=one, other=other).configure({"other": 5})
    assert (one.number, other.number) == (1, 5)


# --- layers with a row for each stream


class Gain(RowLayer[float]):
    """Multiplies every weight; counts the frames of each stream."""

    frames: np.ndarray
    gain: np.ndarray

    def __init__(self, settings: PerStream[float]) -> None:
        super().__init__(settings)
        self._keep("frames", dtype=np.int64)
        self._keep("gain", 1, fill=1.0)

    def _set(self, row: int, settings: float) -> None:
        self.gain[row] = settings

    def apply(self, frame: Frame) -> None:
        self.frames += 1
        frame.weights *= self.gain


def test_a_stream_keeps_its_row_s_state_when_another_ends():
    layer = Gain(PerStream(1.0))
    for stream in ("main", "alice"):
        layer.add_rows([stream])
    layer.apply(Frame.of(2))
    layer.add_rows(["bob"])
    layer.apply(Frame.of(3))
    assert layer.frames.tolist() == [2, 2, 1]
    layer.remove_rows([0])
    layer.apply(Frame.of(2))
    assert layer.frames.tolist() == [3, 2]


def test_a_stream_may_have_settings_of_its_own_and_new_ones_keep_the_state():
    layer = Gain(PerStream(0.5, {"alice": 0.25}))
    for stream in ("main", "alice"):
        layer.add_rows([stream])
    assert layer.gain.tolist() == [[0.5], [0.25]]
    layer.apply(Frame.of(2))
    layer.configure(PerStream(1.0, {"main": 0.0}))
    assert layer.gain.tolist() == [[0.0], [1.0]]
    assert layer.frames.tolist() == [1, 1]
