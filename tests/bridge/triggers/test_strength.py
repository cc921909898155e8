"""How strongly a feeling shows an emotion."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.felt import Felt
from bridge.emotion.names import BASIC_EMOTIONS, EmotionError, emotions, parts_of
from bridge.emotion.points import Part, Parts, Vad
from bridge.triggers.strength import Strength

BY_DEFAULT = 0.45
"""The threshold above which a trigger fires."""

NAMES = [emotion.name for emotion in emotions()]

ALSO_SHOWN = {
    "neutral": set(),
    "happiness": {"happy", "lucky", "useful"},
    "surprise": {"surprised", "out of breath"},
    "sadness": {"sad", "haughty and lonely"},
    "anger": {"angry", "cruel", "scornful"},
    "disgust": {"disgusted"},
    "fear": {"fearful", "embarrassed"},
    "contempt": {"contemptuous"},
}
"""The other names in the table that a basic emotion shows at full intensity: its synonyms, and
terms measured within 6° of it."""

axis = st.floats(-1, 1)


def strength(emotion: str, feeling: Parts) -> float:
    return float(Strength(emotion).of(Felt.of(main=feeling))[0])


def point(*numbers: float) -> Parts:
    return (Part(Vad(*numbers), 1.0),)


@pytest.mark.parametrize("name", NAMES)
def test_each_emotion_of_the_table_shows_itself_at_full_intensity(name):
    assert strength(name, parts_of(name)) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("name", BASIC_EMOTIONS)
def test_a_basic_emotion_shows_no_other_emotion_than_its_synonyms(name):
    feeling = parts_of(name)
    shown = {other for other in NAMES if strength(other, feeling) > BY_DEFAULT}
    assert shown == {name} | ALSO_SHOWN[name]


@pytest.mark.parametrize("name", BASIC_EMOTIONS[1:])
@pytest.mark.parametrize("intensity", [0.2, 0.5, 0.9])
def test_the_strength_is_the_intensity(name, intensity):
    assert strength(name, parts_of(name, intensity)) == pytest.approx(intensity, abs=1e-6)


def test_a_synonym_and_a_translation_show_as_well():
    feeling = parts_of("happiness", 0.9)
    assert strength("joy", feeling) == strength("Freude", feeling) == pytest.approx(0.9)


def test_numbers_show_the_emotion_that_they_point_towards():
    assert strength("happiness", point(0.7, 0.5, 0.4)) > 0.8
    assert strength("anger", point(-0.5, 0.6, 0.4)) > BY_DEFAULT
    assert strength("fear", point(-0.5, 0.6, 0.4)) < 0.3


def test_disgust_shows_no_anger_although_they_are_near():
    assert strength("anger", parts_of("disgust")) == pytest.approx(0.0, abs=1e-6)
    assert strength("disgust", parts_of("anger")) == pytest.approx(0.0, abs=1e-6)


def test_a_mixture_of_two_shows_each_by_its_share():
    feeling = parts_of("sadness:0.7+fear:0.3")
    assert strength("sadness", feeling) == pytest.approx(0.7)
    assert strength("fear", feeling) == pytest.approx(0.3)
    assert strength("happiness", feeling) == 0.0


def test_half_of_a_mixture_is_above_the_usual_threshold():
    assert strength("sadness", parts_of("sadness+fear")) > BY_DEFAULT


def test_a_mixture_needs_all_of_its_parts():
    assert strength("joy+surprise", parts_of("joy+surprise")) == pytest.approx(1.0)
    assert strength("joy+surprise", parts_of("joy")) == pytest.approx(0.0, abs=1e-6)


def test_the_mean_point_of_a_mixture_shows_the_mixture_without_a_name():
    assert strength("joy+surprise", point(0.55, 0.75, 0.35)) > 0.8


def test_neutral_shows_while_nothing_is_felt():
    assert strength("neutral", parts_of("neutral")) == 1.0
    assert strength("neutral", parts_of("joy", 0.9)) < 0.1
    assert strength("joy", parts_of("neutral")) == 0.0


@given(st.lists(st.tuples(axis, axis, axis), min_size=1, max_size=4), st.sampled_from(NAMES))
def test_any_feeling_has_a_strength_from_0_to_1(points, name):
    feeling = tuple(Part(Vad(*p), 1 / len(points)) for p in points)
    assert 0.0 <= strength(name, feeling) <= 1.0


@given(st.tuples(axis, axis, axis))
def test_the_basic_emotions_are_never_two_at_full_strength(numbers):
    shown = [strength(name, point(*numbers)) for name in BASIC_EMOTIONS[1:]]
    assert sum(each > 0.55 for each in shown) <= 1


def test_every_stream_has_its_own_strength():
    felt = Felt.of(alice=parts_of("joy", 0.5), bob=parts_of("joy+anger"), eve=parts_of("fear"))
    assert Strength("joy").of(felt) == pytest.approx(np.array([0.5, 0.5, 0.0]), abs=1e-6)
    assert Strength("joy").of(Felt.of()).shape == (0,)


def test_an_unknown_emotion_is_refused_with_similar_names():
    with pytest.raises(EmotionError, match='unknown emotion "hapy"; did you mean "happy"'):
        Strength("hapy")


def test_a_thousand_streams_cost_hardly_more_than_one():
    felt = Felt.of(**{f"s{number}": parts_of("joy", 0.5) for number in range(1000)})
    measured, costs = Strength("sadness"), []
    for _ in range(20):
        began = time.perf_counter()
        measured.of(felt)
        costs.append(time.perf_counter() - began)
    assert min(costs) < 2e-3
