"""When a trigger fires."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config.settings import Settings
from bridge.emotion.felt import Felt
from bridge.emotion.names import parts_of
from bridge.triggers.trigger import Trigger, Turn

BEGINS, OVER = Turn("main", True), Turn("main", False)


def trigger(**settings: Any) -> Trigger:
    given = {"emotion": "joy", "hotkey": "x", **settings}
    [section] = Settings.model_validate({"triggers": [given]}).triggers
    return Trigger(section)


def happy(intensity: float, stream: str = "main") -> Felt:
    return Felt.of(**{stream: parts_of("happiness", intensity)})


def test_it_fires_once_when_the_emotion_has_stood_for_a_fifth_of_a_second():
    made = trigger()
    turns = [(now, made.look(happy(0.9), now)) for now in (10.0, 10.1, 10.19, 10.21, 10.3, 60.0)]
    assert [(now, turn) for now, [*turn] in turns if turn] == [(10.21, [BEGINS])]
    assert (made.fired, made.fired_at, made.standing) == (1, 10.21, True)


def test_an_emotion_that_only_flashes_up_does_not_fire():
    made = trigger()
    for beat in range(20):
        assert made.look(happy(0.9), beat * 0.3) == []
        assert made.look(happy(0.1), beat * 0.3 + 0.15) == []
    assert made.fired == 0


def test_an_emotion_on_the_edge_fires_once_and_ends_once():
    """Hysteresis: between the two thresholds nothing changes."""
    made = trigger(above=0.5, below=0.35)
    assert made.look(happy(0.51), 0.0) == []
    assert made.look(happy(0.51), 0.2) == [BEGINS]
    for look in range(50):
        assert made.look(happy(0.36 + 0.3 * (look % 2)), 1 + look * 0.1) == []
    assert made.look(happy(0.34), 10) == [OVER]
    assert made.look(happy(0.34), 11) == []
    assert made.look(happy(0.9), 12) == []
    assert made.look(happy(0.9), 12.3) == [BEGINS]
    assert made.fired == 2


def test_below_the_threshold_nothing_fires():
    made = trigger(above=0.5)
    assert [made.look(happy(0.49), now / 10) for now in range(50)] == [[]] * 50


def test_a_trigger_without_delay_fires_at_once():
    assert trigger(**{"for": 0}).look(happy(0.9), 0.0) == [BEGINS]


def test_another_stream_does_not_count():
    made = trigger()
    assert made.look(happy(0.9, "alice"), 0) == made.look(happy(0.9, "alice"), 1) == []


def test_every_stream_fires_for_itself():
    made = trigger(stream="*")
    both = Felt.of(alice=parts_of("joy"), bob=parts_of("fear"))
    made.look(both, 0.0)
    assert made.look(both, 0.2) == [Turn("alice", True)]
    both = Felt.of(alice=parts_of("joy"), bob=parts_of("joy"))
    made.look(both, 1.0)
    assert made.look(both, 1.3) == [Turn("bob", True)]
    assert made.look(happy(0.9, "bob"), 2.0) == [Turn("alice", False)]  # alice has ended
    assert made.standing


def test_a_removed_trigger_lets_its_emotion_be_over():
    made = trigger()
    made.look(happy(0.9), 0)
    made.look(happy(0.9), 1)
    assert made.end() == [OVER]
    assert made.end() == []


@given(st.lists(st.tuples(st.floats(0.001, 1), st.floats(0, 1)), max_size=60))
def test_begin_and_over_alternate_whatever_is_felt(looks):
    made, now, turns = trigger(), 0.0, []
    for pause, intensity in looks:
        now += pause
        turns += made.look(happy(intensity), now)
    turns += made.end()
    assert turns == [BEGINS, OVER] * (len(turns) // 2)
    assert made.fired == len(turns) // 2


@pytest.mark.parametrize("name", ["happiness", "anger", "fear", "disgust", "contempt", "sadness"])
def test_each_emotion_fires_its_own_trigger_and_no_other(name):
    names = ["happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
    made = {each: trigger(emotion=each) for each in names}
    for now in (0.0, 0.3):
        for each in made.values():
            each.look(Felt.of(main=parts_of(name, 0.9)), now)
    assert [each for each in names if made[each].fired] == [name]
