"""Settings of states: those that exist, and what may be changed and added."""

from typing import Any

import pytest
from pydantic import ValidationError

from bridge.config.face import FaceSection
from bridge.config.states import StateSection
from bridge.emotion.names import parts_of
from bridge.emotion.states import NAMES


def face(**written: Any) -> FaceSection:
    return FaceSection.model_validate(written)


def test_the_states_exist_without_any_setting():
    states = face().all_states
    assert tuple(states) == NAMES
    assert states["asleep"].blink is False
    assert states["speaking"].speaking
    assert states["listening"].eye_contact == 0.75


def test_a_setting_changes_one_thing_of_a_state_and_leaves_the_rest():
    changed = face(states={"thinking": {"blink": 8}}).all_states["thinking"]
    assert changed.blink == 8.0
    assert changed.look_away == face().all_states["thinking"].look_away


def test_there_may_be_more_states():
    states = face(states={"dancing": {"emotion": "joy 0.5", "idle": 2}})
    assert tuple(states.all_states) == (*NAMES, "dancing")
    character = states.character_states["dancing"]
    assert (character.parts, character.label) == (parts_of("joy", 0.5), "joy 0.5")


def test_a_state_changes_the_settings_of_a_stream_and_keeps_its_others():
    written = face(
        strength=0.8,
        shapes={"jawOpen": 0.5},
        streams={"alice": {"blink": 20, "strength": 1.2}},
        states={"asleep": {"strength": 0.5}},
    )
    asleep = written.all_states["asleep"]
    alice, others = written.in_state(asleep, "alice"), written.in_state(asleep)
    assert (alice.strength, others.strength) == (0.5, 0.5)
    assert (alice.blink, others.blink) == (False, False)
    assert alice.shapes["jawOpen"].gain == 0.5
    assert alice.shapes["eyeBlinkLeft"].minimum == 1.0
    listening = written.in_state(written.all_states["listening"], "alice")
    assert (listening.blink, listening.strength) == (20.0, 1.2)


@pytest.mark.parametrize("name", ["happy", "Thinking", "off", "two words", ""])
def test_a_state_is_not_called_like_an_emotion(name):
    with pytest.raises(ValidationError, match="is not a name that a state may have"):
        face(states={name: {}})


@pytest.mark.parametrize(
    "written", [{"emotion": "hapy"}, {"emotion": "joy 85"}, {"hold": 0}, {"look_away": [1]}]
)
def test_a_setting_of_a_state_that_cannot_be_is_refused(written):
    with pytest.raises(ValidationError):
        StateSection.model_validate(written)
