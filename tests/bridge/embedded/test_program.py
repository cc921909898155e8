"""What a program's calls mean to the mixer."""

import logging
from types import MappingProxyType

import numpy as np
import pytest

from bridge.embedded.program import Program
from bridge.emotion.mixer import Mixer
from bridge.emotion.names import emotion_to_vad
from bridge.emotion.points import NEUTRAL, Vad
from bridge.emotion.reading import Reader
from bridge.emotion.states import CharacterState
from bridge.emotion.update import UpdateError

REST = {"stream": "main", "hold": None, "fade": None, "then": None}


class Mixed:
    """A program, and what comes of its calls."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.mixer = Mixer(now=lambda: self.seconds, states={"listening": CharacterState()})
        self.program = Program(self.mixer.mailbox("python"))
        self.cues = None

    def target(self, stream: str = "main") -> Vad:
        if cues := self.mixer.settle(self.seconds).cues:
            [(_, self.cues)] = cues
        return next(goal.target for goal in self.mixer.goals if goal.stream == stream)


@pytest.fixture
def mixed():
    return Mixed()


def test_a_name_a_mixture_and_a_point_are_felt(mixed):
    mixed.program.feel("joy", 0.5, **REST)
    assert mixed.target() == emotion_to_vad("joy", 0.5)
    mixed.program.feel("joy+surprise", 1, **REST)
    assert mixed.target() == pytest.approx(emotion_to_vad("joy+surprise"))
    mixed.program.feel(np.array([0.8, -0.4, 0.2]), np.float32(0.5), **REST)
    assert mixed.target() == pytest.approx((0.4, -0.2, 0.1))


def test_a_hold_ends_and_a_stream_is_its_own(mixed):
    mixed.program.feel("joy", 1, stream="alice", hold=2, fade=0, then=None)
    assert mixed.target("alice") == emotion_to_vad("joy")
    assert mixed.target("main") == NEUTRAL
    mixed.seconds = 2.5
    assert mixed.target("alice") == NEUTRAL


def test_an_update_may_be_text_bytes_or_a_dict_with_numpys_numbers(mixed):
    for sent in ("joy 0.5", b"joy 0.5", {"emotion": "joy", "intensity": np.float32(0.5)}):
        mixed.program.release("main")
        assert mixed.target() == NEUTRAL
        mixed.program.update(sent, "main")
        assert mixed.target() == emotion_to_vad("joy", 0.5)
    mixed.program.update({"vad": (0.1, 0.2, 0.3), "stream": "bob"}, "main")
    assert mixed.target("bob") == (0.1, 0.2, 0.3)


def test_cues_leave_the_feeling_as_it_is(mixed):
    mixed.program.feel("joy", 1, **REST)
    mixed.program.cue("speaking", True, "main")
    mixed.program.cue("mouth", 0.5, "main")
    mixed.program.cue("look_at", (20, -5), "main")
    assert mixed.target() == emotion_to_vad("joy")
    assert mixed.cues.speaking
    assert max(mixed.cues.visemes) == 0.5
    assert mixed.cues.look_at == (20, -5)
    mixed.program.cue("look_at", None, "main")
    mixed.target()
    assert mixed.cues.look_at is None


def test_each_call_reaches_a_recording_as_a_message_that_says_the_same(mixed):
    heard = []
    with mixed.mixer.tapped(heard.append):
        mixed.program.feel("joy", np.float32(0.5), **(REST | {"hold": 2}))
        mixed.program.feel(np.array([0.8, -0.4, 0.2], np.float32), 0.5, **REST)
        mixed.program.update("sad 0.3", "main")
        mixed.program.cue("speaking", True, "main")
        mixed.program.state("listening", "main")
        mixed.program.cue("visemes", MappingProxyType({"aa": 0.5}), "main")  # JSON has none
    visemes = heard.pop()
    assert heard[2].sent == "sad 0.3"
    for each in heard:
        assert Reader().read(each.sent, "main").update()._replace(label="") == (
            each.update._replace(label="", notes=())
        )
    assert "'aa': 0.5" in visemes.sent


def test_a_release_lets_another_source_count(mixed):
    other = Program(mixed.mixer.mailbox("other", priority=-1))
    other.feel("anger", 1, **REST)
    mixed.program.feel("joy", 1, **REST)
    assert mixed.target() == emotion_to_vad("joy")
    mixed.program.release("main")
    assert mixed.target() == emotion_to_vad("anger")


def test_a_gesture_goes_back_to_what_was_shown_before(mixed):
    mixed.program.feel("joy", 1, **REST)
    gesture = REST | {"hold": 1.2, "then": "previous"}
    mixed.program.feel("anger", 1, **gesture)
    assert mixed.target() == emotion_to_vad("anger")
    mixed.seconds = 1.3
    assert mixed.target() == emotion_to_vad("joy")


def test_a_state_stays_until_it_is_ended(mixed):
    mixed.program.state("Listening", "main")
    assert mixed.mixer.state("main").character == "listening"
    mixed.program.state(None, "main")
    assert mixed.mixer.state("main").character == ""


BAD = {
    "unknown name": (lambda p: p.feel("hapy", 1, **REST), 'did you mean "happy"'),
    "two axes": (lambda p: p.feel((1, 2), 1, **REST), "valence, arousal and dominance"),
    "no emotion": (lambda p: p.feel(None, 1, **REST), "the name of an emotion"),
    "an axis of text": (lambda p: p.feel((1, "x", 0), 1, **REST), "arousal: expected a number"),
    "nan": (lambda p: p.feel("joy", float("nan"), **REST), "not finite"),
    "a point with nan": (lambda p: p.feel((0, 0, 0), float("nan"), **REST), "from 0 to 1"),
    "intensity": (lambda p: p.feel((0, 0, 0), 2, **REST), "from 0 to 1"),
    "intensity of text": (lambda p: p.feel("joy", "much", **REST), "intensity: expected a number"),
    "hold": (
        lambda p: p.feel("joy", 1, **REST | {"hold": -1}),
        "more than 0 seconds",
    ),
    "fade": (
        lambda p: p.feel("joy", 1, **REST | {"fade": "x"}),
        "fade: expected a number",
    ),
    "stream": (
        lambda p: p.feel("joy", 1, **REST | {"stream": 3}),
        "stream: expected a name",
    ),
    "no stream": (lambda p: p.cue("mouth", 1, " "), "a letter or a digit"),
    "a sentence": (lambda p: p.update("What a day it is!", "main"), "no emotion"),
    "not json": (lambda p: p.update({"emotion": object()}, "main"), "written as JSON"),
    "not a text": (lambda p: p.update(3, "main"), "a text or a dict, not int"),
    "speaking": (lambda p: p.cue("speaking", None, "main"), "speaking"),
    "mouth": (lambda p: p.cue("mouth", "wide", "main"), "expected a number"),
    "viseme": (lambda p: p.cue("visemes", {"qq": 1}, "main"), "unknown viseme"),
    "look_at": (lambda p: p.cue("look_at", (200, 0), "main"), "from -90 to 90"),
    "spoken": (lambda p: p.cue("spoken", "far", "main"), "spoken"),
    "then": (lambda p: p.feel("joy", 1, **REST | {"then": "previos"}), 'did you mean "previous"'),
    "an endless gesture": (
        lambda p: p.feel("joy", 1, **REST | {"hold": float("inf"), "then": "previous"}),
        "not forever",
    ),
    "state": (lambda p: p.state("listenin", "main"), 'did you mean "listening"'),
    "no state": (lambda p: p.state(3, "main"), "the name of a state"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_raises_an_update_error_and_changes_nothing(mixed, case):
    mixed.program.feel("joy", 1, **REST)
    call, text = BAD[case]
    with pytest.raises(UpdateError) as raised:
        call(mixed.program)
    assert text in str(raised.value)
    assert mixed.target() == emotion_to_vad("joy")


def test_a_number_out_of_range_is_clamped_and_logged_once(mixed, caplog):
    with caplog.at_level(logging.WARNING):
        mixed.program.feel("joy", 1.5, **REST)
        mixed.program.feel("joy", 1.5, **REST)
    assert mixed.target() == emotion_to_vad("joy")
    assert [r.message for r in caplog.records] == [
        "python: intensity 1.5 is outside 0 to 1; clamped (logged once)"
    ]
