"""The preset expressions of VRM, and their weights for a face."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bridge.emotion.cues import VISEMES
from bridge.face.mouth import from_visemes
from bridge.model import checkpoint
from bridge.model.engine import Engine
from protocols.arkit import INDEX, PAIRS
from protocols.face import Face
from protocols.vrm import BLINKS, EMOTIONS, LOOKS, PRESETS, VOWELS, weigh_presets

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
    """The emotions for a feeling."""
    return presets_of(point)[EMOTIONS]


def presets_of(point: Point = (0.0, 0.0, 0.0), **shapes: float) -> np.ndarray:
    """All presets for a feeling and some shapes; a name without a side stands for both."""
    weights = np.zeros(52, dtype=np.float32)
    for name, weight in shapes.items():
        both = [one for one in (name, f"{name}Left", f"{name}Right") if one in INDEX]
        weights[[INDEX[one] for one in both]] = weight
    return presets_of_weights(weights, point)


def presets_of_weights(weights: np.ndarray, point: Point = (0.0, 0.0, 0.0)) -> np.ndarray:
    out = np.full(17, 9.0, dtype=np.float32)
    weigh_presets(Face(weights, feeling=np.array(point, dtype=np.float32)), out)
    return out.astype(np.float64)


def shown(weights: np.ndarray, least: float = 0.001) -> dict[str, float]:
    """The presets of VRM 0 that show."""
    named = zip(PRESETS["vrm0"], weights.tolist(), strict=True)
    return {name: round(weight, 2) for name, weight in named if weight > least}


def test_the_presets_are_those_of_vrm_0_and_of_vrm_1_in_one_order() -> None:
    # As the VMC specification pairs them: Joy and happy, Angry and angry, Sorrow and sad, Fun and
    # relaxed, A and aa, I and ih, U and ou, E and ee, O and oh, Blink_L and blinkLeft.
    vrm0 = [
        *("Joy", "Angry", "Sorrow", "Fun", "Surprised", "Blink", "Blink_L", "Blink_R"),
        *("LookUp", "LookDown", "LookLeft", "LookRight", "A", "I", "U", "E", "O"),
    ]
    vrm1 = [
        *("happy", "angry", "sad", "relaxed", "surprised", "blink", "blinkLeft", "blinkRight"),
        *("lookUp", "lookDown", "lookLeft", "lookRight", "aa", "ih", "ou", "ee", "oh"),
    ]
    assert {version: list(names) for version, names in PRESETS.items()} == {
        "vrm0": vrm0,
        "vrm1": vrm1,
    }
    assert [vrm0[part] for part in (EMOTIONS, BLINKS, LOOKS, VOWELS)] == [
        vrm0[:5],
        vrm0[5:8],
        vrm0[8:12],
        vrm0[12:],
    ]


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
    weigh_presets(Face(feeling=feeling), np.zeros(17, dtype=np.float32))
    assert feeling.tolist() == [0.5, 0.25, -0.75]


@pytest.mark.parametrize("point", [(0.0, 0.0, 0.0), *PROTOTYPES.values()])
def test_a_closed_eye_is_closed_in_every_emotion(point: Point) -> None:
    presets = presets_of(point, eyeBlink=1.0)
    assert presets[BLINKS] == pytest.approx([1.0, 0.0, 0.0], abs=1e-6)
    np.testing.assert_array_equal(presets[EMOTIONS], weights_of(point))


def test_a_wink_closes_its_own_eye_and_both_presets_of_an_eye_add_up_to_its_lid() -> None:
    assert shown(presets_of(eyeBlinkLeft=0.8)) == {"Blink_L": 0.8}
    assert shown(presets_of(eyeBlinkLeft=0.25, eyeBlinkRight=0.75)) == {
        "Blink": 0.25,
        "Blink_R": 0.5,
    }


def test_a_blink_goes_down_and_up_without_a_jump_on_lids_that_sadness_has_lowered() -> None:
    lids = np.concatenate((np.linspace(0.29, 1.0, 200), np.linspace(1.0, 0.29, 200)))
    blinks = [presets_of(PROTOTYPES[SORROW], eyeBlink=lid)[BLINKS][0] for lid in lids]
    assert (blinks[0], max(blinks)) == (pytest.approx(0.0, abs=0.01), pytest.approx(1.0))
    assert np.abs(np.diff(blinks)).max() < 0.01


@pytest.mark.parametrize(
    ("shapes", "preset"),
    [
        ({"eyeLookUp": 0.4}, "LookUp"),
        ({"eyeLookDown": 0.4}, "LookDown"),
        # The model's own sides, as UniVRM turns its eyes.
        ({"eyeLookOutLeft": 0.4, "eyeLookInRight": 0.4}, "LookLeft"),
        ({"eyeLookInLeft": 0.4, "eyeLookOutRight": 0.4}, "LookRight"),
    ],
)
def test_the_eyes_look_where_both_of_them_look(shapes: dict[str, float], preset: str) -> None:
    assert shown(presets_of(**shapes)) == {preset: 0.4}


def test_eyes_that_converge_look_ahead() -> None:
    assert shown(presets_of(eyeLookIn=0.3)) == {}


@pytest.mark.parametrize(
    ("viseme", "vowel"), [("aa", "A"), ("ih", "I"), ("ou", "U"), ("E", "E"), ("oh", "O")]
)
def test_each_viseme_that_a_source_sends_is_its_vowel(viseme: str, vowel: str) -> None:
    for strength in (0.25, 0.5, 1.0):
        weights, _ = from_visemes({viseme: strength})
        vowels = presets_of_weights(weights)[VOWELS]
        assert vowels["AIUEO".index(vowel)] > 0.9 * strength
        assert vowels.sum() < strength + 0.01


@pytest.mark.parametrize("closed", ["sil", "PP"])
def test_closed_lips_are_no_vowel(closed: str) -> None:
    assert closed in VISEMES
    assert shown(presets_of_weights(from_visemes({closed: 1.0})[0])) == {}


def test_a_jaw_behind_closed_lips_and_a_grimace_are_no_vowels() -> None:
    assert shown(presets_of(jawOpen=0.4, mouthClose=0.4)) == {}
    assert shown(presets_of(mouthStretch=0.5)) == {}


def test_a_vowel_comes_on_top_of_the_mouth_that_the_emotion_opens() -> None:
    surprise = PROTOTYPES[SURPRISED]
    assert shown(presets_of(surprise, jawOpen=0.39, mouthFunnel=0.14)) == {"Surprised": 1.0}
    assert shown(presets_of(surprise, jawOpen=1.0, mouthFunnel=0.14), 0.01) == {
        "Surprised": 1.0,
        "A": 1.0,
    }


def test_the_emotions_of_the_model_alone_hardly_blink_look_or_speak() -> None:
    engine = Engine(checkpoint.load(checkpoint.BUILTIN)[0])
    points = np.array([*PROTOTYPES.values(), (-0.7, 0.8, -0.3)], dtype=np.float32)
    for point, weights in zip(points, np.clip(engine.run(points), 0.0, 1.0), strict=True):
        presets = presets_of_weights(weights, tuple(point.tolist()))
        # Otherwise the table of what the model shows is that of an older model.
        assert max(presets[BLINKS].max(), presets[VOWELS].max()) < 0.15, point
        assert presets[LOOKS].max() < 0.2, point


FACES = arrays(np.float32, 52, elements=st.floats(0, 1, width=32))


@settings(deadline=None)
@given(FACES, POINTS)
def test_every_preset_is_within_0_and_1_and_so_are_the_sums_for_one_part(
    weights: np.ndarray, point: Point
) -> None:
    presets = presets_of_weights(weights, point)
    assert np.all(np.isfinite(presets))
    assert presets.min() >= 0.0
    both, left, right = presets[BLINKS]
    assert max(both + left, both + right) <= 1.0 + ROUNDING
    for part in (EMOTIONS, VOWELS):
        assert presets[part].sum() <= 1.0
    up, down, to_left, to_right = presets[LOOKS]
    assert max(up, down, to_left, to_right) <= 1.0
    assert min(up, down) == min(to_left, to_right) == 0.0


@settings(deadline=None)
@given(FACES, FACES, POINTS)
def test_neighbouring_faces_have_neighbouring_presets(
    weights: np.ndarray, towards: np.ndarray, point: Point
) -> None:
    steps = np.linspace(weights, towards, 400, dtype=np.float32)
    path = np.array([presets_of_weights(step, point) for step in steps])
    largest_step = np.abs(towards - weights).max() / 399
    assert np.abs(np.diff(path, axis=0)).max() <= 30 * largest_step + 10 * ROUNDING


@settings(deadline=None)
@given(FACES, POINTS)
def test_a_mirrored_face_has_mirrored_presets(weights: np.ndarray, point: Point) -> None:
    other = np.arange(52)
    for left, right in PAIRS:
        other[[left, right]] = right, left
    presets = presets_of_weights(weights, point)
    mirrored = presets_of_weights(weights[other], point)
    swapped = np.arange(17)
    swapped[[6, 7, 10, 11]] = 7, 6, 11, 10  # Blink_L and Blink_R, LookLeft and LookRight
    np.testing.assert_allclose(mirrored, presets[swapped], atol=1e-6)
