"""What a program says about its streams: each call is an update, or raises `UpdateError`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bridge.emotion.cleaning import decode
from bridge.emotion.cues import CueError, Cues, read_cues
from bridge.emotion.gestures import read_then
from bridge.emotion.mixer import Mailbox
from bridge.emotion.points import Vad
from bridge.emotion.reading import Reader
from bridge.emotion.states import state_of
from bridge.emotion.streams import allowed_stream
from bridge.emotion.update import Update, UpdateError, checked, named_update, point_update
from bridge.supervision.complaints import Complaints

NAME = "python"
"""The name of the source in the log and in what is shown."""


class Program:
    """The host program as a source. Every method may be called from any thread."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._complaints = Complaints(NAME)
        self._reader = Reader()

    def feel(
        self,
        emotion: str | Sequence[float],
        intensity: float,
        *,
        stream: str,
        hold: float | None,
        fade: float | None,
        then: str | None,
    ) -> None:
        """Post an emotion by name, a mixture, or a point; a gesture if `then` says what follows."""
        strength = _number(intensity, "intensity")
        name, expires = _stream(stream), None if hold is None else _number(hold, "hold")
        moves = None if fade is None else _number(fade, "fade")
        if isinstance(emotion, str):
            update = named_update(emotion, strength, stream=name, hold=expires, fade=moves)
            said: dict[str, Any] = {"emotion": emotion, "intensity": strength}
        elif 0.0 <= strength <= 1.0:
            point = _point(emotion).scaled(strength)
            update = point_update(*point, stream=name, hold=expires, fade=moves)
            said = point._asdict()
        else:
            raise UpdateError(f"intensity {strength:g}: expected a number from 0 to 1 for a point")
        if then is not None:
            update = checked(update._replace(then=read_then(then)))
        more = {"hold": expires, "fade": moves, "then": then}
        self._post(update, _as_sent(said | {k: v for k, v in more.items() if v is not None}))

    def update(self, sent: str | bytes | Mapping[str, Any], stream: str) -> None:
        """Post what a line of standard input may be, or the JSON object as a mapping."""
        if isinstance(sent, bytes):
            text = decode(sent)
        elif isinstance(sent, Mapping):
            text = _as_json(sent)
        elif isinstance(sent, str):
            text = sent
        else:
            raise UpdateError(f"expected a text or a dict, not {type(sent).__name__}")
        self._post(self._reader.read(text, _stream(stream)).update(), text)

    def cue(self, key: str, value: object, stream: str) -> None:
        """Post a cue under its key in JSON, such as `speaking` or `look_at`."""
        if value is None and key != "look_at":
            raise UpdateError(f"{key}: expected a value, not None")
        try:
            cues = read_cues({key: value})
        except CueError as problem:
            raise UpdateError(str(problem)) from None
        self._post(checked(Update((), "", _stream(stream), cues=cues)), _as_sent({key: value}))

    def state(self, name: str | None, stream: str) -> None:
        """Choose a state of the character, or end it with None."""
        state = state_of(name)
        if state is None:
            raise UpdateError(f"state {str(name)[:40]!r}: expected the name of a state, or None")
        update = checked(Update((), "", _stream(stream), cues=Cues(state=state)))
        self._post(update, _as_sent({"state": name}))

    def release(self, stream: str) -> None:
        """Take back this program's update."""
        self._mailbox.withdraw(_stream(stream))

    def _post(self, update: Update, sent: str) -> None:
        """Post an update. `sent`: for a recording, the call as a message in JSON."""
        notes = self._mailbox.post(update, sent)
        if update.clamped:
            self._complaints.clamped(update.clamped)
        for kind, note in (*update.notes, *notes):
            self._complaints.note(kind, note)


def _stream(name: object) -> str:
    """A name that a stream may have."""
    if not isinstance(name, str):
        raise UpdateError(f"stream: expected a name, not {type(name).__name__}")
    allowed = allowed_stream(name)
    if not allowed:
        raise UpdateError(f"stream {name[:40]!r}: expected a name with a letter or a digit")
    return allowed


def _number(value: object, what: str) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise UpdateError(f"{what}: expected a number, not {str(value)[:40]!r}") from None


def _point(axes: Sequence[float]) -> Vad:
    try:
        valence, arousal, dominance = axes
    except (TypeError, ValueError):
        raise UpdateError(
            "expected the name of an emotion, or valence, arousal and dominance"
        ) from None
    return Vad(
        _number(valence, "valence"), _number(arousal, "arousal"), _number(dominance, "dominance")
    )


def _as_sent(said: Mapping[str, Any]) -> str:
    """What a recording keeps of a call. A value that JSON lacks is no reason to refuse it."""
    try:
        return _as_json(said)
    except UpdateError:
        return str(dict(said))


def _as_json(sent: Mapping[str, Any]) -> str:
    try:
        return json.dumps(dict(sent), default=float)  # float: NumPy's numbers
    except (TypeError, ValueError, RecursionError) as problem:
        raise UpdateError(f"the dict cannot be written as JSON: {problem}") from None
