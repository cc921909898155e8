"""How fast shapes may move."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.face.layer import Frame, PerStream
from bridge.face.speed_limit import MEASURED, SpeedLimit, SpeedLimitSettings
from protocols.arkit import BLENDSHAPES, INDEX


class Limited:
    def __init__(self, factor: float | None = 1.0, fps: int = 60) -> None:
        self.layer = SpeedLimit(PerStream(SpeedLimitSettings(factor)))
        self.layer.add_row("main")
        self.dt = 1 / fps

    def show(self, weight: float, *, cut: bool = False) -> dict[str, float]:
        frame = Frame.of(1)
        frame.weights[:] = weight
        frame.cut[:] = cut
        frame.dt = self.dt
        self.layer.apply(frame)
        return dict(zip(BLENDSHAPES, frame.weights[0].tolist(), strict=True))


@pytest.mark.parametrize("name", MEASURED)
def test_a_shape_moves_no_faster_than_was_measured(name):
    limited = Limited()
    shape = name if name in INDEX else f"{name}Left"
    limited.show(0.0)
    assert limited.show(1.0)[shape] == pytest.approx(min(1.0, MEASURED[name] / 60), rel=1e-4)


def test_a_factor_lets_it_move_that_much_faster():
    limited = Limited(factor=2.0)
    limited.show(0.0)
    assert limited.show(1.0)["mouthFrownLeft"] == pytest.approx(2 * 1.3 / 60, rel=1e-4)


def test_the_way_is_made_to_its_end_and_no_further():
    limited = Limited()
    limited.show(0.2)
    for _ in range(120):
        shown = limited.show(0.7)
    assert set(shown.values()) == {float(np.float32(0.7))}


def test_the_first_frame_and_a_goal_to_be_shown_at_once_are_not_slowed():
    limited = Limited()
    assert limited.show(0.8)["mouthFrownLeft"] == np.float32(0.8)
    assert limited.show(0.1, cut=True)["mouthFrownLeft"] == np.float32(0.1)
    assert limited.show(0.8)["mouthFrownLeft"] < 0.2


def test_off_is_off():
    limited = Limited(None)
    limited.show(0.0)
    assert limited.show(1.0)["mouthFrownLeft"] == 1.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_30_60_and_120_frames_a_second_show_the_same(goals):
    def play(fps):
        limited = Limited(fps=fps)
        limited.show(0.0)
        return [[limited.show(goal) for _ in range(fps // 10)][-1]["browInnerUp"] for goal in goals]

    assert play(30) == pytest.approx(play(60), abs=1e-5)
    assert play(60) == pytest.approx(play(120), abs=1e-5)


def test_one_stream_s_limit_leaves_the_others_alone():
    layer = SpeedLimit(PerStream(SpeedLimitSettings(None), {"slow": SpeedLimitSettings(1.0)}))
    layer.add_row("main")
    layer.add_row("slow")
    for weight in (0.0, 1.0):
        frame = Frame.of(2)
        frame.weights[:] = weight
        frame.dt = 1 / 60
        layer.apply(frame)
    frown = frame.weights[:, INDEX["mouthFrownLeft"]]
    assert frown[0] == 1.0
    assert frown[1] < 0.1
