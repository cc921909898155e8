"""What controllers and scripts send, and what it says. Each script is a list of messages, and the
feeling after the last one."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.cues import Cues, direction, loudness, visemes
from bridge.emotion.message import Message
from bridge.emotion.names import emotion_to_vad
from bridge.emotion.osc_addresses import Addresses
from bridge.emotion.points import NEUTRAL, Vad
from bridge.emotion.reading import Reader, ReadingSettings
from bridge.emotion.scale import Scale, Scales
from bridge.emotion.scores import Scored
from bridge.emotion.update import PREVIOUS, UpdateError
from bridge.inputs.osc_messages import OscReader
from protocols.osc.packets import Message as OscMessage

I = float("inf")  # noqa: E741 - an impulse, as OSC calls it


def read(
    *sent: tuple[Any, ...],
    last: Vad = NEUTRAL,
    addresses: dict[str, Any] | None = None,
    **settings: Any,
) -> Message | None:
    """What the last of some messages says, each given as its address and its arguments."""
    osc, reader = OscReader(Addresses(addresses)), Reader(ReadingSettings(**settings))
    message = None
    for address, *arguments in sent:
        message = osc.read(OscMessage(address, tuple(arguments)), reader, lambda stream: last)
    return message


def levels(message: Message | None) -> dict[str, float | None]:
    assert message is not None
    return dict(message.scores)


def refusal_of(*sent: Any, **settings: Any) -> str:
    with pytest.raises(UpdateError) as refusal:
        read(sent, **settings)
    return str(refusal.value)


# --- faders and buttons


@pytest.mark.parametrize(
    ("arguments", "level"),
    [((0.8,), 0.8), ((1,), 1.0), ((True,), 1.0), ((I,), 1.0), ((), 1.0), (("0.8",), 0.8)],
)
def test_a_fader_a_toggle_an_impulse_or_a_button_shows_an_emotion(arguments, level):
    assert levels(read(("/emotion/joy", *arguments))) == {"joy": level}


@pytest.mark.parametrize("argument", [0.0, 0, False, None])
def test_letting_one_go_does_not_end_another(argument):
    held = ("/emotion/sadness", 0.5)
    assert levels(read(("/emotion/joy", 0.8), held, ("/emotion/joy", argument))) == {"sadness": 0.5}


def test_all_faders_that_are_up_are_one_feeling_of_their_own_intensities():
    message = read(("/emotion/joy", 0.6), ("/emotion/sadness", 0.4), ("/emotion/joy", 0.5))
    assert levels(message) == {"sadness": 0.4, "joy": 0.5}
    assert message is not None
    assert message.own


def test_neutral_lets_all_faders_down():
    message = read(("/emotion/joy", 0.8), ("/neutral",), ("/emotion/fear", 0.3))
    assert levels(message) == {"fear": 0.3}


def test_a_neutral_button_that_is_let_go_says_nothing():
    assert levels(read(("/neutral", 1.0))) == {"neutral": None}
    assert read(("/neutral", 0.0)) is read(("/neutral", False)) is None


def test_streams_have_faders_of_their_own():
    message = read(("/ann/emotion/joy", 0.8), ("/bob/emotion/fear", 0.3))
    assert message is not None
    assert (message.stream, levels(message)) == ("bob", {"fear": 0.3})


def test_a_fader_may_go_to_100():
    scales = Scales(intensity=Scale(0, 100))
    assert levels(read(("/emotion/joy", 80.0), scales=scales)) == {"joy": 0.8}
    assert levels(read(("/emotion/joy", True), scales=scales)) == {"joy": 1.0}


# --- labels


@pytest.mark.parametrize(
    ("arguments", "scores"),
    [
        (("joy",), [Scored("joy")]),
        (("joy 0.9",), [Scored("joy", 0.9)]),
        (("joy+fear",), [Scored("joy+fear")]),
        (("joy", 0.9), [Scored("joy", 0.9)]),
        (("joy", "0.9"), [Scored("joy", 0.9)]),
        (("joy", 1), [Scored("joy", 1.0)]),
        (("joy", 0.7, "fear", 0.3), [Scored("joy", 0.7), Scored("fear", 0.3)]),
    ],
)
@pytest.mark.parametrize("address", ["/emotion", "/emotion/label", "/emotion/word"])
def test_a_label_may_have_a_score(address, arguments, scores):
    assert read((address, *arguments)) == Message(scores=tuple(scores))


def test_a_score_may_have_its_label_in_the_address():
    assert read(("/emotion/score/joy", 0.9)) == Message(scores=(Scored("joy", 0.9),))


# --- points


@pytest.mark.parametrize(
    ("sent", "axes"),
    [
        (("/vad", 0.3, 0.5, 0.1), (0.3, 0.5, 0.1)),
        (("/vad", 0.3, 0.5), (0.3, 0.5, None)),
        (("/vad", "0.3", "0.5", "0.1"), (0.3, 0.5, 0.1)),
        (("/vad", "0.3 0.5 0.1"), (0.3, 0.5, 0.1)),
        (("/vad", 1, 0, -1), (1, 0, -1)),
        (("/valence", 0.7), (0.7, 0.2, 0.3)),
        (("/emotion/arousal", "0.7"), (0.1, 0.7, 0.3)),
        (("/1/dominance", 0.7), (0.1, 0.2, 0.7)),
        (("/valence", None), (0.0, 0.2, 0.3)),
    ],
)
def test_points_and_single_axes(sent, axes):
    message = read(sent, last=Vad(0.1, 0.2, 0.3))
    assert message is not None
    assert message.axes == pytest.approx(axes)


@pytest.mark.parametrize("arguments", [(None,), (None, None), (None, None, None)])
def test_letting_go_of_a_pad_is_neutral(arguments):
    assert levels(read(("/vad", *arguments))) == {"neutral": None}


def test_numbers_have_the_scale_and_the_order_of_the_source():
    scales = Scales(*[Scale(0, 1)] * 3)
    columns = ("arousal", "dominance", "valence")
    message = read(("/vad", 0.5, 0.75, 1.0), scales=scales, columns=columns)
    assert message is not None
    assert message.axes == (1.0, 0.0, 0.5)
    message = read(("/valence", 0.75), scales=scales)
    assert message is not None
    assert message.axes == (0.5, 0.0, 0.0)


def test_a_touch_is_not_a_number():
    assert read(("/valence/z", 1.0)) is read(("/1/emotion/joy/z", 0.0)) is None


# --- addresses of the settings


def test_a_controllers_own_addresses_can_have_a_meaning():
    addresses = {"/slider/3": "joy", "/xy": ["valence", "arousal"], "/{stream}/mood": "emotion"}
    assert levels(read(("/slider/3", 0.4), addresses=addresses)) == {"joy": 0.4}
    message = read(("/xy", 0.3, 0.5), addresses=addresses, last=Vad(0, 0, 0.7))
    assert message is not None
    assert message.axes == (0.3, 0.5, 0.7)
    message = read(("/bob/mood", "fear"), addresses=addresses)
    assert message is not None
    assert (message.stream, levels(message)) == ("bob", {"fear": None})


# --- what is refused


def little_endian(*numbers: float) -> tuple[float, ...]:
    """Floats as a receiver reads them whose sender forgot to turn their bytes round."""
    return tuple(struct.unpack(">f", struct.pack("<f", number))[0] for number in numbers)


@pytest.mark.parametrize("numbers", [(0.8, 0.6, 0.5), (1.0, 0.0, -1.0), (-0.31, 0.2, 0.05)])
def test_little_endian_floats_are_called_that(numbers):
    assert "little-endian" in refusal_of("/vad", *little_endian(*numbers))
    assert "little-endian" in refusal_of("/emotion/joy", *little_endian(0.5))


@pytest.mark.parametrize("numbers", [(0.0, 0.0, 0.0), (1e-20, 0.5, 0.5), (1e-40, 0.3, 0.0)])
def test_small_numbers_are_not(numbers):
    assert read(("/vad", *numbers)) is not None


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (("/colour", "red"), "`addresses` can give it a meaning"),
        (("/vad",), "two or three numbers"),
        (("/vad", 0.5), "two or three numbers"),
        (("/vad", "a", "b", "c"), "expected a number, not 'a'"),
        (("/vad", True, 0.0, 0.0), "expected a number, not 'True'"),
        (("/vad", 0.0, float("nan"), 0.0), "not finite"),
        (("/vad", 7.0, 6.0, 5.0), "scale: [1, 9]"),
        (("/valence",), "expected one number (valence)"),
        (("/valence", 0.1, 0.2), "expected one number (valence)"),
        (("/valence", True), "expected a number"),
        (("/emotion",), "expected the name of an emotion"),
        (("/emotion", 0.5), "expected the name of an emotion"),
        (("/emotion", "joy", "much"), "expected a number, not 'much'"),
        (("/emotion", "joy", 85.0), "write 85%"),
        (("/emotion", 0.5, "joy"), "expected the name of an emotion, not '0.5'"),
        (("/emotion/hapy", 0.5), 'did you mean "happy"'),
        (("/emotion/joy", 0.5, 0.5), "expected one number"),
        (("/emotion/joy", "much"), "expected a number"),
        (("/emotion/joy", 127.0), "outside 0 to 1"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(sent, reason):
    assert reason in refusal_of(*sent)


def test_an_unknown_name_takes_no_fader():
    osc, reader = OscReader(Addresses()), Reader()
    for number in range(100):
        with pytest.raises(UpdateError):
            osc.read(
                OscMessage(f"/emotion/nonsense{number}", (0.5,)), reader, lambda stream: NEUTRAL
            )
    message = osc.read(OscMessage("/emotion/joy", (0.5,)), reader, lambda stream: NEUTRAL)
    assert message is not None
    assert message.update().target == pytest.approx(emotion_to_vad("joy", 0.5))


# --- cues


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (("/speaking", True), Cues(speaking=True)),
        (("/speaking", 0), Cues(speaking=False)),
        (("/speaking", I), Cues(speaking=True)),
        (("/speaking",), Cues(speaking=True)),
        (("/spoken", 42), Cues(spoken=42)),
        (("/spoken", 0.0), Cues(spoken=0)),
        (("/mouth", 0.5), Cues(visemes=loudness(0.5))),
        (("/look_at", 20.0, -5.0), Cues(look_at=direction(20, -5))),
        (("/look_at", None, None), Cues(look_freely=True)),
        (("/look_at",), Cues(look_freely=True)),
    ],
)
def test_a_cue_says_its_part_and_no_feeling(sent: tuple[Any, ...], expected: Cues) -> None:
    message = read(sent)
    assert message is not None
    assert (message.cues, message.update().parts) == (expected, ())


def test_visemes_that_come_one_by_one_keep_their_weight() -> None:
    message = read(("/viseme/aa", 0.5), ("/viseme/ou", 0.25), ("/viseme/aa", 0.75))
    assert message is not None
    assert message.cues == Cues(visemes=visemes({"aa": 0.75, "ou": 0.25}))


def test_a_cue_may_name_its_stream() -> None:
    for address in ("/alice/speaking", "/speaking/alice", "/alice/viseme/aa"):
        message = read((address, 1.0))
        assert message is not None
        assert message.stream == "alice"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (("/speaking", "loudly"), "expected true or false"),
        (("/spoken", -1), "expected how many characters, 0 or more"),
        (("/spoken",), "spoken: expected a number"),
        (("/mouth", 7.0), "expected a number from 0 to 1"),
        (("/viseme/xx", 1.0), "unknown viseme"),
        (("/viseme", 1.0), "unknown address"),
        (("/look_at", 200.0, 0.0), "from -90 to 90"),
    ],
)
def test_a_cue_that_cannot_be_is_refused(sent: tuple[Any, ...], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        read(sent)


# --- gestures


def gesture(*sent: Any) -> tuple[Any, ...]:
    message = read(sent)
    assert message is not None
    update = message.update()
    assert update.then is not None
    return update.label, update.hold, update.then.label, update.stream


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("surprise",), ("surprise 1", 1.5, "previous", "main")),
        (("surprise 0.5", 2), ("surprise 0.5", 2.0, "previous", "main")),
        (("surprise", "0.7", "joy 0.3"), ("surprise 1", 0.7, "joy 0.3", "main")),
    ],
)
def test_a_gesture_has_a_label_perhaps_seconds_and_perhaps_what_follows(arguments, expected):
    assert gesture("/gesture", *arguments) == expected


@pytest.mark.parametrize("arguments", [(), (1.0,), (True,), (I,)])
def test_a_button_may_have_the_gesture_in_its_address(arguments):
    shown = gesture("/bob/gesture/surprise", *arguments)
    assert shown == ("surprise 1", 1.5, "previous", "bob")


@pytest.mark.parametrize("argument", [0.0, False, None])
def test_letting_go_of_a_button_for_a_gesture_says_nothing(argument):
    assert read(("/gesture/surprise", argument)) is None


@pytest.mark.parametrize("arguments", [(), (0.5,), ("",), ("joy", 1, "joy", 1), (None,)])
def test_a_gesture_without_a_label_is_refused_with_what_was_expected(arguments):
    assert "expected the name of an emotion, seconds" in refusal_of("/gesture", *arguments)


def test_an_address_of_the_settings_may_mean_a_gesture():
    message = read(("/button/4", "surprise"), addresses={"/button/4": "gesture"})
    assert message is not None
    assert message.then == PREVIOUS


# --- states of a character


def state(*sent: Any) -> tuple[Any, ...]:
    message = read(sent)
    assert message is not None
    assert message.cues is not None
    return message.cues.state, message.stream


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (("/state", "thinking"), ("thinking", "main")),
        (("/bob/state", "Dancing"), ("dancing", "bob")),
        (("/state",), ("", "main")),
        (("/state", None), ("", "main")),
        (("/state/asleep",), ("asleep", "main")),
        (("/bob/state/asleep", 1.0), ("asleep", "bob")),
    ],
)
def test_a_state_is_an_argument_or_a_button(sent, expected):
    assert state(*sent) == expected


def test_letting_go_of_a_button_for_a_state_says_nothing():
    assert read(("/state/asleep", 0.0)) is None


@pytest.mark.parametrize("arguments", [("happy",), (0.5,), ("two words",), ("asleep", 1)])
def test_what_is_no_state_is_refused(arguments):
    assert "expected the name of a state" in refusal_of("/state", *arguments)


def test_an_address_of_the_settings_may_mean_a_state():
    message = read(("/button/5", "asleep"), addresses={"/button/5": "state"})
    assert message is not None
    assert message.cues == Cues(state="asleep")


ADDRESS = st.lists(
    st.sampled_from(
        [
            *("vad", "valence", "emotion", "joy", "score", "label", "neutral", "gesture"),
            *("state", "thinking"),
            *("bob", "1", "z", "", "é"),
        ]
    ),
    max_size=4,
).map(lambda words: "/" + "/".join(words))
ARGUMENT = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers(-(2**63), 2**64)
    | st.text(max_size=8)
    | st.binary(max_size=4)
    | st.sampled_from(["joy", "joy 0.5", "0.5", '{"vad": [0, 0, 1]}', 0.5])
)


@given(st.lists(st.tuples(ADDRESS, st.lists(ARGUMENT, max_size=4)), max_size=4))
def test_any_messages_are_read_or_refused_with_the_documented_error(sent):
    osc, reader = OscReader(Addresses({"/1": "joy", "/{stream}/z": "emotion"})), Reader()
    for address, arguments in sent:
        try:
            message = osc.read(OscMessage(address, tuple(arguments)), reader, lambda _: NEUTRAL)
            update = None if message is None else message.update()
        except UpdateError as refusal:
            assert str(refusal)
        else:
            parts = () if update is None else update.parts
            assert all(-1 <= axis <= 1 for part in parts for axis in part.point)
