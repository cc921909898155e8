"""Feelings of several emotions at once: what their face shows, and how it gets there."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.emotion.points import MOST_PARTS, Part, Vad
from bridge.frames.interpolation import Exponential, Immediate, Linear, OneEuro, Spring
from bridge.frames.mixture import Mixture

KINDS = {
    "spring": Spring,
    "exponential": Exponential,
    "linear": Linear,
    "one_euro": OneEuro,
    "one_euro with beta": lambda: OneEuro(min_cutoff=1.0, beta=0.5),
}
DT = 1 / 60
GONE = 0.024
"""How far a face may move when shares of a thousandth are dropped in all slots at once."""
STAYING = 1.2
"""How much quicker it may move because a point that stays moves while its share does."""
EMOTIONS = [name for name in BASIC_EMOTIONS if name != "neutral"]


def parts(**shares: float) -> tuple[Part, ...]:
    return tuple(Part(emotion_to_vad(name), share) for name, share in shares.items())


def face(engine, name: str) -> np.ndarray:
    return engine.run(np.array([emotion_to_vad(name)]))[0].copy()


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def settled(engine, *targets: tuple[Part, ...], kind=Spring) -> np.ndarray:
    """The faces of streams that have reached their targets."""
    mixture = Mixture(kind())
    for row, target in enumerate(targets):
        mixture.add_rows(1)
        mixture.retarget(row, target, None)
    for _ in range(1200):
        mixture.advance(DT)
    return mixture.faces(engine).copy()


# --- what the face of several emotions shows


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(EMOTIONS, 2)))
def test_both_emotions_of_a_pair_show_in_its_face(engine, one, other):
    [mixed] = settled(engine, parts(**{one: 0.5, other: 0.5}))
    faces = [face(engine, one), face(engine, other)]
    assert min(cosine(mixed, part) for part in faces) >= 0.6
    assert np.linalg.norm(mixed) >= 0.7 * min(np.linalg.norm(part) for part in faces)


def test_a_part_shows_as_much_as_its_share(engine):
    [mixed] = settled(engine, parts(happiness=0.7, sadness=0.3))
    expected = 0.7 * face(engine, "happiness") + 0.3 * face(engine, "sadness")
    np.testing.assert_allclose(mixed, expected, atol=2e-3)


def test_one_point_gives_the_face_of_that_point_bit_for_bit(engine):
    [alone] = settled(engine, parts(anger=1.0), kind=Immediate)
    assert alone.tolist() == face(engine, "anger").tolist()


def test_streams_with_one_point_and_with_several_stand_side_by_side(engine):
    faces = settled(
        engine,
        parts(anger=1.0),
        parts(happiness=0.5, fear=0.25, surprise=0.25),
        parts(sadness=1.0),
    )
    np.testing.assert_allclose(faces[0], face(engine, "anger"), atol=1e-4)
    np.testing.assert_allclose(faces[2], face(engine, "sadness"), atol=1e-4)
    mean = sum(
        share * face(engine, name)
        for name, share in (("happiness", 0.5), ("fear", 0.25), ("surprise", 0.25))
    )
    np.testing.assert_allclose(faces[1], mean, atol=2e-3)


def test_feelings_are_the_weighted_mean_of_the_points():
    mixture = Mixture(Immediate())
    mixture.add_rows(1)
    mixture.retarget(0, parts(happiness=0.75, sadness=0.25), None)
    mixture.advance(DT)
    expected = 0.75 * np.array(emotion_to_vad("happiness")) + 0.25 * np.array(
        emotion_to_vad("sadness")
    )
    assert mixture.feelings[0] == pytest.approx(expected)


# --- how it gets there

SHARES = st.lists(st.floats(0.05, 1.0), min_size=1, max_size=MOST_PARTS)
AXES = st.floats(-1, 1)


@st.composite
def targets(draw) -> tuple[Part, ...]:
    shares = draw(SHARES)
    return tuple(
        Part(Vad(draw(AXES), draw(AXES), draw(AXES)), share / sum(shares)) for share in shares
    )


SCRIPTS = st.lists(st.tuples(st.integers(0, 30), targets()), min_size=2, max_size=6)
"""(frames until the next target, target)"""


class Straight:
    """A model whose face is its point: what moves is the mixture alone."""

    def run(self, points):
        return np.asarray(points, np.float32)


@pytest.mark.parametrize("kind", KINDS)
@given(script=SCRIPTS)
def test_no_share_order_or_timing_makes_a_jump(kind, script):
    """Within a frame nothing moves noticeably further than the interpolation moves on its way from
    one end of the cube to the other."""
    farthest = jump_of(KINDS[kind], (Part(Vad(-1, -1, -1), 1.0),), (Part(Vad(1, 1, 1), 1.0),))
    mixture = Mixture(KINDS[kind]())
    mixture.add_rows(1)
    mixture.advance(DT)
    before = mixture.faces(Straight()).copy()
    for frames, target in script:
        mixture.retarget(0, target, None)
        for _ in range(frames + 1):
            mixture.advance(DT)
            now = mixture.faces(Straight()).copy()
            assert np.abs(now - before).max() <= STAYING * farthest + GONE
            before = now


def jump_of(kind, start, end) -> float:
    mixture = Mixture(kind())
    mixture.add_rows(1)
    mixture.retarget(0, start, None)
    for _ in range(1200):
        mixture.advance(DT)
    before, largest = mixture.feelings.copy(), 0.0
    mixture.retarget(0, end, None)
    for _ in range(120):
        mixture.advance(DT)
        largest = max(largest, float(np.abs(mixture.feelings - before).max()))
        before = mixture.feelings.copy()
    return largest


@pytest.mark.parametrize("kind", KINDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(script=SCRIPTS)
def test_every_target_is_reached_and_leaves_nothing_behind(kind, script):
    mixture = Mixture(KINDS[kind]())
    mixture.add_rows(1)
    for frames, target in script:
        mixture.retarget(0, target, None)
        for _ in range(frames):
            mixture.advance(DT)
    for _ in range(1200):
        mixture.advance(DT)
    expected = sum(part.share * np.array(part.point) for part in script[-1][1])
    assert mixture.feelings[0] == pytest.approx(expected, abs=5e-3)
    assert np.count_nonzero(mixture._used[0]) == len(script[-1][1])


@pytest.mark.parametrize("kind", KINDS)
def test_one_point_after_another_moves_as_the_interpolation_does(kind):
    mixture, alone = Mixture(KINDS[kind]()), KINDS[kind]()
    mixture.add_rows(1)
    alone.add_rows(1)
    for name, frames in (("happiness", 10), ("anger", 7), ("neutral", 30), ("sadness", 100)):
        mixture.retarget(0, parts(**{name: 1.0}), None)
        alone.retarget(0, emotion_to_vad(name), None)
        for _ in range(frames):
            mixture.advance(DT)
            alone.advance(DT)
            assert mixture.feelings[0] == pytest.approx(alone.value[0], abs=1e-12)


def test_an_emotion_that_stays_keeps_its_point_while_its_share_changes():
    mixture = Mixture(Spring())
    mixture.add_rows(1)
    mixture.retarget(0, parts(happiness=0.8, sadness=0.2), None)
    for _ in range(600):
        mixture.advance(DT)
    mixture.retarget(0, parts(sadness=0.9, happiness=0.1), None)
    line = np.array(emotion_to_vad("happiness")) - np.array(emotion_to_vad("sadness"))
    for _ in range(60):
        mixture.advance(DT)
        off = mixture.feelings[0] - np.array(emotion_to_vad("sadness"))
        assert np.linalg.norm(np.cross(off, line)) == pytest.approx(0.0, abs=1e-3)


def test_another_interpolation_goes_on_from_where_every_part_is(engine):
    mixture = Mixture(Spring())
    mixture.add_rows(1)
    mixture.retarget(0, parts(happiness=0.5, sadness=0.5), None)
    for _ in range(6):
        mixture.advance(DT)
    before = mixture.faces(engine).copy()
    mixture.move_by(Exponential())
    mixture.advance(0.0)
    np.testing.assert_allclose(mixture.faces(engine), before, atol=1e-6)
    for _ in range(600):
        mixture.advance(DT)
    [expected] = settled(engine, parts(happiness=0.5, sadness=0.5))
    np.testing.assert_allclose(mixture.faces(engine)[0], expected, atol=2e-3)


def test_a_stream_that_ends_leaves_the_mixtures_of_the_others_alone(engine):
    mixture = Mixture(Spring())
    for row, target in enumerate(
        (parts(anger=1.0), parts(happiness=0.5, fear=0.5), parts(sadness=0.6, surprise=0.4))
    ):
        mixture.add_rows(1)
        mixture.retarget(row, target, None)
    for _ in range(1200):
        mixture.advance(DT)
    before = mixture.faces(engine).copy()
    mixture.remove_rows([1])
    mixture.advance(DT)
    np.testing.assert_allclose(mixture.faces(engine), before[[0, 2]], atol=1e-4)


# --- room


def test_a_stream_of_one_emotion_has_room_for_one_and_gets_it_back_after_a_mixture(engine):
    interpolation = Spring()
    mixture = Mixture(interpolation)
    for row, name in enumerate(("anger", "fear")):
        mixture.add_rows(1)
        mixture.retarget(row, parts(**{name: 1.0}), None)
    assert interpolation.value.shape == (2, 4)
    mixture.retarget(0, parts(happiness=0.5, sadness=0.5), None)
    for _ in range(1000):
        mixture.advance(DT)
    assert interpolation.value.shape == (2, 48)
    mixture.retarget(0, parts(sadness=1.0), None)
    before = mixture.faces(engine).copy()
    for _ in range(1000):
        mixture.advance(DT)
        after = mixture.faces(engine).copy()
        assert np.abs(after - before).max() < 0.1
        before = after
    assert interpolation.value.shape == (2, 4)
    np.testing.assert_allclose(before, [face(engine, "sadness"), face(engine, "fear")], atol=1e-5)


def test_when_the_mixed_stream_ends_the_others_have_room_for_one_again(engine):
    interpolation = Spring()
    mixture = Mixture(interpolation)
    for row in range(2):
        mixture.add_rows(1)
        mixture.retarget(row, parts(fear=1.0), None)
    mixture.retarget(0, parts(happiness=0.5, sadness=0.5), None)
    for _ in range(100):
        mixture.advance(DT)
    mixture.remove_rows([0])
    for _ in range(1000):
        mixture.advance(DT)
    assert interpolation.value.shape == (1, 4)
    np.testing.assert_allclose(mixture.faces(engine), [face(engine, "fear")], atol=1e-5)
