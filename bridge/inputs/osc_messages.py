"""OSC messages as messages about a feeling."""

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

from bridge.emotion.cues import CueError, Cues, read_cues, visemes
from bridge.emotion.faders import Faders
from bridge.emotion.gestures import read_then
from bridge.emotion.labels import scaled_scores
from bridge.emotion.message import Message
from bridge.emotion.numbers import message_of, to_number
from bridge.emotion.osc_addresses import Addresses, Meaning
from bridge.emotion.points import Vad
from bridge.emotion.reading import Reader
from bridge.emotion.scale import AXES
from bridge.emotion.scores import Scored
from bridge.emotion.states import state_of
from bridge.emotion.update import PREVIOUS, UpdateError
from protocols.osc.packets import Message as OscMessage

Arguments = Sequence[Any]
"""As `protocols.osc` decodes them: T, F, N and I are True, False, None and infinity."""

_IMPULSE = math.inf
_MOST_STREAMS = 1024
_PLAUSIBLE = (1e-3, 1e3)
_SMALL, _SMALLEST, _LARGEST = 1e-5, 1e-30, 1e6
"""Small numbers may be meant; the smallest and the largest are not."""


class OscReader:
    """Reads the messages of one source, and remembers where its faders stand."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._faders = Faders()
        self._visemes: dict[str, dict[str, Any]] = {}

    def read(self, sent: OscMessage, reader: Reader, last: Callable[[str], Vad]) -> Message | None:
        """What an OSC message says; None for one that is to be ignored.

        Args:
            reader: for text, and for the scale and order of numbers.
            last: the latest point of a stream; single axes keep the others.

        Raises:
            UpdateError: the address or the arguments are unknown.
        """
        meaning = self._addresses.meaning(sent.address)
        if meaning is None:
            raise UpdateError("unknown address; the setting `addresses` can give it a meaning")
        if meaning.kind == "ignore":
            return None
        if _are_little_endian(sent.arguments):
            raise UpdateError("the floats are little-endian; in OSC they are big-endian")
        if meaning.kind == "cue":
            return self._cue(meaning, sent.arguments)
        if meaning.kind == "state":
            return _state(meaning, sent.arguments)
        return self._feeling(meaning, sent, reader, last)

    def _feeling(
        self, meaning: Meaning, sent: OscMessage, reader: Reader, last: Callable[[str], Vad]
    ) -> Message | None:
        stream = meaning.stream
        if meaning.kind == "neutral":
            return self._neutral(sent.arguments, stream)
        if meaning.kind == "fader":
            return self._fader(meaning, sent.arguments, reader)
        if meaning.kind == "gesture":
            return _gesture(meaning, sent.arguments, reader)
        if meaning.kind == "point":
            return _point(sent.arguments, stream, reader)
        if meaning.kind == "axes":
            return _axes(meaning, sent.arguments, reader, last(stream))
        # The name of a score stands in the address, that of a label is an argument.
        return _labels((*meaning.names, *sent.arguments), stream, reader)

    def _cue(self, meaning: Meaning, arguments: Arguments) -> Message:
        command, *viseme = meaning.names
        value: Any = [*arguments] if command == "look_at" and arguments else True
        if command != "look_at" and arguments:
            value = 1.0 if arguments[0] == _IMPULSE else arguments[0]
        if command == "look_at" and (not arguments or arguments[0] is None):
            value = None
        if viseme:
            command, value = "visemes", self._with_viseme(meaning.stream, viseme[0], value)
        try:
            return Message(stream=meaning.stream, cues=read_cues({command: value}))
        except CueError as problem:
            raise UpdateError(str(problem)) from None

    def _with_viseme(self, stream: str, name: str, weight: Any) -> dict[str, Any]:
        """The mouth of a stream whose visemes come one by one: each keeps its weight."""
        if stream not in self._visemes and len(self._visemes) >= _MOST_STREAMS:
            self._visemes.clear()
        mouth = self._visemes.setdefault(stream, {})
        visemes({name: 0.0})  # an unknown name is no viseme
        mouth[name.casefold()] = weight
        return mouth

    def _neutral(self, arguments: Arguments, stream: str) -> Message | None:
        if arguments and not _level(arguments[0], lambda number: number):
            return None  # the button was let go
        self._faders.release(stream)
        return _at_rest(stream)

    def _fader(self, meaning: Meaning, arguments: Arguments, reader: Reader) -> Message:
        if len(arguments) > 1:
            raise UpdateError("expected one number, from 0 to 1")
        clamped = ""

        def place(number: float) -> float:
            nonlocal clamped
            value, clamped = reader.settings.scales.intensity_of(number)
            return value

        value = _level(arguments[0], place) if arguments else 1.0
        Message(scores=(Scored(meaning.names[0]),)).update()  # an unknown name is no fader
        return self._faders.move(meaning.stream, meaning.names[0], value)._replace(clamped=clamped)


def _at_rest(stream: str) -> Message:
    return Message(scores=(Scored("neutral"),), stream=stream)


def _point(arguments: Arguments, stream: str, reader: Reader) -> Message:
    if arguments and all(argument is None for argument in arguments):  # the finger was lifted
        return _at_rest(stream)
    if len(arguments) == 1 and isinstance(arguments[0], str):
        return reader.read(arguments[0], stream)
    settings = reader.settings
    numbers = [_number(argument) for argument in arguments]
    return message_of(numbers, settings.scales, settings.columns, stream=stream)


def _axes(meaning: Meaning, arguments: Arguments, reader: Reader, last: Vad) -> Message:
    """Some axes; the others keep their last value, and one that was let go is neutral."""
    if len(arguments) != len(meaning.names):
        count = "one number" if len(meaning.names) == 1 else f"{len(meaning.names)} numbers"
        raise UpdateError(f"expected {count} ({', '.join(meaning.names)})")
    sent = dict(zip(meaning.names, arguments, strict=True))
    numbers = {axis: _number(value) for axis, value in sent.items() if value is not None}
    placed, clamped = reader.settings.scales.axes([numbers.get(axis) for axis in AXES])
    valence, arousal, dominance = (
        place if axis in numbers and place is not None else 0.0 if axis in sent else old
        for axis, place, old in zip(AXES, placed, last, strict=True)
    )
    return Message((valence, arousal, dominance), stream=meaning.stream, clamped=clamped)


def _labels(arguments: Arguments, stream: str, reader: Reader) -> Message:
    """A label, or labels that each have a score behind them."""
    if len(arguments) == 1 and isinstance(arguments[0], str):
        return reader.read(arguments[0], stream)
    if not arguments or len(arguments) % 2:
        raise UpdateError("expected the name of an emotion, and a number if it has a score")
    labels = [
        Scored(_name(name), _number(score))
        for name, score in zip(arguments[::2], arguments[1::2], strict=True)
    ]
    scores, clamped = scaled_scores(labels, reader.settings.scales)
    return Message(scores=scores, stream=stream, clamped=clamped)


def _gesture(meaning: Meaning, arguments: Arguments, reader: Reader) -> Message | None:
    """A label, perhaps with seconds and with what follows. A button has its label in the
    address."""
    if meaning.names:
        if arguments and not _level(arguments[0], lambda number: number):
            return None  # the button was let go
        arguments = meaning.names
    label, *more = arguments or ("",)
    if not isinstance(label, str) or not label or len(more) > 2:
        raise UpdateError("expected the name of an emotion, seconds, and what follows")
    return reader.read(label, meaning.stream)._replace(
        hold=_number(more[0]) if more else None,
        then=read_then(more[1]) if len(more) > 1 else PREVIOUS,
    )


def _state(meaning: Meaning, arguments: Arguments) -> Message | None:
    """The name of a state, or nothing to end it. A button has the name in the address."""
    if meaning.names:
        if arguments and not _level(arguments[0], lambda number: number):
            return None  # the button was let go
        arguments = meaning.names
    name = arguments[0] if arguments else None
    state = state_of(name)
    if state is None or len(arguments) > 1:
        raise UpdateError(f"expected the name of a state, not {str(name)[:40]!r}")
    return Message(stream=meaning.stream, cues=Cues(state=state))


def _level(argument: Any, place: Callable[[float], float]) -> float:
    """From 0 to 1: a switch, an impulse, nothing, or a number, which `place` finds its place."""
    if argument is None:
        return 0.0
    if isinstance(argument, bool):
        return float(argument)
    return 1.0 if argument == _IMPULSE else place(_number(argument))


def _name(argument: Any) -> str:
    if not isinstance(argument, str):
        raise UpdateError(f"expected the name of an emotion, not {str(argument)[:40]!r}")
    return argument


def _number(argument: Any) -> float:
    """A number, which may have come as text."""
    number = to_number(argument) if isinstance(argument, str) else argument
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise UpdateError(f"expected a number, not {str(argument)[:40]!r}")
    return float(number)


def _are_little_endian(arguments: Arguments) -> bool:
    """Whether the floats make no sense as they are, and do with their bytes turned round."""
    sizes = [abs(a) for a in arguments if isinstance(a, float) and math.isfinite(a) and a]
    if not any(size < _SMALLEST or size > _LARGEST for size in sizes):
        return False
    return all(size < _SMALL or size > _LARGEST for size in sizes) and all(map(_turns, sizes))


def _turns(number: float) -> bool:
    try:
        (turned,) = struct.unpack("<f", struct.pack(">f", number))
    except OverflowError:  # a double
        return False
    least, most = _PLAUSIBLE
    return bool(least < abs(turned) < most)
