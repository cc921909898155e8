import pytest

from bridge.emotion.names import is_emotion
from bridge.emotion.scores import Scored
from bridge.emotion.tag_contents import (
    ACTIONS,
    action,
    control,
    element,
    labels,
    may_be_action,
    may_be_element,
    may_be_labels,
    may_be_named,
    of_ten,
    remark,
)


def test_every_action_is_the_name_of_an_emotion():
    assert [verb for verb in ACTIONS if not is_emotion(verb)] == []


@pytest.mark.parametrize(
    ("inside", "scores"),
    [
        ("joy", [Scored("joy")]),
        ("face:joy", [Scored("joy")]),
        ("Emotion = joy", [Scored("joy")]),
        ("em_joy:0.5", [Scored("joy", 0.5)]),
        ("emotion joy=0.5, fear=0.2", [Scored("joy", 0.5), Scored("fear", 0.2)]),
        ("joy 85", None),
        ("hand:joy", None),
        ("0.5", None),
        ("'joy'", None),
        ("joy!", None),
    ],
)
def test_labels_may_have_a_key_and_numbers(inside: str, scores: list[Scored] | None):
    assert labels(inside) == (None if scores is None else tuple(scores))


def test_everyday_words_in_parentheses_are_remarks():
    assert remark("happy") == (Scored("happy"),)
    assert remark("Free") is remark("kind ") is None


@pytest.mark.parametrize(
    ("inside", "score"), [("happy 8.5", 0.85), ("happy 10", 1.0), ("happy 11", None)]
)
def test_numbers_in_braces_are_of_ten(inside: str, score: float | None):
    assert of_ten(inside) == (None if score is None else (Scored("happy", score),))
    assert of_ten("happy") is of_ten("x 5") is None


@pytest.mark.parametrize(
    ("inside", "scores"),
    [
        ("HAPPY", (Scored("HAPPY"),)),
        ('ACT {"emotion": "joy", "intensity": 0.5}', (Scored("joy", 0.5),)),
        ('ACT:{"emotion":"joy"}', (Scored("joy"),)),
        ('ACT {"motion": "wave"}', ()),
        ("ACT {", ()),
        ("DELAY:1", ()),
        ("zh", ()),
        ("EMO_UNKNOWN", ()),
        ("nobody", None),
    ],
)
def test_control_words_are_never_read_aloud_and_some_say_an_emotion(
    inside: str, scores: tuple[Scored, ...] | None
):
    assert control(inside) == scores


@pytest.mark.parametrize(
    ("inside", "scores"),
    [
        ('face name="joy"/', (Scored("joy"),)),
        ("emotion value='joy' intensity='0.5' /", (Scored("joy", 0.5),)),
        ('expr type="expression" label="say playfully"/', (Scored("playfully"),)),
        ("/emotion", ()),
        ('emotion value="glee"/', None),
        ("emotional", None),
        ('break time="1s"/', None),
    ],
)
def test_an_element_says_its_emotion_in_an_attribute(
    inside: str, scores: tuple[Scored, ...] | None
):
    assert element(inside) == scores


@pytest.mark.parametrize(
    ("inside", "name"),
    [
        ("smiles", "smiles"),
        ("smiles warmly at you", "smiles"),
        ("sighs sadly", "sadly"),
        ("sadly smiles", "smiles"),
        ("Laughs.", "laughs"),
        ("walks away sadly", None),
        ("happy", None),
        ("sadly walks away", None),
        ("", None),
    ],
)
def test_an_action_begins_with_a_verb_that_shows_an_emotion(inside: str, name: str | None):
    assert action(inside) == (None if name is None else (Scored(name),))


@pytest.mark.parametrize(
    "whole", ["[face:joy]", "[em_joy:0.5]", "[in love 90%]", "[joy, fear:0.5]"]
)
def test_every_beginning_of_labels_may_become_them(whole: str):
    assert [n for n in range(1, len(whole)) if not may_be_labels(whole[:n])] == []


def test_every_beginning_of_the_other_tags_may_become_them():
    for may_be, whole in (
        (may_be_named, "([emotion joy=0.5, fear=0.2])"),
        (may_be_element, '<expr type="expression" label="joy"/>'),
        (may_be_element, "</emotion>"),
        (may_be_action, "*sadly smiles at you*"),
    ):
        assert [n for n in range(1, len(whole)) if not may_be(whole[:n])] == []
