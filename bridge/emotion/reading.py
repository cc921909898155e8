"""Reading one whole message, however it was written.

0.8 0.6 0.5                                   valence arousal dominance, with spaces or commas
happiness 0.9                                 a name or mixture, and an intensity
emotion: happy, intensity: 0.9                keys and values
[joy] Hello there                             a tag, with text that is not read
{"emotion": "fear", "stream": "bob"}          JSON
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from bridge.emotion.cleaning import clean
from bridge.emotion.cues import KEYS as CUE_KEYS
from bridge.emotion.labels import LONGEST_LABELS, read_labels, scaled_scores, split_score
from bridge.emotion.message import Dominance, Message
from bridge.emotion.names import LONGEST_NAME, EmotionError, UnknownEmotionError, parts_of
from bridge.emotion.numbers import message_of, read_numbers, read_row, to_number
from bridge.emotion.objects import (
    AXIS_KEYS,
    FIELDS,
    LABEL_KEYS,
    MORE_KEYS,
    POINT_KEYS,
    SCORE_KEYS,
    ObjectReader,
)
from bridge.emotion.scale import AXES, UNSCALED, Scales
from bridge.emotion.scores import Scored
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.tags import Tag, TagReader
from bridge.emotion.update import Update, UpdateError

LONGEST_TEXT = 4096
"""Characters. An update is a line of a few words; a longer text is a mistake or an attack."""

LONGEST_JSON = 32768
"""Characters. The largest vocabulary in use has 415 labels, each with its score."""

EXPECTED = (
    'a name with an intensity ("happiness 0.9"), valence, arousal and dominance from -1 to 1 '
    '("0.8 0.6 0.5"), or JSON; docs/inputs.md has all forms'
)

Labels = Literal["together", "latest"]

_KEYS = (*AXIS_KEYS, *POINT_KEYS, *LABEL_KEYS, *SCORE_KEYS, *MORE_KEYS, *CUE_KEYS)
_PAIR = re.compile(
    rf"(?<![\w.])({'|'.join(sorted(_KEYS, key=len, reverse=True))})\s{{0,3}}[:=]\s{{0,3}}",
    re.IGNORECASE,
)
_PYTHON_TEXT = re.compile(r"'([^'\\]*(?:\\.[^'\\]*)*)'")
_PYTHON_NUMBER = re.compile(r"\b(?:np|numpy)\.\w{1,12}\(([^()]{1,40})\)")
_PYTHON_WORD = re.compile(r"\b(?:None|True|False)\b")
_WORDS = {"None": "null", "True": "true", "False": "false"}
_MOST_OPENINGS = 32
"""Brackets in a text that are looked at for tags."""
_MOST_PAIRS = 16
_MOST_QUOTES = 400
_MOST_WORDS = 3
"""Words of a name that is misspelt. More are a sentence."""
_SENTENCE = re.compile("[?!…。？！]")


@dataclass(frozen=True)
class ReadingSettings:
    """What a source's messages mean."""

    scales: Scales = UNSCALED
    columns: tuple[str, ...] = ()
    """What each number of a row is; without it valence, arousal and dominance."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Where JSON has a field (`FIELDS`): the path of a key, with dots."""
    dominance: Dominance = "estimate"
    labels: Labels = "together"
    """Whether labels that arrive at about the same time are one message."""


class Reader:
    """Reads the messages of one source."""

    def __init__(self, settings: ReadingSettings = ReadingSettings()) -> None:
        self.settings = settings
        self._scales, self._columns = settings.scales, settings.columns
        self._objects = ObjectReader(settings.scales, settings.columns, settings.fields)

    def read(self, sent: str, stream: str = MAIN_STREAM) -> Message:
        """The message of one line, packet or payload.

        Args:
            stream: the stream of a message that names none.

        Raises:
            UpdateError: there is no feeling in it; the message says why.
        """
        text = clean(sent)
        if not text:
            raise UpdateError("the text is empty")
        limit = LONGEST_JSON if text[0] in "{[" else LONGEST_TEXT
        if len(text) > limit:
            raise UpdateError(f"{len(text)} characters; the limit is {limit}")
        if text[0] in '{["':
            return self._json(text, stream)
        message = self._text(text, stream)
        if message is None:
            raise UpdateError(_why_not(text))
        return message

    def _json(self, text: str, stream: str) -> Message:
        try:
            value = _value(text)
        except json.JSONDecodeError as problem:
            # `[joy] Hello` and `{happy 8.5}` begin like JSON.
            message = self._text(text, stream) if len(text) <= LONGEST_TEXT else None
            if message is None:
                raise UpdateError(
                    f"invalid JSON: {problem.msg} at character {problem.pos + 1}"
                ) from None
            return message
        except (ValueError, RecursionError):
            raise UpdateError("invalid JSON") from None
        if isinstance(value, str):  # whose text may be JSON once more, or anything else
            return self.read(value.replace('"', " ") if value[:1] == '"' else value, stream)
        return self._objects.read(value, stream)

    def _text(self, text: str, stream: str) -> Message | None:
        numbers = read_numbers(text)
        if numbers is not None:
            return message_of(numbers, self._scales, self._columns, stream=stream)
        for read in (self._row, self._pairs, self._labels, self._tags):
            message = read(text, stream)
            if message is not None:
                return message
        return None

    def _row(self, text: str, stream: str) -> Message | None:
        row = read_row(text, self._columns) if self._columns else None
        if row is None or any(to_number(row[axis]) is None for axis in AXES if axis in row):
            return None
        known = {column: cell for column, cell in row.items() if column in FIELDS}
        return self._objects.read(known, stream)

    def _pairs(self, text: str, stream: str) -> Message | None:
        """`valence=0.3 arousal=0.5`, `EMOTION: happy`."""
        if len(text) > LONGEST_LABELS or _PAIR.match(text) is None:
            return None
        found = list(islice(_PAIR.finditer(text), _MOST_PAIRS + 1))
        if len(found) > _MOST_PAIRS:
            return None
        ends = [*(pair.start() for pair in found[1:]), len(text)]
        return self._objects.read(
            {
                pair[1].casefold(): text[pair.end() : end].strip(" \t\n,;\"'")
                for pair, end in zip(found, ends, strict=True)
            },
            stream,
        )

    def _labels(self, text: str, stream: str) -> Message | None:
        found = read_labels(text, self._scales)
        return None if found is None else Message(scores=found[0], stream=stream, clamped=found[1])

    def _tags(self, text: str, stream: str) -> Message | None:
        """The last tag with an emotion. A number may follow a tag that is the whole text."""
        reader = TagReader(most_openings=_MOST_OPENINGS)
        pieces = reader.feed(text) + reader.flush()
        tags = [piece for piece in pieces if isinstance(piece, Tag) and piece.scores]
        if not tags:
            return None
        scores, clamped = tags[-1].scores, ""
        rest = "".join(piece for piece in pieces if isinstance(piece, str))
        score = to_number(rest.strip(" \t,"))
        if score is not None and len(scores) == 1 and scores[0].score is None:
            scores, clamped = scaled_scores([Scored(scores[0].name, score)], self._scales)
        return Message(scores=scores, stream=stream, clamped=clamped)


def parse_update(text: str, stream: str = MAIN_STREAM) -> Update:
    """The update of one message, read without any settings.

    Raises:
        UpdateError: as `Reader.read` and `Message.update`.
    """
    return Reader().read(text, stream).update()


def _value(text: str) -> Any:
    """The value of a text in JSON, or as Python prints it."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        if not 0 < text.count("'") <= _MOST_QUOTES:
            raise
        python = _PYTHON_NUMBER.sub(r"\1", _PYTHON_TEXT.sub(_as_json_text, text))
        try:
            return json.loads(_PYTHON_WORD.sub(lambda word: _WORDS[word[0]], python))
        except json.JSONDecodeError:
            pass
        raise


def _as_json_text(match: re.Match[str]) -> str:
    inside = match[1].replace("\\'", "'").replace('"', '\\"')
    return f'"{inside}"'


def _why_not(text: str) -> EmotionError | str:
    """Why a text without an emotion is refused."""
    if _SENTENCE.search(text) or len(text.split(None, _MOST_WORDS)) > _MOST_WORDS:
        return "there is no emotion in it; --from stdin:text reads sentences"
    name, _ = split_score(text)
    if "+" in name:
        try:
            parts_of(name)
        except EmotionError as problem:
            return problem
    return UnknownEmotionError(name[:LONGEST_NAME])
