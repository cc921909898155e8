"""JSON from anywhere: which of its keys say what somebody feels.

Programs agree on no names, so several are known for each thing. Keys that are not known are
ignored as long as the known ones say enough.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridge.emotion.cues import KEYS as CUE_KEYS
from bridge.emotion.cues import CueError, Cues, read_cues
from bridge.emotion.gestures import read_then
from bridge.emotion.json_values import fold, folded, hold, is_number, number, seconds
from bridge.emotion.json_values import stream as stream_of
from bridge.emotion.labels import read_labels, scaled_scores
from bridge.emotion.message import Axes, Message
from bridge.emotion.names import UnknownEmotionError, is_emotion
from bridge.emotion.numbers import is_complete, message_of, read_numbers
from bridge.emotion.scale import AXES, UNSCALED, Scales
from bridge.emotion.scores import MOST_SCORES, Scored
from bridge.emotion.states import state_of
from bridge.emotion.update import Note, UpdateError

AXIS_KEYS = {
    **{axis: axis for axis in AXES},
    **{"v": "valence", "a": "arousal", "d": "dominance"},
    **{"pleasure": "valence", "activation": "arousal", "control": "dominance"},
}
POINT_KEYS = ("vad", "pad")
LABEL_KEYS = (
    *("emotion", "emotions", "expressions", "scores", "predictions", "label", "labels"),
    *("dominant_emotion", "mood", "feeling", "state", "expression", "sentiment", "name", "type"),
)
"""The first of these that names a known emotion counts."""
SCORE_KEYS = ("intensity", "score", "probability", "confidence", "strength")
MORE_KEYS = ("stream", "hold", "fade", "then")
INSIDE = ("models", "prosody", "face", "burst", "language", "data", "payload", "result", "results")
"""Objects that may stand around the one that is meant."""

KNOWN_KEYS = frozenset(
    (*AXIS_KEYS, *POINT_KEYS, *LABEL_KEYS, *SCORE_KEYS, *MORE_KEYS, *CUE_KEYS, *INSIDE)
)
FIELDS = (*AXES, "vad", "emotion", "intensity", *MORE_KEYS)
"""What the setting `fields` may name a path for."""

_MUST_BE_FEELINGS = {*AXIS_KEYS, *POINT_KEYS, *LABEL_KEYS, *SCORE_KEYS} - {"name", "type"}
_DEEPEST = 6
_MOST_KEYS = 600
_SHOWN = 3


class ObjectReader:
    """Reads values that came as JSON, or that can be spelled as JSON."""

    def __init__(
        self,
        scales: Scales = UNSCALED,
        columns: Sequence[str] = (),
        fields: Mapping[str, str] | None = None,
    ) -> None:
        """What one source means.

        Args:
            scales: the scale of its numbers.
            columns: what each number of a list is.
            fields: for some of `FIELDS` the path of the key that has it, with dots.
        """
        self._scales, self._columns = scales, columns
        self._fields = {field: path.split(".") for field, path in (fields or {}).items()}

    def read(self, value: Any, stream: str) -> Message:
        """The message of an object, a list, or a text.

        Raises:
            UpdateError: there is no feeling in it, or one that cannot be.
        """
        return self._read(value, stream, 0)

    def _read(self, value: Any, stream: str, depth: int) -> Message:
        if depth > _DEEPEST:
            raise UpdateError("the JSON is nested too deeply")
        if isinstance(value, dict):
            return self._object(value, stream, depth)
        if isinstance(value, list):
            return self._list(value, stream, depth)
        if isinstance(value, str):
            return self._text(value, stream)
        raise UpdateError(f"expected an object, a list or a name, not {str(value)[:20]}")

    def _text(self, text: str, stream: str) -> Message:
        if numbers := read_numbers(text):
            return message_of(numbers, self._scales, self._columns, stream=stream)
        found = read_labels(text, self._scales)
        if found is None:
            raise UpdateError(UnknownEmotionError(text.strip()[:40]))
        labels, clamped = found
        return Message(scores=labels, stream=stream, clamped=clamped)

    # Lists

    def _list(self, values: list[Any], stream: str, depth: int) -> Message:
        if not values:
            raise UpdateError("the list is empty")
        if len(values) > MOST_SCORES:
            raise UpdateError(f"{len(values)} labels; the limit is {MOST_SCORES}")
        if len(values) == 1 and isinstance(values[0], list | dict):
            return self._read(values[0], stream, depth + 1)
        if all(is_number(value) for value in values):
            numbers = [number(value, "number") for value in values]
            return message_of(numbers, self._scales, self._columns, stream=stream)
        if len(values) == 2 and isinstance(values[0], str) and is_number(values[1]):
            values = [values]  # one label with its score
        labels = [self._label(value) for value in values]
        return self._scored(labels, stream)

    def _label(self, value: Any) -> Scored:
        """One entry of a list of labels: a name, a name with a score, or an object with both."""
        match value:
            case str(label):
                return Scored(label)
            case [str(label), score]:
                return Scored(label, number(score, label))
            case dict():
                keys = folded(value)
                for key in LABEL_KEYS:
                    if isinstance(keys.get(key), str):
                        return Scored(keys[key], _score(keys, key))
        raise UpdateError(f"expected a label with a score, not {str(value)[:40]}")

    def _scored(self, labels: list[Scored], stream: str) -> Message:
        scores, clamped = scaled_scores(labels, self._scales)
        return Message(scores=scores, stream=stream, clamped=clamped)

    # Objects

    def _object(self, value: dict[str, Any], stream: str, depth: int) -> Message:
        if len(value) > _MOST_KEYS:
            raise UpdateError(f"{len(value)} keys in one object; the limit is {_MOST_KEYS}")
        keys = self._with_fields(value)
        cues = _with_mood(keys, _with_state(keys, _cues(keys)))
        message = self._feeling_beside(cues, keys, stream, depth)
        ignored = [str(key) for key in value if fold(key) not in KNOWN_KEYS]
        named = {path[0] for path in self._fields.values()}
        ignored = [key for key in ignored if key not in named and not _names_score(value, key)]
        if ignored:
            more = ", …" if len(ignored) > _SHOWN else ""
            text = f"ignoring the keys {', '.join(key[:40] for key in ignored[:_SHOWN])}{more}"
            message = message._replace(notes=(*message.notes, Note("ignored", text)))
        return message._replace(
            cues=cues or message.cues,
            stream=stream_of(keys.get("stream"), message.stream),
            hold=hold(keys.get("hold"), message.hold),
            fade=seconds(keys.get("fade"), "fade", message.fade),
            then=message.then if keys.get("then") is None else read_then(keys["then"]),
        )

    def _with_fields(self, value: dict[str, Any]) -> dict[str, Any]:
        """The keys in lower case, with what `fields` leads to."""
        keys = folded(value)
        for field, path in self._fields.items():
            found: Any = value
            for step in path:
                found = found.get(step) if isinstance(found, dict) else None
            if found is not None:
                keys[field] = found
        return keys

    def _feeling_beside(
        self, cues: Cues | None, keys: dict[str, Any], stream: str, depth: int
    ) -> Message:
        try:
            return self._feeling(keys, stream, depth)
        except UpdateError:
            # Cues may come alone. Beside a feeling that is wrong they do not count either.
            if cues is None or any(keys.get(key) is not None for key in _MUST_BE_FEELINGS):
                raise
            return Message(stream=stream)

    def _feeling(self, keys: dict[str, Any], stream: str, depth: int) -> Message:
        if (point := self._point(keys, stream)) is not None:
            if keys.get("intensity") is not None:
                raise UpdateError("intensity is only allowed with emotion")
            return point
        problem: UpdateError | None = None
        for key in LABEL_KEYS:
            if keys.get(key) is not None:
                try:
                    return self._named(key, keys, stream, depth)
                except UpdateError as refusal:
                    problem = problem or refusal
        if scores := [
            Scored(key, number(score, key)) for key, score in keys.items() if _is_score(key, score)
        ]:
            return self._scored(scores, stream)
        for key in INSIDE:
            if isinstance(keys.get(key), dict | list):
                return self._read(keys[key], stream, depth + 1)
        raise problem or UpdateError(_what_is_missing(keys))

    def _point(self, keys: dict[str, Any], stream: str) -> Message | None:
        """The point of an object that has one."""
        for key in POINT_KEYS:
            if key in keys:
                return self._listed_point(keys[key], key, stream)
        sent = {
            axis: number(keys[key], key)
            for key, axis in AXIS_KEYS.items()
            if keys.get(key) is not None
        }
        axes: Axes = (sent.get("valence"), sent.get("arousal"), sent.get("dominance"))
        if not is_complete(axes):
            if sent and not any(keys.get(key) is not None for key in LABEL_KEYS):
                raise UpdateError("expected valence and arousal together")
            return None
        axes, clamped = self._scales.axes(axes)
        return Message(axes, label=_label_of(keys), stream=stream, clamped=clamped)

    def _listed_point(self, value: Any, key: str, stream: str) -> Message:
        if isinstance(value, dict):
            point = self._point(folded(value), stream)
            if point is not None:
                return point
        numbers = read_numbers(value) if isinstance(value, str) else None
        if isinstance(value, list):
            numbers = [number(axis, key) for axis in value]
        if numbers is None:
            raise UpdateError(f"{key}: expected a list of two or three numbers")
        return message_of(numbers, self._scales, self._columns, stream=stream)

    def _named(self, key: str, keys: dict[str, Any], stream: str, depth: int) -> Message:
        """The message of a label under one key, with its score if that is beside it."""
        value = keys[key]
        if isinstance(value, list):
            return self._list(value, stream, depth + 1)
        if isinstance(value, dict):
            return self._read(value, stream, depth + 1)
        if not isinstance(value, str):
            raise UpdateError(f"{key}: expected a name")
        found = read_labels(value, self._scales)
        if found is None:
            raise UpdateError(UnknownEmotionError(value.strip()[:40]))
        labels, clamped = found
        score = _score(keys, key)
        if score is not None and len(labels) == 1 and labels[0].score is None:
            labels, clamped = scaled_scores([Scored(labels[0].name, score)], self._scales)
        return Message(scores=labels, stream=stream, clamped=clamped)


def _cues(keys: Mapping[str, Any]) -> Cues | None:
    try:
        return read_cues(keys)
    except CueError as problem:
        raise UpdateError(str(problem)) from None


def _with_state(keys: dict[str, Any], cues: Cues | None) -> Cues | None:
    """The cues, with the state under `state`, which is then no label. An emotion there is one."""
    state = state_of(keys["state"]) if "state" in keys else None
    if state is None:
        return cues
    del keys["state"]
    return replace(cues or Cues(), state=state)


def _with_mood(keys: dict[str, Any], cues: Cues | None) -> Cues | None:
    """The cues, with `"mood": "reset"`, which is then no label. An emotion there is one."""
    mood = keys.get("mood")
    if not isinstance(mood, str) or mood.strip().casefold() != "reset":
        return cues
    del keys["mood"]
    return replace(cues or Cues(), forget_mood=True)


def _is_score(key: str, value: Any) -> bool:
    return key not in KNOWN_KEYS and is_number(value) and is_emotion(key)


def _names_score(value: Mapping[Any, Any], key: str) -> bool:
    return _is_score(fold(key), value.get(key))


def _score(keys: Mapping[str, Any], label_key: str) -> float | None:
    """The score beside the label under `label_key`."""
    if keys.get("intensity") is not None:
        return number(keys["intensity"], "intensity")
    for key in SCORE_KEYS:
        if is_number(keys.get(key)) and not isinstance(keys[key], bool):
            # Rekognition has the label under `type`, and percents.
            return number(keys[key], key) / (100 if label_key == "type" else 1)
    return None


def _label_of(keys: Mapping[str, Any]) -> str:
    """What a point is called, if it is called anything that is short."""
    for key in LABEL_KEYS:
        value = keys.get(key)
        if isinstance(value, str) and value.isprintable() and len(value) <= 40:
            return value.casefold()
    return ""


def _what_is_missing(keys: Mapping[str, Any]) -> str:
    expected = "expected valence and arousal, or vad, or emotion"
    found = [key for key in keys if key not in MORE_KEYS][:_SHOWN]
    if not found:
        return expected
    shown = ", ".join(repr(key[:40]) for key in found)
    return f"{expected}; found only {shown} (`fields` can say what they mean)"
