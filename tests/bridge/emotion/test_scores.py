import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.names import EmotionError, UnknownEmotionError, emotion_to_vad, parts_of
from bridge.emotion.points import MOST_PARTS, NEUTRAL, Part
from bridge.emotion.scores import MOST_SCORES, Scored, blend, label


def scored(**scores: float) -> list[Scored]:
    return [Scored(name, score) for name, score in scores.items()]


def strengths(parts: tuple[Part, ...]) -> dict[str, float]:
    """How much of each emotion there is: its intensity times its share."""
    found = {}
    for point, share in parts:
        for name in ("joy", "sadness", "anger", "surprise", "neutral"):
            full = emotion_to_vad(name)
            factor = point.valence / full.valence if full.valence else 0.0
            if point == pytest.approx(full.scaled(factor)):
                found[name] = factor * share
    return found


def test_one_label_has_its_score_as_intensity():
    assert blend([Scored("joy", 0.9)]) == parts_of("joy", 0.9)
    assert blend([Scored("joy+fear", 0.9)]) == parts_of("joy+fear", 0.9)
    assert blend([Scored("joy")]) == parts_of("joy")


def test_scores_of_a_distribution_are_how_much_there_is_of_each():
    parts = blend(scored(anger=0.6, sadness=0.35))
    assert strengths(parts) == pytest.approx({"anger": 0.6, "sadness": 0.35})


def test_percents_are_a_distribution_too():
    parts = blend(scored(angry=0.02, happy=97.3, sad=2.68))
    assert strengths(parts) == pytest.approx({"joy": 0.973})


def test_the_share_of_neutral_lowers_the_intensity():
    [part] = blend(scored(neutral=0.6, joy=0.38, sadness=0.02))
    assert part == (pytest.approx(emotion_to_vad("joy", 0.38)), 1.0)
    assert blend(scored(neutral=0.97, joy=0.03)) == (Part(NEUTRAL, 1.0),)


def test_a_webcams_seven_scores_show_the_one_that_stands_out():
    scores = scored(
        anger=0.02, disgust=0.01, fear=0.01, joy=0.9, sadness=0.02, surprise=0.03, neutral=0.01
    )
    for order in (scores, scores[::-1], scores[3:] + scores[:3]):
        assert strengths(blend(order)) == pytest.approx({"joy": 0.9})


def test_other_scores_are_intensities_of_their_own():
    joy, surprise = blend(scored(joy=0.9, surprise=0.6))
    assert joy == (pytest.approx(emotion_to_vad("joy", 0.9)), pytest.approx(0.6))
    assert surprise == (pytest.approx(emotion_to_vad("surprise", 0.6)), pytest.approx(0.4))


def test_scores_above_1_are_divided_by_the_largest():
    assert blend(scored(joy=3.0, surprise=2.0)) == blend(scored(joy=1.0, surprise=2 / 3))


def test_faders_are_never_a_distribution():
    joy, sadness = blend(scored(joy=0.6, sadness=0.4), own=True)
    assert joy == (pytest.approx(emotion_to_vad("joy", 0.6)), pytest.approx(0.6))
    assert sadness == (pytest.approx(emotion_to_vad("sadness", 0.4)), pytest.approx(0.4))


def test_unknown_labels_are_left_out_while_others_are_known():
    known = blend([Scored("joy", 0.9), Scored("other", 0.1)])
    assert strengths(known) == pytest.approx({"joy": 0.9})
    with pytest.raises(UnknownEmotionError, match='"other"'):
        blend([Scored("other", 0.9), Scored("unknown", 0.1)])


def test_a_score_below_0_is_refused():
    with pytest.raises(EmotionError, match="joy has a score below 0"):
        blend(scored(joy=-0.5, sadness=0.5))


def test_more_labels_than_any_vocabulary_has_are_refused():
    with pytest.raises(EmotionError, match="the limit is 512"):
        blend([Scored("joy", 0.1)] * (MOST_SCORES + 1))


def test_labels_are_shown_the_strongest_first():
    assert label(scored(sadness=0.35, anger=0.6)) == "anger 0.6, sadness 0.35"
    assert label(scored(angry=0.02, happy=97.3, sad=2.68)) == "happy 0.973"
    assert label([Scored(" In  Love ")]) == "in love 1"
    assert label(scored(joy=0.0)) == "joy 0"


NAMES = st.sampled_from(["joy", "sadness", "anger", "neutral", "pout", "nostalgia", "other"])


@given(st.lists(st.builds(Scored, NAMES, st.none() | st.floats(0, 1000)), max_size=20))
def test_any_scores_make_a_feeling_or_the_documented_error(scores):
    for own in (False, True):
        try:
            parts = blend(scores, own=own)
        except EmotionError:
            continue
        assert 1 <= len(parts) <= MOST_PARTS
        assert sum(part.share for part in parts) == pytest.approx(1)
        assert all(-1 <= axis <= 1 for part in parts for axis in part.point)
