"""The preset expressions of VRM, and the weights of the five that show emotions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.vrm import EMOTIONS, PRESETS, weigh_emotions

Point = tuple[float, float, float]

JOY, ANGRY, SORROW, FUN, SURPRISED = range(5)

PROTOTYPES: dict[int, Point] = {
    JOY: (0.8, 0.6, 0.5),
    ANGRY: (-0.7, 0.8, 0.7),
    SORROW: (-0.8, -0.4, -0.3),
    FUN: (0.68, -0.46, 0.06),
    SURPRISED: (0.3, 0.9, 0.2),
}

AXIS = st.floats(-1, 1, width=32)
POINTS = st.tuples(AXIS, AXIS, AXIS)
ROUNDING = 1e-6


def weights_of(point: Point) -> np.ndarray:
    out = np.full(5, 9.0, dtype=np.float32)
    weigh_emotions(np.array(point, dtype=np.float32), out)
    return out.astype(np.float64)


def test_the_presets_are_those_of_vrm_0_and_of_vrm_1_in_one_order() -> None:
    # As the VMC specification pairs them: Joy and happy, Angry and angry, Sorrow and sad, Fun and
    # relaxed, A and aa, I and ih, U and ou, E and ee, O and oh.
    vrm0 = ("Joy", "Angry", "Sorrow", "Fun", "Surprised", "Blink", "A", "I", "U", "E", "O")
    vrm1 = ("happy", "angry", "sad", "relaxed", "surprised", "blink", "aa", "ih", "ou", "ee", "oh")
    assert dict(PRESETS) == {"vrm0": vrm0, "vrm1": vrm1}
    assert EMOTIONS == 5


@pytest.mark.parametrize(("preset", "point"), PROTOTYPES.items())
def test_an_emotion_that_has_a_preset_shows_it_alone_and_whole(preset: int, point: Point) -> None:
    weights = weights_of(point)
    assert weights[preset] > 0.999
    assert np.delete(weights, preset).max() < 0.001


@pytest.mark.parametrize(("preset", "point"), PROTOTYPES.items())
def test_intensity_is_the_presets_weight(preset: int, point: Point) -> None:
    for intensity in np.linspace(0.0, 1.0, 21):
        scaled = tuple(intensity * axis for axis in point)
        assert weights_of(scaled)[preset] == pytest.approx(intensity, abs=0.001)


def test_at_neutral_no_preset_shows() -> None:
    assert weights_of((0.0, 0.0, 0.0)).tolist() == [0.0] * 5
    assert weights_of((-0.0, 0.0, -0.0)).tolist() == [0.0] * 5


@settings(deadline=None)
@given(POINTS)
def test_wherever_the_feeling_is_the_weights_are_within_0_and_1_and_so_is_their_sum(
    point: Point,
) -> None:
    weights = weights_of(point)
    assert np.all(weights >= 0.0)
    assert weights.sum() <= 1.0


def test_the_sum_stays_within_1_at_every_corner_and_edge_of_the_cube() -> None:
    steps = np.linspace(-1, 1, 9)
    assert max(weights_of((v, a, d)).sum() for v in steps for a in steps for d in steps) <= 1.0


@settings(deadline=None)
@given(POINTS, st.floats(0, 1), st.floats(0, 1))
def test_a_stronger_feeling_of_the_same_kind_never_lowers_a_preset(
    point: Point, one: float, other: float
) -> None:
    weaker, stronger = sorted((one, other))
    before = weights_of(tuple(weaker * axis for axis in point))
    after = weights_of(tuple(stronger * axis for axis in point))
    # Of a feeling that a float32 hardly holds the direction is rounded too.
    if max(abs(weaker * axis) for axis in point) > 1e-3:
        assert np.all(after >= before - 1e-4)


@settings(deadline=None)
@given(POINTS, POINTS)
def test_neighbouring_feelings_have_neighbouring_faces(point: Point, towards: Point) -> None:
    steps = np.linspace(point, towards, 400)
    path = np.array([weights_of(tuple(step)) for step in steps])
    # No weight grows faster than 8 for each unit of the way, wherever the way leads.
    way = np.linalg.norm(np.subtract(towards, point)) / 399
    assert np.abs(np.diff(path, axis=0)).max() <= 8 * way + ROUNDING


@pytest.mark.parametrize("point", [*PROTOTYPES.values(), (0.01, -0.01, 0.02)])
def test_the_way_through_neutral_has_no_jump(point: Point) -> None:
    path = [weights_of(tuple(t * axis for axis in point)) for t in np.linspace(-1, 1, 2001)]
    assert np.abs(np.diff(path, axis=0)).max() < 0.002


@settings(deadline=None)
@given(st.tuples(*[st.floats(-(2**-20), 2**-20, width=32)] * 3))
def test_next_to_neutral_hardly_anything_shows_and_nothing_is_no_number(point: Point) -> None:
    weights = weights_of(point)
    assert np.all(np.isfinite(weights))
    assert weights.max() < 1e-5


def test_fear_is_surprise_in_distress_and_no_anger() -> None:
    joy, angry, sorrow, fun, surprised = weights_of((-0.7, 0.8, -0.3))
    assert sorrow == pytest.approx(0.5, abs=0.01)
    assert surprised == pytest.approx(0.5, abs=0.01)
    assert max(joy, angry, fun) < 0.01


def test_disgust_is_more_anger_than_sorrow_and_nothing_else() -> None:
    joy, angry, sorrow, fun, surprised = weights_of((-0.6, 0.3, 0.4))
    assert angry > sorrow > 0.2
    assert max(joy, fun, surprised) < 0.01


def test_contempt_is_a_hard_look_with_a_little_fun() -> None:
    joy, angry, sorrow, fun, surprised = weights_of((-0.4, 0.3, 0.8))
    assert angry > fun > 0.1
    assert max(joy, sorrow, surprised) < 0.01


@pytest.mark.parametrize(
    ("feeling", "point", "largest"),
    [
        ("friendly", (0.69, 0.35, 0.30), {JOY}),
        ("proud", (0.77, 0.38, 0.65), {JOY}),
        ("excited", (0.62, 0.75, 0.38), {JOY}),
        ("hostile", (-0.42, 0.53, 0.30), {ANGRY}),
        ("enraged", (-0.44, 0.72, 0.32), {ANGRY}),
        ("bored", (-0.65, -0.62, -0.33), {SORROW}),
        ("lonely", (-0.66, -0.43, -0.32), {SORROW}),
        ("leisurely", (0.58, -0.32, 0.11), {FUN}),
        ("relief", (0.55, -0.20, 0.16), {FUN}),
        ("sleepy", (0.20, -0.70, -0.44), {FUN}),
        ("astonished", (0.16, 0.88, -0.15), {SURPRISED}),
        ("curious", (0.22, 0.62, -0.01), {SURPRISED}),
        ("terrified", (-0.62, 0.82, -0.43), {SORROW, SURPRISED}),
        ("helpless", (-0.71, 0.42, -0.51), {SORROW, SURPRISED}),
    ],
)
def test_what_people_say_shows_as_they_would_expect(
    feeling: str, point: Point, largest: set[int]
) -> None:
    weights = weights_of(point)
    assert set(np.argsort(-weights)[: len(largest)].tolist()) == largest, feeling
    assert weights.sum() > 0.5


def test_the_feeling_stays_as_it_is() -> None:
    feeling = np.array([0.5, 0.25, -0.75], dtype=np.float32)
    weigh_emotions(feeling, np.zeros(5, dtype=np.float32))
    assert feeling.tolist() == [0.5, 0.25, -0.75]
