"""Layers in their order."""

import numpy as np

from bridge.face.layer import Frame, Layers


class Add:
    """Adds a number to every weight, and keeps one for each row."""

    def __init__(self, number: float) -> None:
        self.number = number
        self.rows: list[str] = []

    def add_row(self, stream: str) -> None:
        self.rows.append(stream)

    def remove_row(self, row: int) -> None:
        del self.rows[row]

    def apply(self, frame: Frame) -> None:
        frame.weights += np.float32(self.number)

    def configure(self, settings: float) -> None:
        self.number = settings


class Double(Add):
    def apply(self, frame: Frame) -> None:
        frame.weights *= np.float32(2.0)


def frame() -> Frame:
    return Frame(np.zeros((1, 52), np.float32), np.zeros((1, 3, 3), np.float32), np.zeros((1, 3)))


def test_layers_are_applied_in_the_order_in_which_they_are_given():
    for layers, expected in (
        (Layers(add=Add(0.25), double=Double(0)), 0.5),
        (Layers(double=Double(0), add=Add(0.25)), 0.25),
    ):
        shown = frame()
        layers.apply(shown)
        assert shown.weights[0, 0] == expected


def test_every_layer_is_told_of_streams_that_come_and_end():
    one, other = Add(0), Add(0)
    layers = Layers(one=one, other=other)
    for stream in ("main", "alice", "bob"):
        layers.add_row(stream)
    layers.remove_row(1)
    assert one.rows == other.rows == ["main", "bob"]


def test_new_settings_go_to_the_layer_that_they_name_and_to_no_other():
    one, other = Add(1), Add(2)
    Layers(one=one, other=other).configure({"other": 5})
    assert (one.number, other.number) == (1, 5)
