"""Expectations are typed from the published tables, not read from the program's own."""

import csv
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.names import (
    BASIC_EMOTIONS,
    EmotionError,
    emotion_points,
    emotion_to_vad,
    emotions,
    is_emotion,
    parts_of,
)
from bridge.emotion.points import NEUTRAL, Part, Vad
from tests.cases import FOLDER

REFERENCE = {
    "neutral": (0.00, 0.00, 0.00),
    "happiness": (0.80, 0.60, 0.50),
    "surprise": (0.30, 0.90, 0.20),
    "sadness": (-0.80, -0.40, -0.30),
    "anger": (-0.70, 0.80, 0.70),
    "disgust": (-0.60, 0.30, 0.40),
    "fear": (-0.70, 0.80, -0.30),
    "contempt": (-0.40, 0.30, 0.80),
}

JUDGED = {
    "smirk": (0.25, 0.15, 0.45),
    "think": (0.05, 0.10, 0.10),
    "awkward": (-0.25, 0.25, -0.35),
    "question": (0.05, 0.35, -0.15),
    "sleepy": (0.20, -0.70, -0.44),
    "trust": (0.60, 0.04, 0.18),
    "anticipation": (0.35, 0.58, 0.00),
    "realization": (0.33, 0.10, 0.22),
    "relief": (0.55, -0.20, 0.16),
    "desire": (0.48, 0.61, 0.22),
    "approval": (0.61, 0.18, -0.05),
    "gratitude": (0.64, 0.16, -0.21),
}

# What a word of a label set means: one of the eight basic emotions.
SYNONYMS = {
    # Ekman
    "joy": "happiness",
    # VRM 1.0, and VRM 0.x where it differs
    "happy": "happiness",
    "angry": "anger",
    "sad": "sadness",
    "surprised": "surprise",
    "sorrow": "sadness",
    # Plutchik's stronger and weaker forms
    "terror": "fear",
    "amazement": "surprise",
    "grief": "sadness",
    "loathing": "disgust",
    "rage": "anger",
    # what people type
    "afraid": "fear",
    "scared": "fear",
    "furious": "anger",
    "disgusted": "disgust",
    "contemptuous": "contempt",
    "fearful": "fear",
}

NAMES = yaml.safe_load((FOLDER / "names.yaml").read_text(encoding="utf-8"))
LABEL_SETS: dict[str, str] = NAMES["label_sets"]
ALL_LABELS = [(name, word) for name, words in LABEL_SETS.items() for word in words.split()]
ALL_LABELS += [("Hume", word) for word in NAMES["hume"].split(", ")]
ALL_LABELS += [("more words", word) for word in NAMES["more_words"].split()]

TRANSLATED: dict[str, str] = NAMES["basic"]
COMMON: dict[str, dict[str, str]] = NAMES["common"]

MIXTURES = {
    "pout": {"sadness": 0.5, "anger": 0.5},
    "wink": {"happiness": 0.6, "surprise": 0.4},
    "distress": {"sadness": 0.5, "fear": 0.5},
    "Empathic Pain": {"sadness": 0.5, "fear": 0.5},
    "sympathy": {"sadness": 0.5, "affection": 0.5},
    "determination": {"anger": 0.3, "pride": 0.7},
    "envy": {"anger": 0.5, "sadness": 0.5},
    "nostalgia": {"happiness": 0.5, "sadness": 0.5},
}


def measured_terms() -> dict[str, Vad]:
    """Russell & Mehrabian 1977, table 4: a copy of its own for the tests."""
    with (Path(__file__).parent / "russell_mehrabian_1977.csv").open(encoding="utf-8") as table:
        return {
            row["term"]: Vad(float(row["valence"]), float(row["arousal"]), float(row["dominance"]))
            for row in csv.DictReader(table)
        }


@pytest.mark.parametrize(("name", "point"), REFERENCE.items())
def test_the_eight_basic_emotions_lie_where_the_reference_model_has_them(name, point):
    assert emotion_to_vad(name) == point


def test_the_basic_emotions_are_the_reference_models_eight():
    assert sorted(BASIC_EMOTIONS) == sorted(REFERENCE)
    assert NEUTRAL == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("name", "point"), JUDGED.items())
def test_names_that_nobody_measured_have_the_judged_values(name, point):
    assert emotion_to_vad(name) == point


@pytest.mark.parametrize(("word", "basic"), SYNONYMS.items())
def test_synonyms_mean_the_basic_emotion(word, basic):
    assert emotion_to_vad(word) == REFERENCE[basic]


@pytest.mark.parametrize(("label_set", "word"), ALL_LABELS)
def test_every_word_of_the_common_label_sets_is_understood(label_set, word):
    point = emotion_to_vad(word)
    assert (point == NEUTRAL) is (word in ("neutral", "neu"))


def test_each_published_label_set_keeps_its_words_apart():
    """Two labels of one small set that gave the same face would be of no use."""
    for name in ("Ekman", "VRM 1.0", "Open-LLM-VTuber", "airi"):
        words = LABEL_SETS[name].split()
        assert len({emotion_to_vad(word) for word in words}) == len(words), name


def test_all_151_measured_terms_stand_in_the_table_with_their_published_values():
    measured = measured_terms()
    assert len(measured) == 151
    shipped = {
        e.name: Vad(*e.point) for e in emotions() if e.source.startswith("Russell & Mehrabian")
    }
    assert shipped == measured


def test_a_measured_term_means_its_measured_values_unless_it_names_a_basic_emotion():
    basic = {word: REFERENCE[emotion] for word, emotion in SYNONYMS.items()}
    for term, point in measured_terms().items():
        assert emotion_to_vad(term) == basic.get(term, REFERENCE.get(term, point)), term


def test_every_emotion_says_where_its_numbers_come_from_and_lies_in_the_cube():
    for emotion in emotions():
        assert emotion.source
        assert all(-1.0 <= axis <= 1.0 for axis in emotion.point), emotion.name


def test_no_other_name_stands_in_two_rows():
    others = [
        word.casefold() for emotion in emotions() for word in (*emotion.also, *emotion.translations)
    ]
    assert len(others) == len(set(others))


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_eight_basic_emotions_are_understood_in_eight_languages(language):
    words = TRANSLATED[language].split()
    assert [emotion_to_vad(word) for word in words] == [REFERENCE[name] for name in BASIC_EMOTIONS]


@pytest.mark.parametrize("language", COMMON)
def test_common_words_mean_the_same_in_other_languages(language):
    for english, word in COMMON[language].items():
        assert parts_of(word) == parts_of(english), word


def test_some_thirty_common_words_are_translated_into_each_language():
    scripts = {"ja": "[ぁ-ヿ]", "ko": "[가-힣]", "ru": "[а-я]"}
    for script in scripts.values():
        rows = [e for e in emotions() if any(re.search(script, w) for w in e.translations)]
        assert len(rows) >= (20 if script == scripts["ja"] else 38)


@pytest.mark.parametrize(("name", "shares"), MIXTURES.items())
def test_a_name_may_mean_a_mixture(name, shares):
    expected = {emotion_to_vad(part): share for part, share in shares.items()}
    assert {part.point: pytest.approx(part.share) for part in parts_of(name)} == expected


def test_out_of_breath_is_a_weak_surprise():
    [part] = parts_of("out of breath")
    assert part.point == pytest.approx((0.12, 0.36, 0.08))
    assert parts_of("outofbreath") == parts_of("out_of_breath") == (part,)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("colere", "colère"),
        ("COLE\u0300RE", "colère"),
        ("degout", "dégoût"),
        ("Uberraschung", "Überraschung"),
        ("удивленный", "удивлённый"),
        ("☺\ufe0f", "☺"),
        ("ｊｏｙ", "joy"),
    ],
)
def test_accents_and_ways_to_write_them_do_not_matter(typed, meant):
    assert parts_of(typed) == parts_of(meant)


@pytest.mark.parametrize(
    "spelling",
    ["Happiness", "HAPPINESS", "  happiness ", "hApPy"],
)
def test_case_and_outer_spaces_do_not_matter(spelling):
    assert emotion_to_vad(spelling) == REFERENCE["happiness"]


@pytest.mark.parametrize("spelling", ["in love", "In_Love", "in-love", "in   love", "IN_love"])
def test_spaces_underscores_and_hyphens_are_alike(spelling):
    assert emotion_to_vad(spelling) == (0.82, 0.65, -0.05)


@pytest.mark.parametrize("spelling", ["self-satisfied", "self satisfied", "self_satisfied"])
def test_a_name_that_is_written_with_a_hyphen_may_be_written_without(spelling):
    assert emotion_to_vad(spelling) == (0.86, 0.20, 0.62)


def test_intensity_scales_the_point_towards_neutral():
    assert emotion_to_vad("happiness", 0.5) == pytest.approx((0.4, 0.3, 0.25))
    assert emotion_to_vad("anger", 0.0) == pytest.approx((0.0, 0.0, 0.0))
    assert emotion_to_vad("anger", 1.0) == REFERENCE["anger"]


@pytest.mark.parametrize("intensity", [-0.01, 1.01, float("nan"), float("inf"), float("-inf")])
def test_an_intensity_outside_0_to_1_is_refused(intensity):
    with pytest.raises(EmotionError, match="not between 0 and 1"):
        emotion_to_vad("joy", intensity)


def test_a_mixture_lies_midway_between_its_parts():
    # (0.8 + 0.3) / 2, (0.6 + 0.9) / 2, (0.5 + 0.2) / 2
    assert emotion_to_vad("happiness+surprise") == pytest.approx((0.55, 0.75, 0.35))
    assert emotion_to_vad("Happy + SURPRISED") == pytest.approx((0.55, 0.75, 0.35))
    assert emotion_to_vad("happiness+surprise", 0.5) == pytest.approx((0.275, 0.375, 0.175))


def test_a_mixture_is_shown_as_its_parts_and_not_as_their_mean():
    assert set(parts_of("happiness+sadness", 0.5)) == {
        Part(Vad(0.4, 0.3, 0.25), 0.5),
        Part(Vad(-0.4, -0.2, -0.15), 0.5),
    }
    assert emotion_to_vad("happiness+sadness") == pytest.approx((0.0, 0.1, 0.1))


@pytest.mark.parametrize(
    ("mixture", "shares"),
    [
        ("joy:0.7+fear:0.3", (0.7, 0.3)),
        ("joy:70%+fear:30%", (0.7, 0.3)),
        ("joy:0.6+fear:0.2", (0.75, 0.25)),
        ("joy:0.7+fear", (0.7, 0.3)),
        ("joy : 0.7 + fear", (0.7, 0.3)),
        ("joy+joy+fear", (2 / 3, 1 / 3)),
    ],
)
def test_a_mixture_may_have_shares(mixture, shares):
    joy, fear = parts_of(mixture)
    assert (joy.point, fear.point) == (REFERENCE["happiness"], REFERENCE["fear"])
    assert (joy.share, fear.share) == pytest.approx(shares)


@pytest.mark.parametrize(
    "mixture", ["joy:1+fear", "joy:2+fear", "joy:0+fear:0", "joy:-1+fear", "joy:nan+fear"]
)
def test_shares_that_cannot_be_are_refused(mixture):
    with pytest.raises(EmotionError, match=r"share|unknown"):
        parts_of(mixture)


def test_more_names_than_anybody_means_are_refused():
    with pytest.raises(EmotionError, match="more than 16"):
        parts_of("joy+" * 20 + "joy")


def test_a_mixture_may_have_three_parts_and_repeat_one_to_weigh_it():
    assert emotion_to_vad("anger+fear+neutral") == pytest.approx((-1.4 / 3, 1.6 / 3, 0.4 / 3))
    assert emotion_to_vad("joy+joy+sadness") == pytest.approx((0.8 / 3, 0.8 / 3, 0.7 / 3))


@pytest.mark.parametrize("name", ["", " ", "+", "joy+", "+joy", "joy++fear"])
def test_an_empty_name_or_part_is_refused(name):
    with pytest.raises(EmotionError):
        emotion_to_vad(name)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("happyness", "happiness"), ("suprise", "surprise"), ("Angre", "anger"), ("confussed", "con")],
)
def test_a_near_miss_names_what_was_probably_meant(typed, meant):
    with pytest.raises(EmotionError) as refusal:
        emotion_to_vad(typed)
    assert f'"{typed}"' in str(refusal.value)
    assert "did you mean" in str(refusal.value)
    assert meant in str(refusal.value).split("did you mean")[1]


def test_the_part_of_a_mixture_that_is_unknown_is_the_one_named():
    with pytest.raises(EmotionError, match='"hapy"; did you mean "happy"'):
        emotion_to_vad("fear+hapy")


def test_a_word_like_no_other_gets_no_suggestion_but_a_place_to_look():
    with pytest.raises(EmotionError) as refusal:
        emotion_to_vad("xqzw")
    assert "did you mean" not in str(refusal.value)
    assert "affect-bridge emotions" in str(refusal.value)


def test_a_long_name_is_cut_in_the_message():
    with pytest.raises(EmotionError) as refusal:
        emotion_to_vad("joy" * 1000)
    assert len(str(refusal.value)) < 250


@given(st.lists(st.sampled_from(sorted(emotion_points())), min_size=1, max_size=8), st.floats(0, 1))
def test_every_mixture_of_known_names_lies_in_the_cube(names, intensity):
    assert all(-1.0 <= axis <= 1.0 for axis in emotion_to_vad("+".join(names), intensity))


@given(st.text())
def test_any_name_gives_a_point_or_the_documented_error(name):
    try:
        point = emotion_to_vad(name)
    except EmotionError as refusal:
        assert str(refusal)
    else:
        assert point.is_finite()


@given(st.text())
def test_any_name_is_an_emotion_exactly_when_it_has_parts(name):
    if "+" not in name and ":" not in name:
        try:
            parts = parts_of(name)
        except EmotionError:
            assert not is_emotion(name)
        else:
            assert is_emotion(name)
            assert sum(part.share for part in parts) == pytest.approx(1)
