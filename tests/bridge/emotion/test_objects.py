"""JSON of programs that never heard of this one."""

import pytest

from bridge.emotion.message import Message
from bridge.emotion.objects import ObjectReader
from bridge.emotion.scores import Scored
from bridge.emotion.update import UpdateError


def read(value, **settings) -> Message:
    return ObjectReader(**settings).read(value, "main")


def refusal_of(value, **settings) -> str:
    with pytest.raises(UpdateError) as refusal:
        read(value, **settings)
    return str(refusal.value)


@pytest.mark.parametrize(
    "value",
    [
        {"emotion": "joy", "intensity": 0.9},
        {"emotion": "joy", "confidence": 0.9, "ts": 1714550000},
        {"label": "joy", "score": 0.9},
        {"label": "joy", "score": "0.9"},
        {"LABEL": "joy", "Score": "90%"},
        {"mood": "joy 0.9"},
        {"state": "joy", "strength": 0.9},
        {"emotion": {"name": "joy", "intensity": 0.9}},
        {"emotion": [{"name": "joy", "probability": 0.9}]},
        {"expression": "say playfully", "mood": "joy", "score": 0.9},
        {"name": "Guard", "state": "joy", "confidence": 0.9},
        {"Type": "joy", "Confidence": 90.0},
        [{"label": "joy", "score": 0.9}],
        [[{"label": "joy", "score": 0.9}]],
        ["joy", 0.9],
        [["joy", 0.9]],
        {"data": {"emotion": "joy", "intensity": 0.9}},
        {"joy": 0.9},
        "joy 0.9",
    ],
)
def test_a_label_and_its_score_are_found_under_many_names(value):
    assert read(value).scores == (Scored("joy", 0.9),)


def test_all_scores_of_face_analysis_count_rather_than_its_summary():
    deepface = {
        "emotion": {"angry": 0.02, "happy": 97.3, "sad": 2.68},
        "dominant_emotion": "happy",
        "region": {"x": 7, "y": 9},
        "face_confidence": 0.93,
    }
    expected = (Scored("angry", 0.02), Scored("happy", 97.3), Scored("sad", 2.68))
    assert read(deepface).scores == read([deepface]).scores == expected


def test_a_voice_interfaces_scores_are_found_where_it_puts_them():
    hume = {
        "type": "user_message",
        "message": {"role": "user", "content": "I am so glad!"},
        "models": {"prosody": {"scores": {"Joy": 0.7, "Surprise (positive)": 0.3, "Doubt": 0.1}}},
        "time": {"begin": 0, "end": 900},
    }
    assert read(hume).scores == (
        *(Scored("joy", 0.7), Scored("surprise (positive)", 0.3), Scored("doubt", 0.1)),
    )
    newer = {
        "expressions": [{"name": "joy", "probability": 0.7}, {"name": "glee", "probability": 0.3}]
    }
    assert read(newer).scores == (Scored("joy", 0.7), Scored("glee", 0.3))


@pytest.mark.parametrize(
    ("value", "axes"),
    [
        ({"valence": 0.3, "arousal": 0.5, "dominance": 0.1}, (0.3, 0.5, 0.1)),
        ({"valence": 0.3, "arousal": 0.5}, (0.3, 0.5, None)),
        ({"Valence": "0.3", "AROUSAL": "50%", "dominance": None}, (0.3, 0.5, None)),
        ({"v": 0.3, "a": 0.5, "d": 0.1}, (0.3, 0.5, 0.1)),
        ({"pleasure": 0.3, "activation": 0.5, "control": 0.1}, (0.3, 0.5, 0.1)),
        ({"vad": [0.3, 0.5, 0.1]}, (0.3, 0.5, 0.1)),
        ({"pad": "0.3 0.5"}, (0.3, 0.5, None)),
        ({"vad": {"valence": 0.3, "arousal": 0.5}}, (0.3, 0.5, None)),
        ({"prosody": {"valence": 0.3, "arousal": 0.5}}, (0.3, 0.5, None)),
        ([0.3, 0.5, 0.1], (0.3, 0.5, 0.1)),
        (["0.3", "0.5"], (0.3, 0.5, None)),
    ],
)
def test_a_point_is_found_under_many_names(value, axes):
    assert read(value).axes == axes


def test_a_point_wins_and_the_label_beside_it_is_its_name():
    message = read({"valence": 0.3, "arousal": 0.5, "label": "Calm", "confidence": 0.7})
    assert (message.axes, message.label) == ((0.3, 0.5, None), "calm")
    assert read({"vad": [0, 0, 1], "emotion": "joy"}).has_point


def test_half_a_point_beside_a_label_is_not_one():
    assert read({"valence": 0.3, "emotion": "joy"}).scores == (Scored("joy"),)
    assert "valence and arousal together" in refusal_of({"valence": 0.3})


def test_the_first_label_that_is_known_counts():
    assert read({"emotion": "glee", "mood": "joy"}).scores == (Scored("joy"),)
    assert refusal_of({"emotion": "glee", "mood": "glum"}).startswith('unknown emotion "glee"')


def test_what_goes_with_a_feeling_is_read_beside_it():
    message = read({"emotion": "joy", "stream": 7, "hold": "forever", "fade": "0.5"})
    assert (message.stream, message.hold, message.fade) == ("7", float("inf"), 0.5)


def test_unknown_keys_are_named_but_never_in_a_way_that_scores_are():
    [note] = read({"joy": 0.9, "ts": 1, "frame": 2, "id": 3, "who": 4}).notes
    assert note == ("ignored", "ignoring the keys ts, frame, id, …")
    assert read({"emotion": "joy", "confidence": 0.9, "label": "x"}).notes == ()


def test_fields_lead_to_keys_inside_and_are_not_unknown():
    message = read(
        {"npc": {"id": "bob"}, "mood": {"now": "joy"}, "level": "50%"},
        fields={"stream": "npc.id", "emotion": "mood.now", "intensity": "level"},
    )
    assert message == Message(scores=(Scored("joy", 0.5),), stream="bob")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({}, "expected valence and arousal, or vad, or emotion"),
        ({"ts": 1}, "found only 'ts' (`fields` can say what they mean)"),
        ([], "the list is empty"),
        (7, "not 7"),
        (None, "not None"),
        ({"emotion": 7}, "emotion: expected a name"),
        ({"emotion": "joy", "intensity": True}, "intensity: expected a number"),
        ({"joy": True}, "joy: expected a number"),
        ([{"score": 1}, {"score": 2}], "expected a label with a score"),
        ([["joy", "much"], ["fear", 0.1]], "joy: expected a number"),
        ({str(n): n for n in range(601)}, "601 keys in one object; the limit is 600"),
        (["joy"] * 513, "513 labels; the limit is 512"),
        ({"data": {"data": {"data": {"data": {"data": {"data": {"data": {}}}}}}}}, "too deeply"),
        ({"valence": 7.2, "arousal": 6.1}, "scale: [1, 9]"),
    ],
)
def test_what_says_nothing_is_refused_with_the_reason(value, reason):
    assert reason in refusal_of(value)
