from collections.abc import Sequence

import numpy as np
import pytest

from bridge.face.layer import Frame
from bridge.face.transition import SECONDS, Transition
from protocols.arkit import INDEX
from tests.bridge.face.stage import LEFT, RIGHT, Stage, bits

LID = INDEX["eyeBlinkLeft"]


class Shut:
    """Shuts the eyes of some rows at once, and turns their heads."""

    def __init__(self) -> None:
        self.rows: list[int] = []

    def add_rows(self, streams: Sequence[str]) -> None: ...

    def remove_rows(self, rows: Sequence[int]) -> None: ...

    def apply(self, frame: Frame) -> None:
        for row in self.rows:
            frame.weights[row, LID] = frame.weights[row, INDEX["eyeBlinkRight"]] = 1.0
            frame.rotations[row, 0, 1] = 0.2


def shut(stage: Stage, row: int = 0) -> None:
    """What the pipeline does when a state changes: before the layers work on the frame."""
    layer, transition = stage.layers
    transition.enter(row, "asleep", stage.frame)
    layer.rows.append(row)


def steps(shown: np.ndarray) -> np.ndarray:
    return np.abs(np.diff(shown, axis=0))


@pytest.mark.parametrize("fps", [30, 60, 120])
def test_a_face_goes_to_its_new_look_without_a_jump_and_arrives(fps):
    stage = Stage(Shut(), Transition(), fps=fps, mouthSmileLeft=0.4)
    before = stage.play(0.1)
    shut(stage)
    lids = np.concatenate([before, stage.play(SECONDS + 0.1)])[:, 0, LID]
    assert steps(lids).max() < 3.5 / SECONDS / fps
    assert (np.diff(lids) >= -1e-6).all()
    assert lids[-1] == 1.0
    assert stage.frame.weights[0, INDEX["mouthSmileLeft"]] == np.float32(0.4)


def test_the_head_turns_along():
    stage = Stage(Shut(), Transition())
    stage.play(0.1)
    shut(stage)
    pitches = []
    stage.play(SECONDS + 0.1, lambda frame: pitches.append(float(frame.rotations[0, 0, 1])))
    assert pitches[0] < 0.01
    assert np.abs(np.diff(pitches)).max() < 0.02
    assert pitches[-1] == pytest.approx(0.2)


def test_the_head_turns_back():
    stage = Stage(Shut(), Transition())
    shut(stage)
    stage.play(SECONDS + 0.1)
    stage.layers[1].enter(0, "", stage.frame)
    stage.layers[0].rows.clear()
    pitches = []
    stage.play(SECONDS + 0.1, lambda frame: pitches.append(float(frame.rotations[0, 0, 1])))
    assert pitches[0] > 0.19
    assert np.abs(np.diff(pitches)).max() < 0.02
    assert pitches[-1] == 0.0


def test_what_is_left_of_the_old_face_takes_no_weight_out_of_range():
    stage = Stage(Shut(), Transition())
    shut(stage)
    stage.play(SECONDS + 0.1)
    stage.layers[1].enter(0, "", stage.frame)
    stage.layers[0].rows.clear()
    stage.play(SECONDS / 2)
    stage.set_face(eyeBlinkLeft=1.0)  # half of the old lid would come on top
    assert stage.play(SECONDS)[:, 0, LID].max() == 1.0


def test_half_way_it_may_turn_round_without_a_jump():
    stage = Stage(Shut(), Transition())
    stage.play(0.1)
    shut(stage)
    first = stage.play(SECONDS / 2)
    stage.layers[1].enter(0, "", stage.frame)
    stage.layers[0].rows.clear()
    lids = np.concatenate([first, stage.play(SECONDS + 0.1)])[:, 0, LID]
    assert 0.3 < lids.max() < 0.7
    assert steps(lids).max() < 0.1
    assert lids[-1] == 0.0


def test_left_and_right_stay_equal_and_other_streams_are_left_alone():
    stage = Stage(Shut(), Transition(), streams=("alice", "bob"), mouthSmileLeft=0.4)
    stage.set_face(mouthSmileRight=0.4)
    stage.play(0.1)
    shut(stage, row=1)
    for frame in stage.play(SECONDS + 0.1):
        assert bits(frame[:, LEFT]) == bits(frame[:, RIGHT])
        assert bits(frame[0]) == bits(stage.face[0])


def test_a_stream_that_ends_takes_its_transition_along():
    stage = Stage(Shut(), Transition(), streams=("alice", "bob"))
    stage.play(0.1)
    stage.layers[1].enter(0, "asleep", stage.frame)
    stage.layers[1].enter(1, "asleep", stage.frame)
    stage.remove(0)
    assert bits(stage.play(0.2)[-1]) == bits(stage.face)


def test_when_nothing_changes_it_does_nothing():
    transition = Transition()
    transition.add_rows(["main"])
    frame = Frame.of(1)
    frame.weights[:] = 7.0  # which a layer that works would clamp
    transition.apply(frame)
    assert (frame.weights == 7.0).all()
