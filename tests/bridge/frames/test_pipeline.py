import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.emotion.cues import Cues, Direction, loudness
from bridge.emotion.felt import Felt
from bridge.emotion.mixer import Mixer
from bridge.emotion.names import parts_of
from bridge.emotion.reading import parse_update
from bridge.emotion.update import Update, named_update, point_update
from bridge.face.layer import Layers, PerStream
from bridge.face.mood import Mood, MoodSettings
from bridge.frames.clock import Tick
from bridge.frames.interpolation import Exponential, Immediate, Linear, OneEuro, Spring
from bridge.frames.pipeline import Pipeline, bare_layers
from protocols.arkit import BLENDSHAPES
from protocols.face import Face

LEFT = [i for i, name in enumerate(BLENDSHAPES) if name.endswith("Left")]
RIGHT = [BLENDSHAPES.index(BLENDSHAPES[i].removesuffix("Left") + "Right") for i in LEFT]

AXES = st.floats(-1, 1)


class Says:
    """A model that answers the same for every feeling, sound or not."""

    def __init__(self, weights) -> None:
        self.weights = np.broadcast_to(np.asarray(weights, np.float32), (52,))

    def run(self, vad):
        return np.tile(self.weights, (len(vad), 1))


def assert_is_a_face(weights) -> None:
    assert weights.shape == (52,)
    assert weights.dtype == np.float32
    assert np.all(np.isfinite(weights))
    assert np.all((weights >= 0.0) & (weights <= 1.0))


def assert_is_symmetric(weights) -> None:
    bits = weights.copy().view(np.uint32)
    assert bits[LEFT].tolist() == bits[RIGHT].tolist()


def weight(pipeline: Pipeline, name: str, stream: str = "main") -> float:
    return float(pipeline.faces[stream].weights[BLENDSHAPES.index(name)])


def play(pipeline: Pipeline, seconds: float, start: float = 0.0, fps: int = 60) -> float:
    """Run frames from `start` on; returns the time reached."""
    for frame in range(round(seconds * fps) + 1):
        pipeline.advance(Tick(frame, start + frame / fps, frame / fps))
    return start + seconds


@pytest.fixture
def mixer() -> Mixer:
    return Mixer(now=lambda: 0.0)


# --- what triggers read


def test_the_parts_of_every_feeling_can_be_read_after_each_frame(engine, mixer):
    pipeline = Pipeline(mixer, Immediate(), engine)
    box = mixer.mailbox("test")
    box.post(named_update("joy+anger", stream="alice"))
    box.post(named_update("fear", 0.5, stream="bob"))
    pipeline.advance(Tick(0, 0.0, 0.0))
    then = pipeline.felt
    alice, bob = parts_of("joy+anger"), parts_of("fear", 0.5)
    expected = Felt.of(main=parts_of("neutral"), alice=alice, bob=bob)
    assert then.streams == expected.streams
    for shown, said in zip(then[1:], expected[1:], strict=True):
        assert shown == pytest.approx(said)
    box.post(named_update("joy", stream="alice"))
    pipeline.advance(Tick(1, 0.1, 0.1))
    assert then.points == pytest.approx(expected.points)  # what was read does not change


# --- what leaves is a face


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(points=st.lists(st.tuples(AXES, AXES, AXES), min_size=1, max_size=5))
def test_every_weight_is_finite_within_bounds_and_symmetric_wherever_the_feeling_is(engine, points):
    mixer = Mixer(now=lambda: 0.0)
    box = mixer.mailbox("test")
    pipeline = Pipeline(mixer, Spring(), engine)
    now = 0.0
    for point in points:
        box.post(point_update(*point))
        for _ in range(6):
            now += 0.05
            pipeline.advance(Tick(0, now, now))
            assert_is_a_face(pipeline.faces["main"].weights)
            assert_is_symmetric(pipeline.faces["main"].weights)


def test_at_rest_the_face_is_neutral(mixer, engine):
    pipeline = Pipeline(mixer, Spring(), engine)
    play(pipeline, 0.5)
    assert pipeline.faces["main"].weights.max() <= 0.05


def test_happiness_smiles_and_sadness_frowns(mixer, engine):
    box = mixer.mailbox("test")
    pipeline = Pipeline(mixer, Spring(), engine)
    box.post(named_update("happiness"))
    now = play(pipeline, 2.0)
    assert weight(pipeline, "mouthSmileLeft") > 0.4
    assert weight(pipeline, "mouthFrownLeft") < 0.1
    box.post(named_update("sadness"))
    play(pipeline, 2.0, start=now)
    assert weight(pipeline, "mouthFrownRight") > 0.3
    assert weight(pipeline, "mouthSmileRight") < 0.1


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), float("-inf"), 1e30, -1e30, 7.0])
@pytest.mark.parametrize("symmetry", [0.0, 0.5, 1.0])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_whatever_a_broken_model_says_a_face_leaves(nonsense, symmetry):
    half = [nonsense if i % 2 else -nonsense for i in range(52)]
    for weights in (nonsense, half):
        pipeline = Pipeline(Mixer(), Spring(), Says(weights), bare_layers(symmetry=symmetry))
        pipeline.advance(Tick(0, 0.0, 0.0))
        pipeline.advance(Tick(1, 0.1, 0.1))
        assert_is_a_face(pipeline.faces["main"].weights)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_one_lame_weight_does_not_lame_the_others(mixer):
    weights = np.full(52, 0.5)
    weights[BLENDSHAPES.index("jawOpen")] = np.nan
    pipeline = Pipeline(mixer, Spring(), Says(weights))
    pipeline.advance(Tick(0, 0.0, 0.0))
    face = pipeline.faces["main"].weights
    assert np.count_nonzero(face == 0.5) == 51
    assert face[BLENDSHAPES.index("jawOpen")] == 0.0


def test_symmetry_0_lets_the_model_speak_and_1_does_not(engine):
    lopsided = np.zeros(52)
    lopsided[BLENDSHAPES.index("mouthDimpleLeft")] = 0.4
    shown = {}
    for symmetry in (0.0, 0.5, 1.0):
        pipeline = Pipeline(Mixer(), Spring(), Says(lopsided), bare_layers(symmetry=symmetry))
        pipeline.advance(Tick(0, 0.0, 0.0))
        shown[symmetry] = [
            weight(pipeline, "mouthDimpleLeft"),
            weight(pipeline, "mouthDimpleRight"),
        ]
    assert shown[0.0] == pytest.approx([0.4, 0.0])
    assert shown[0.5] == pytest.approx([0.3, 0.1])
    assert shown[1.0] == pytest.approx([0.2, 0.2])


def test_negative_zero_from_a_model_does_not_break_the_symmetry_of_the_bits():
    weights = np.full(52, -0.0)
    pipeline = Pipeline(Mixer(), Spring(), Says(weights))
    pipeline.advance(Tick(0, 0.0, 0.0))
    assert_is_symmetric(pipeline.faces["main"].weights)


# --- time


def test_a_face_carries_its_frame_number_and_time(mixer, engine):
    pipeline = Pipeline(mixer, Spring(), engine)
    pipeline.advance(Tick(0, 1000.0, 0.0))
    pipeline.advance(Tick(30, 1000.5, 0.5))
    assert (pipeline.faces["main"].frame, pipeline.faces["main"].seconds) == (30, 0.5)


def test_a_look_is_a_copy_of_what_every_stream_shows(mixer, engine):
    pipeline = Pipeline(mixer, Immediate(), engine)
    mailbox = mixer.mailbox("me")
    mailbox.post(point_update(0.5, 0.25, -0.5))
    speaks = Update((), "", "bob", cues=Cues(speaking=True))
    mailbox.post(speaks)
    pipeline.advance(Tick(0, 0.0, 0.0))
    look = pipeline.look(["bob", "main", "nobody"])
    face = pipeline.faces["main"].weights.copy()
    mailbox.post(point_update(-1, -1, -1))
    pipeline.advance(Tick(1, 0.1, 0.1))
    assert look.streams == ("main", "bob")
    assert np.frombuffer(look.feelings, np.float32).tolist() == [0.5, 0.25, -0.5, 0, 0, 0]
    assert look.speaking == b"\x00\x01"
    assert list(look.faces) == ["bob", "main"]
    numbers = np.frombuffer(look.faces["main"], np.float32)
    assert numbers[:52].tolist() == face.tolist()
    assert len(numbers) == 52 + 9


def test_movement_follows_the_real_time_between_frames(mixer, engine):
    mixer.mailbox("test").post(point_update(0.8, 0.0, 0.0, fade=1.0))
    pipeline = Pipeline(mixer, Linear(), engine)
    pipeline.advance(Tick(0, 50.0, 0.0))
    assert pipeline.feelings["main"] == pytest.approx((0.0, 0.0, 0.0))
    pipeline.advance(Tick(1, 50.25, 0.25))
    assert pipeline.feelings["main"] == pytest.approx((0.2, 0.0, 0.0))
    pipeline.advance(Tick(2, 50.75, 0.75))
    assert pipeline.feelings["main"] == pytest.approx((0.6, 0.0, 0.0))


def test_a_clock_that_steps_back_stops_the_movement_and_no_more(mixer, engine):
    mixer.mailbox("test").post(point_update(0.8, 0.0, 0.0, fade=1.0))
    pipeline = Pipeline(mixer, Linear(), engine)
    for now in (50.0, 50.5, 49.0, 49.25):
        pipeline.advance(Tick(0, now, 0.0))
    assert pipeline.feelings["main"] == pytest.approx((0.6, 0.0, 0.0))


@pytest.mark.parametrize("kind", [Spring, Exponential, Linear, OneEuro, Immediate])
def test_every_interpolation_brings_the_feeling_to_its_goal(mixer, engine, kind):
    mixer.mailbox("test").post(named_update("fear"))
    pipeline = Pipeline(mixer, kind(), engine)
    play(pipeline, 5.0)
    assert pipeline.feelings["main"] == pytest.approx((-0.7, 0.8, -0.3), abs=1e-3)


# --- what a face carries beside its weights


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(points=st.lists(st.tuples(AXES, AXES, AXES), min_size=1, max_size=5))
@pytest.mark.parametrize("kind", [Spring, Exponential, Linear, OneEuro, Immediate])
def test_a_face_carries_the_feeling_that_it_shows_within_bounds(engine, kind, points):
    mixer = Mixer(now=lambda: 0.0)
    box = mixer.mailbox("test")
    pipeline = Pipeline(mixer, kind(), engine)
    now = 0.0
    for point in points:
        box.post(point_update(*point))
        for _ in range(4):
            now += 0.05
            pipeline.advance(Tick(0, now, now))
            feeling = pipeline.faces["main"].feeling
            assert feeling.dtype == np.float32
            assert feeling.tolist() == pytest.approx(pipeline.feelings["main"], abs=1e-6)
            assert np.abs(feeling).max() <= 1.0


def test_eyes_turn_with_the_shapes_that_are_shown():
    looks = np.zeros(52)
    looks[BLENDSHAPES.index("eyeLookDownLeft")] = looks[BLENDSHAPES.index("eyeLookDownRight")] = 0.6
    looks[BLENDSHAPES.index("eyeLookInLeft")] = 1e30  # what a face cannot show turns no further
    pipeline = Pipeline(Mixer(), Spring(), Says(looks), bare_layers(symmetry=0.0))
    pipeline.advance(Tick(0, 0.0, 0.0))
    head, left, right = pipeline.faces["main"].rotations
    down, across = math.radians(0.6 * 35), math.radians(35)
    assert head.tolist() == [0.0, 0.0, 0.0]
    assert left.tolist() == pytest.approx([across, down, 0.0], abs=1e-6)
    assert right.tolist() == pytest.approx([0.0, down, 0.0], abs=1e-6)


def test_a_face_is_dated_by_the_frame_s_tick(mixer, engine):
    pipeline = Pipeline(mixer, Spring(), engine)
    pipeline.advance(Tick(3, 0.0, 0.05, timestamp=1.7e9, time_of_day=3600.5))
    face = pipeline.faces["main"]
    assert (face.timestamp, face.time_of_day) == (1.7e9, 3600.5)


# --- streams


def test_a_new_stream_gets_a_face_of_its_own(mixer, engine):
    pipeline = Pipeline(mixer, Immediate(), engine)
    pipeline.advance(Tick(0, 0.0, 0.0))
    assert list(pipeline.faces) == ["main"]
    box = mixer.mailbox("test")
    box.post(named_update("happiness", stream="alice"))
    box.post(named_update("sadness", stream="bob"))
    pipeline.advance(Tick(6, 0.1, 0.1))
    assert list(pipeline.faces) == ["main", "alice", "bob"]
    assert weight(pipeline, "mouthSmileLeft", "alice") > 0.4
    assert weight(pipeline, "mouthFrownLeft", "bob") > 0.3
    assert pipeline.faces["main"].weights.max() <= 0.05
    assert [face.frame for face in pipeline.faces.values()] == [6, 6, 6]


def test_an_earlier_stream_keeps_its_face_when_another_comes(mixer, engine):
    """An output may hold on to a face; what it holds must go on being that stream's."""
    box = mixer.mailbox("test")
    pipeline = Pipeline(mixer, Immediate(), engine)
    pipeline.advance(Tick(0, 0.0, 0.0))
    held = pipeline.faces["main"]
    for frame, stream in enumerate(("alice", "bob"), start=1):
        box.post(named_update("happiness", stream=stream))
        pipeline.advance(Tick(frame, frame / 10, frame / 10))
    box.post(named_update("sadness", stream="main"))
    pipeline.advance(Tick(3, 0.3, 0.3))
    assert pipeline.faces["main"] is held
    assert held.feeling.tolist() == pytest.approx((-0.8, -0.4, -0.3))
    assert held.rotations[1].tolist() == pytest.approx(
        [
            math.radians(35) * (look("In", "Left", held) - look("Out", "Left", held)),
            math.radians(35) * (look("Down", "Left", held) - look("Up", "Left", held)),
            0.0,
        ],
        abs=1e-6,
    )
    assert held.rotations[1].any()
    for stream in ("alice", "bob"):
        face = pipeline.faces[stream]
        assert face.feeling.tolist() == pytest.approx((0.8, 0.6, 0.5))
        assert weight(pipeline, "mouthSmileLeft", stream) > 0.4
        for part in ("weights", "feeling", "rotations"):
            assert not np.shares_memory(getattr(face, part), getattr(held, part))


def look(where: str, side: str, face: Face) -> float:
    return float(face.weights[BLENDSHAPES.index(f"eyeLook{where}{side}")])


def test_a_new_stream_does_not_disturb_a_movement(mixer, engine):
    box = mixer.mailbox("test")
    box.post(named_update("happiness"))
    pipeline = Pipeline(mixer, Spring(), engine)
    alone = Mixer(now=lambda: 0.0)
    alone.mailbox("test").post(named_update("happiness"))
    undisturbed = Pipeline(alone, Spring(), engine)
    for frame in range(20):
        if frame == 7:
            box.post(named_update("anger", stream="bob"))
        for each in (pipeline, undisturbed):
            each.advance(Tick(frame, frame / 60, frame / 60))
    assert pipeline.feelings["main"] == pytest.approx(undisturbed.feelings["main"])
    np.testing.assert_allclose(
        pipeline.faces["main"].weights, undisturbed.faces["main"].weights, atol=1e-6
    )


def test_feelings_are_told_by_stream(mixer, engine):
    mixer.mailbox("test").post(named_update("anger", stream="bob"))
    pipeline = Pipeline(mixer, Immediate(), engine)
    pipeline.advance(Tick(0, 0.0, 0.0))
    assert pipeline.feelings == {"main": (0.0, 0.0, 0.0), "bob": (-0.7, 0.8, 0.7)}


# --- the end


def test_coming_to_rest_eases_every_stream_to_neutral_without_a_jump(mixer, engine):
    box = mixer.mailbox("test")
    box.post(named_update("happiness"))
    box.post(named_update("sadness", stream="bob"))
    pipeline = Pipeline(mixer, Spring(), engine)
    now = play(pipeline, 2.0)
    before = pipeline.feelings
    pipeline.come_to_rest(0.05)
    pipeline.advance(Tick(0, now, 0.0))
    for stream in ("main", "bob"):
        assert pipeline.feelings[stream] == pytest.approx(before[stream])
    play(pipeline, 0.5, start=now)
    for feeling in pipeline.feelings.values():
        assert feeling == pytest.approx((0.0, 0.0, 0.0), abs=0.01)


def test_once_it_comes_to_rest_nobody_is_listened_to(mixer, engine):
    box = mixer.mailbox("test")
    pipeline = Pipeline(mixer, Spring(), engine)
    pipeline.advance(Tick(0, 0.0, 0.0))
    pipeline.come_to_rest(0.05)
    box.post(named_update("happiness"))
    box.post(named_update("happiness", stream="bob"))
    play(pipeline, 1.0)
    assert pipeline.feelings == {"main": pytest.approx((0.0, 0.0, 0.0))}


def test_coming_to_rest_before_the_first_frame_is_no_failure(mixer, engine):
    pipeline = Pipeline(mixer, Spring(), engine)
    pipeline.come_to_rest(0.05)
    pipeline.advance(Tick(0, 0.0, 0.0))
    pipeline.rest(Tick(1, 0.0, 0.1))


def test_rest_is_the_neutral_face_exactly(mixer, engine):
    mixer.mailbox("test").post(point_update(1.0, 1.0, 1.0))
    pipeline = Pipeline(mixer, Immediate(), engine)
    pipeline.advance(Tick(0, 0.0, 0.0))
    assert pipeline.faces["main"].weights.max() > 0.1
    pipeline.rest(Tick(7, 0.0, 0.5))
    face = pipeline.faces["main"]
    assert face.weights.tolist() == [0.0] * 52
    assert face.feeling.tolist() == [0.0] * 3
    assert not face.rotations.any()
    assert (face.frame, face.seconds) == (7, 0.5)


# --- changed while running


@pytest.mark.parametrize("kind", [Exponential, Immediate, Linear, OneEuro, Spring])
def test_another_movement_goes_on_from_the_feeling_shown_now(engine, mixer, kind):
    pipeline = Pipeline(mixer, Spring(), engine)
    mixer.mailbox("a").post(named_update("happiness"))
    mixer.mailbox("b").post(named_update("anger", stream="bob"))
    play(pipeline, 0.1)
    before = pipeline.feelings
    assert 0.1 < before["main"][0] < 0.7  # on its way
    pipeline.change(interpolation=kind())
    pipeline.advance(Tick(7, 0.1, 0.1))
    if kind is not Immediate:
        for stream, feeling in before.items():
            assert pipeline.feelings[stream] == pytest.approx(feeling)
    play(pipeline, 5.0, start=0.1)
    assert pipeline.feelings["main"] == pytest.approx((0.8, 0.6, 0.5), abs=0.01)
    assert pipeline.feelings["bob"] == pytest.approx((-0.7, 0.8, 0.7), abs=0.01)


def test_another_model_and_symmetry_count_from_the_next_frame(mixer):
    lopsided = np.zeros(52, np.float32)
    lopsided[LEFT] = 0.5
    pipeline = Pipeline(mixer, Immediate(), Says(0.25))
    pipeline.advance(Tick(0, 0.0, 0.0))
    pipeline.change(engine=Says(lopsided))
    pipeline.layers.configure({"symmetry": 0.0})
    pipeline.advance(Tick(1, 0.1, 0.1))
    assert weight(pipeline, "mouthSmileLeft") == 0.5
    assert weight(pipeline, "mouthSmileRight") == 0.0


def test_a_change_while_coming_to_rest_does_not_wake_the_face(engine, mixer):
    pipeline = Pipeline(mixer, Immediate(), engine)
    mixer.mailbox("a").post(named_update("happiness"))
    pipeline.advance(Tick(0, 0.0, 0.0))
    pipeline.come_to_rest(0.02)
    pipeline.change(interpolation=Immediate())
    play(pipeline, 1.0)
    assert pipeline.feelings["main"] == pytest.approx((0, 0, 0), abs=0.01)


# --- streams end


def test_a_stream_that_ends_takes_its_row_along_and_leaves_the_others_alone(engine):
    now = [0.0]
    mixer = Mixer(now=lambda: now[0], stream_timeout=1.0)
    box = mixer.mailbox("test")
    box.post(named_update("happiness", stream="alice", hold=0.5))
    box.post(named_update("sadness", stream="bob"))
    pipeline = Pipeline(mixer, Spring(), engine)
    pipeline.advance(Tick(0, 0.0, 0.0))
    held = pipeline.faces["bob"]
    for frame in range(1, 600):
        now[0] = frame / 60
        pipeline.advance(Tick(frame, now[0], now[0]))
    assert list(pipeline.faces) == ["main", "bob"]
    assert pipeline.faces["bob"] is held
    assert held.feeling.tolist() == pytest.approx((-0.8, -0.4, -0.3), abs=1e-3)
    assert weight(pipeline, "mouthFrownLeft", "bob") > 0.3
    assert pipeline.feelings["main"] == pytest.approx((0.0, 0.0, 0.0))
    box.post(named_update("anger", stream="alice"))
    pipeline.advance(Tick(600, now[0] + 0.1, 10.0))
    assert list(pipeline.faces) == ["main", "bob", "alice"]


def test_a_stream_whose_face_is_not_neutral_yet_does_not_end(engine):
    now = [0.0]
    mixer = Mixer(now=lambda: now[0], stream_timeout=0.5)
    mixer.mailbox("test").post(named_update("happiness", stream="alice", hold=0.5))
    pipeline = Pipeline(mixer, Spring(onset=0.1, release=2.0), engine)
    for frame in range(90):
        now[0] = frame / 60
        pipeline.advance(Tick(frame, now[0], now[0]))
    assert "alice" in pipeline.faces


def test_many_streams_that_come_and_end_at_once_show_what_each_would_alone(engine):
    now = [0.0]
    mixer = Mixer((), now=lambda: now[0], most_streams=400, stream_timeout=0.5)
    pipeline = Pipeline(mixer, Immediate(), engine, Layers(kept=Kept()))
    box = mixer.mailbox("test")
    for number in range(300):
        hold = 0.1 if number % 3 == 0 else math.inf
        box.post(point_update(number / 300, 0.1, -0.2, stream=f"s{number}", hold=hold))
    for frame in range(90):
        now[0] = frame / 60
        pipeline.advance(Tick(frame, now[0], now[0]))
        if frame == 0:
            assert len(pipeline.faces) == 300
    box.post(point_update(0.5, 0.5, 0.5, stream="late"))
    pipeline.advance(Tick(90, 1.5, 1.5))
    names = [f"s{number}" for number in range(300) if number % 3] + ["late"]
    assert list(pipeline.faces) == names
    for name, face in pipeline.faces.items():
        point = (0.5, 0.5, 0.5) if name == "late" else (int(name[1:]) / 300, 0.1, -0.2)
        assert face.feeling.tolist() == pytest.approx(point)
        alone = engine.run(np.array([point]))[0]
        np.testing.assert_allclose(face.weights, np.clip(alone, 0.0, 1.0), atol=1e-5)
        assert face.frame == 90


# --- layers


class Shift:
    """Adds to every weight; keeps what it was told about rows."""

    def __init__(self, by: float) -> None:
        self.by = by
        self.rows: list[str] = []
        self.moments: list[tuple[float, float]] = []

    def add_rows(self, streams: Sequence[str]) -> None:
        self.rows += streams

    def remove_rows(self, rows: Sequence[int]) -> None:
        self.rows = [one for row, one in enumerate(self.rows) if row not in rows]

    def apply(self, frame) -> None:
        assert len(frame.weights) == len(frame.feelings) == len(frame.rotations) == len(self.rows)
        frame.weights += np.float32(self.by)
        self.moments.append((frame.now, frame.dt))

    def configure(self, settings: float) -> None:
        self.by = settings


def test_layers_change_the_face_in_their_order_and_know_the_time(mixer):
    first, second = Shift(0.25), Shift(0.125)
    pipeline = Pipeline(mixer, Spring(), Says(0.5), Layers(first=first, second=second))
    pipeline.advance(Tick(0, 100.0, 0.0))
    pipeline.advance(Tick(1, 100.5, 0.5))
    assert weight(pipeline, "jawOpen") == 0.875
    assert first.moments == [(100.0, 0.0), (100.5, 0.5)]
    pipeline.layers.configure({"second": 0.0})
    pipeline.advance(Tick(2, 100.6, 0.6))
    assert weight(pipeline, "jawOpen") == 0.75


def test_layers_gain_and_lose_rows_with_the_streams(engine):
    now = [0.0]
    mixer = Mixer(now=lambda: now[0], stream_timeout=0.5)
    layer = Shift(0.0)
    pipeline = Pipeline(mixer, Immediate(), engine, Layers(shift=layer))
    mixer.mailbox("test").post(named_update("happiness", stream="alice", hold=0.5))
    mixer.mailbox("test").post(named_update("happiness", stream="bob"))
    pipeline.advance(Tick(0, 0.0, 0.0))
    assert layer.rows == ["main", "alice", "bob"]
    for frame in range(1, 90):
        now[0] = frame / 60
        pipeline.advance(Tick(frame, now[0], now[0]))
    assert layer.rows == ["main", "bob"]


# --- cues


class Kept:
    """A layer that keeps a copy of what it was told of each stream."""

    def __init__(self) -> None:
        self.frames: list[tuple[list[bool], list[float], list[float], list[bool]]] = []

    def add_rows(self, streams: Sequence[str]) -> None: ...

    def remove_rows(self, rows: Sequence[int]) -> None: ...

    def configure(self, settings: None) -> None: ...

    def apply(self, frame) -> None:
        loud = frame.visemes.max(axis=1).tolist()
        look = frame.look_at[:, 0].tolist()
        self.frames.append((frame.speaking.tolist(), loud, look, frame.cut.tolist()))
        frame.speaking.fill(True)  # a layer may find that a stream speaks, in this frame alone


def test_cues_reach_the_layers_by_row_and_last_until_they_end(engine):
    now = [0.0]
    mixer = Mixer(now=lambda: now[0])
    layer = Kept()
    pipeline = Pipeline(mixer, Spring(), engine, Layers(kept=layer))
    box = mixer.mailbox("test")
    box.post(Update((), "", "main", cues=Cues(speaking=True, visemes=loudness(0.5))))
    pipeline.advance(Tick(0, 0.0))
    assert layer.frames[-1][:2] == ([True], [0.5])
    assert math.isnan(layer.frames[-1][2][0])
    now[0] = 0.1
    box.post(Update((), "", "bob", cues=Cues(look_at=Direction(90.0, 0.0))))
    pipeline.advance(Tick(1, 0.1))
    assert layer.frames[-1][:2] == ([True, False], [0.5, 0.0])
    assert layer.frames[-1][2][1] == pytest.approx(math.pi / 2)
    now[0] = 0.2
    box.post(Update((), "", "main", cues=Cues(speaking=False)))
    pipeline.advance(Tick(2, 0.2))
    assert layer.frames[-1][0] == [False, False]


def test_a_stream_keeps_its_cues_when_one_before_it_ends_and_another_comes(engine):
    now = [0.0]
    mixer = Mixer((), now=lambda: now[0], stream_timeout=0.5)
    layer = Kept()
    pipeline = Pipeline(mixer, Immediate(), engine, Layers(kept=layer))
    box = mixer.mailbox("test")
    box.post(named_update("happiness", stream="alice", hold=0.1))
    cues = Cues(speaking=True, look_at=Direction(90.0, 0.0))
    box.post(Update(named_update("joy").parts, "", "bob", cues=cues))
    pipeline.advance(Tick(0, 0.0))
    for frame in range(1, 60):
        now[0] = frame / 60
        pipeline.advance(Tick(frame, now[0]))
    assert list(pipeline.faces) == ["bob"]
    box.post(named_update("happiness", stream="carol"))
    pipeline.advance(Tick(60, 1.0))
    assert layer.frames[-1][0] == [True, False]
    assert layer.frames[-1][2][0] == pytest.approx(math.pi / 2)
    assert math.isnan(layer.frames[-1][2][1])


def test_a_goal_to_be_shown_at_once_cuts_for_one_frame(mixer, engine):
    layer = Kept()
    pipeline = Pipeline(mixer, Spring(), engine, Layers(kept=layer))
    box = mixer.mailbox("test")
    box.post(named_update("happiness", fade=0.0))
    pipeline.advance(Tick(0, 0.0))
    pipeline.advance(Tick(1, 0.1))
    box.post(named_update("anger"))
    pipeline.advance(Tick(2, 0.2))
    assert [frame[3] for frame in layer.frames] == [[True], [False], [False]]


def test_what_layers_add_eases_away_as_well_when_a_bridge_ends(mixer, engine):
    layers = Layers(shift=Shift(0.5))
    pipeline = Pipeline(mixer, Spring(), engine, layers)
    now = play(pipeline, 0.5)
    assert weight(pipeline, "browInnerUp") >= 0.5
    pipeline.come_to_rest(0.05)
    steps = [weight(pipeline, "browInnerUp")]
    for frame in range(1, 20):
        pipeline.advance(Tick(frame, now + frame / 60, frame / 60))
        steps.append(weight(pipeline, "browInnerUp"))
    assert steps == sorted(steps, reverse=True)
    assert steps[-1] < 0.02
    assert max(a - b for a, b in itertools.pairwise(steps)) < 0.15


class Turn(Shift):
    """Turns every head by so many radians to its own right."""

    def apply(self, frame) -> None:
        frame.rotations[:, 0, 0] += self.by


def test_a_head_that_layers_turn_does_not_turn_further_every_frame(mixer, engine):
    pipeline = Pipeline(mixer, Spring(), engine, Layers(turn=Turn(0.2), again=Turn(0.1)))
    play(pipeline, 1.0)
    assert pipeline.faces["main"].rotations[0].tolist() == pytest.approx([0.3, 0.0, 0.0])


# --- moods


class Time:
    """A clock that the test moves."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def with_mood(engine, mixer: Mixer, **settings) -> Pipeline:
    usual = MoodSettings(on=True, strength=0.5, shows=0.5, half_life=300.0)
    mood = Mood(PerStream(replace(usual, **settings)))
    return Pipeline(mixer, Immediate(), engine, mood=mood)


def test_at_rest_a_part_of_the_mood_shows_and_it_does_not_feed_on_itself(engine):
    time = Time()
    mixer = Mixer(now=time)
    pipeline = with_mood(engine, mixer)
    mixer.mailbox("test").post(named_update("happiness", hold=30.0))
    for frame in range(1800):
        time.seconds = frame / 60
        pipeline.advance(Tick(frame, time.seconds, time.seconds))
        assert pipeline.feelings["main"] == (0.8, 0.6, 0.5)  # a full emotion looks as always
    time.seconds = 30.1
    pipeline.advance(Tick(0, 30.1, 30.1))
    mood = pipeline.moods["main"]
    assert mood[0] > 0.5
    assert pipeline.feelings["main"] == pytest.approx([0.5 * axis for axis in mood])
    assert pipeline.emotions["main"] == (0.0, 0.0, 0.0)
    assert weight(pipeline, "mouthSmileLeft") > 0.05
    pipeline.advance(Tick(0, 330.1, 330.1))
    assert pipeline.moods["main"][0] == pytest.approx(mood[0] / 2, rel=1e-3)


def test_beside_a_mixture_the_mood_shows_less_the_stronger_each_emotion_is(engine):
    mixer = Mixer(now=lambda: 0.0)
    pipeline = with_mood(engine, mixer)
    plain = Pipeline(mixer_of("joy+sadness 0.4"), Immediate(), engine)
    mixer.mailbox("test").post(parse_update("joy+sadness 0.4"))
    pipeline.advance(Tick(0, 0.0, 0.0))
    pipeline.mood.value[:] = 0.8
    pipeline.advance(Tick(0, 0.0, 0.0))
    plain.advance(Tick(0, 0.0, 0.0))
    shift = np.subtract(pipeline.feelings["main"], plain.feelings["main"])
    assert np.all((shift > 0.1) & (shift < 0.4))
    assert_is_a_face(pipeline.faces["main"].weights)
    assert pipeline.felt.points.tolist() == plain.felt.points.tolist()  # triggers see no mood


def mixer_of(text: str) -> Mixer:
    mixer = Mixer(now=lambda: 0.0)
    mixer.mailbox("test").post(parse_update(text))
    return mixer


def test_a_source_may_reset_the_mood(engine):
    mixer = Mixer(now=lambda: 0.0)
    box = mixer.mailbox("test")
    pipeline = with_mood(engine, mixer)
    play(pipeline, 0.1)
    pipeline.mood.value[:] = 0.8
    box.post(parse_update('{"mood": "reset"}'))
    play(pipeline, 3.0, start=0.1)
    assert pipeline.moods["main"] == (0.0, 0.0, 0.0)


def test_a_stream_with_a_mood_ends_at_its_timeout_with_a_neutral_face(engine):
    time = Time()
    mixer = Mixer(now=time, stream_timeout=60.0)
    pipeline = with_mood(engine, mixer)
    mixer.mailbox("test").post(named_update("happiness", stream="bob", hold=20.0))
    last = {}
    for frame in range(90 * 20):
        time.seconds = frame / 20
        pipeline.advance(Tick(frame, time.seconds, time.seconds))
        if "bob" in pipeline.faces:
            last[time.seconds] = np.abs(pipeline.feelings["bob"]).max()
    assert last[70.0] > 0.1
    assert 80.0 <= max(last) < 86.0
    assert last[max(last)] < 0.02
    assert "bob" not in pipeline.moods


def test_without_moods_the_frame_is_the_same_bit_for_bit(engine):
    off = with_mood(engine, mixer_of("joy 0.5"), on=False)
    plain = Pipeline(mixer_of("joy 0.5"), Immediate(), engine)
    play(off, 0.5)
    play(plain, 0.5)
    assert off.moods == {}
    assert off.faces["main"].weights.tobytes() == plain.faces["main"].weights.tobytes()


# --- at rest


class Counts:
    """A model that counts the feelings that it is asked about."""

    name = "network"

    def __init__(self, engine) -> None:
        self.engine, self.asked = engine, 0

    def run(self, vad):
        self.asked += len(vad)
        return self.engine.run(vad)


def at_rest(engine, said: str, *, streams: int = 1, **more):
    """A pipeline whose streams have reached what was said."""
    mixer, counts = Mixer(now=lambda: 0.0), Counts(engine)
    pipeline = Pipeline(mixer, Spring(), counts, **more)
    mailbox = mixer.mailbox("test")
    for number in range(streams):
        mailbox.post(parse_update(said)._replace(stream="main" if not number else str(number)))
    play(pipeline, 20.0)
    counts.asked = 0
    return pipeline, mailbox, counts


@pytest.mark.parametrize("said", ["happiness", "joy+sadness 0.4"])
@pytest.mark.parametrize("streams", [1, 3])
def test_a_feeling_at_rest_asks_the_model_nothing_and_the_face_stays(engine, said, streams):
    pipeline, _, counts = at_rest(engine, said, streams=streams)
    before = {name: face.weights.copy() for name, face in pipeline.faces.items()}
    play(pipeline, 1.0, start=20.0)
    assert counts.asked == 0
    for name, face in pipeline.faces.items():
        assert face.weights.tolist() == before[name].tolist()
        assert face.frame == 60


def test_a_feeling_at_rest_is_its_goal_exactly(engine):
    pipeline, _, _ = at_rest(engine, "happiness")
    assert pipeline.feelings["main"] == (0.8, 0.6, 0.5)


def test_layers_run_on_a_face_at_rest_and_do_not_pile_up(engine):
    layer = Shift(0.125)
    pipeline, _, counts = at_rest(engine, "happiness", layers=Layers(first=layer))
    moments = len(layer.moments)
    seen = []
    for frame in range(3):
        pipeline.advance(Tick(frame, 20.0 + frame / 60, frame / 60))
        seen.append(weight(pipeline, "jawOpen"))
    assert (len(layer.moments) - moments, counts.asked) == (3, 0)
    assert seen[0] == seen[1] == seen[2]


def test_a_stream_that_moves_asks_for_itself_alone(engine):
    pipeline, mailbox, counts = at_rest(engine, "happiness", streams=3)
    mailbox.post(named_update("anger", stream="2"))
    before = pipeline.faces["1"].weights.copy()
    play(pipeline, 0.5, start=20.0)
    assert counts.asked == 30
    assert pipeline.faces["1"].weights.tolist() == before.tolist()
    expected = at_rest(engine, "anger")[0].faces["main"].weights
    play(pipeline, 20.0, start=20.5)
    assert pipeline.faces["2"].weights == pytest.approx(expected, abs=1e-6)


def test_another_engine_counts_for_a_face_at_rest(engine):
    for streams in (1, 3):
        pipeline, _, _ = at_rest(engine, "happiness", streams=streams)
        pipeline.change(engine=Says(0.25))
        pipeline.advance(Tick(0, 21.0, 0.0))
        assert {weight(pipeline, "jawOpen", name) for name in pipeline.faces} == {0.25}


def test_another_interpolation_and_symmetry_count_for_a_face_at_rest(engine):
    pipeline, mailbox, _ = at_rest(engine, "happiness")
    pipeline.change(interpolation=Immediate())
    play(pipeline, 1.0, start=20.0)
    assert pipeline.feelings["main"] == (0.8, 0.6, 0.5)
    pipeline.layers.configure({"symmetry": 0.0})
    pipeline.advance(Tick(0, 21.1, 0.0))
    raw = engine.run(np.array([[0.8, 0.6, 0.5]]))[0]
    assert pipeline.faces["main"].weights == pytest.approx(raw, abs=1e-6)
    mailbox.post(named_update("anger"))
    pipeline.advance(Tick(0, 21.2, 0.0))
    assert pipeline.feelings["main"] == (-0.7, 0.8, 0.7)


def test_a_mood_that_is_switched_on_and_off_shows_on_a_face_at_rest(engine):
    pipeline, _, _ = at_rest(engine, "happiness 0.3")
    plain = pipeline.faces["main"].weights.copy()
    pipeline.mood.configure(PerStream(MoodSettings(on=True, strength=0.5, shows=0.5)))
    pipeline.mood.value[:] = 0.8
    pipeline.advance(Tick(0, 20.1, 0.0))
    assert np.abs(pipeline.faces["main"].weights - plain).max() > 0.05
    pipeline.mood.configure(PerStream(MoodSettings()))
    play(pipeline, 30.0, start=20.2)  # it eases away
    assert not pipeline.mood.on
    for frame in range(3):
        pipeline.advance(Tick(frame, 50.3 + frame / 60, 0.0))
        assert pipeline.faces["main"].weights.tolist() == plain.tolist()
        assert pipeline.feelings["main"] == pytest.approx([0.3 * axis for axis in (0.8, 0.6, 0.5)])


def test_a_face_at_rest_eases_to_neutral_when_the_bridge_ends(engine):
    pipeline, _, _ = at_rest(engine, "happiness")
    pipeline.come_to_rest(0.05)
    play(pipeline, 1.0, start=20.0)
    assert pipeline.feelings["main"] == pytest.approx((0, 0, 0), abs=0.01)
    assert pipeline.faces["main"].weights.max() < 0.01


def test_a_stream_that_comes_leaves_a_face_at_rest_alone(engine):
    pipeline, mailbox, _ = at_rest(engine, "happiness")
    before = pipeline.faces["main"].weights.copy()
    mailbox.post(named_update("anger", stream="bob"))
    play(pipeline, 0.2, start=20.0)
    assert pipeline.faces["main"].weights == pytest.approx(before, abs=1e-6)
    assert max(pipeline.faces["bob"].weights) > 0.05
