"""The sentences of streaming text."""

import re
from typing import NamedTuple

from bridge.emotion.words.feeling import LONGEST

_EMOJI = "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d"
_CLOSING = "\"'”’»)\\]*_"
_BLANK = r"[^\S\n]"

# The look-behinds keep the search linear: in a long run of signs, only the first can match.
_STOP = rf"(?<![.!?…‽])[.!?…‽]++[{_CLOSING}]*+(?=[\s{_EMOJI}])(?:{_BLANK}*[{_EMOJI}]++)*+"
_WIDE_STOP = rf"(?<![。！？])[。！？]++[」』”’）]*+(?:{_BLANK}*[{_EMOJI}]++)*+"
_PICTURES = rf"(?<![{_EMOJI}])(?<!{_BLANK})(?:{_BLANK}*[{_EMOJI}]++)++"

_END = re.compile(rf"(?:{_STOP}|{_WIDE_STOP}|{_PICTURES})(?={_BLANK}*\S)|\n")
"""The end of a sentence. Emoji belong to the sentence before them, so the next sign decides."""

_MAY_BE_END = re.compile(rf"[.!?…‽。！？{_EMOJI}][{_CLOSING}」』）\s{_EMOJI}]*$")

_NO_END = re.compile(
    r"(?:^|[\s(\"'“‘*])(?:(?i:mr|mrs|ms|dr|prof|st|jr|sr|vs|etc|no|fig|approx|dept|[ap]\.m|e\.g|i\.e"
    r"|u\.s|u\.k)|(?!I\b)[A-Z]|(?:[A-Z]\.)+[A-Z])\.$|^\s*\d{1,3}\.$"
)
"""A point that ends no sentence: behind an abbreviation, an initial or the number in a list."""


_LAST_WORD = re.compile(r"\w\W*\Z")

_LOOK_BACK = 30
"""Characters in which an abbreviation is looked for."""


class Sentence(NamedTuple):
    """A sentence, without the white space around it."""

    text: str
    after: int
    """Where the last word before it ends, in characters since the start of the text."""


class Sentences:
    """Takes text as it is written, cut anywhere, and gives back its sentences.

    A sentence ends with its line, with emoji, with a wide stop such as `。`, and with one of
    `.!?…` and white space. One that is longer than `LONGEST` is cut between two words.
    """

    def __init__(self, start: int = 0) -> None:
        """`start`: the characters of the text that are in front of what comes."""
        self._held = ""
        """The beginning of the next sentence: at most `LONGEST` characters between calls."""
        self._start = self._after = start
        """Where that begins, and where the last word before it ends."""

    @property
    def may_end(self) -> bool:
        """Whether what is held is a sentence, unless more of it follows at once."""
        found = _MAY_BE_END.search(self._held)
        return found is not None and not _is_no_end(self._held, 0, found.start() + 1)

    def feed(self, text: str) -> list[Sentence]:
        """The sentences that are complete once `text` has come, in order."""
        text = self._held + text.replace("\r", "\n")
        found, start = [], 0
        for end in _END.finditer(text):
            if not _is_no_end(text, start, end.start() + 1):
                found.append(text[start : end.end()])
                start = end.end()
        found.append(text[start:])
        *pieces, self._held = [piece for sentence in found for piece in _cut(sentence)]
        return self._sentences(pieces)

    def pause(self) -> list[Sentence]:
        """The sentence that is held, if it may end there: no more text comes for a while."""
        return self.flush() if self.may_end else []

    def flush(self) -> list[Sentence]:
        """What is held: no more text follows."""
        held, self._held = self._held, ""
        return self._sentences([held])

    def _sentences(self, pieces: list[str]) -> list[Sentence]:
        found = []
        for piece in pieces:
            if text := piece.strip():
                found.append(Sentence(text, self._after))
            if word := _LAST_WORD.search(piece):
                self._after = self._start + word.start() + 1
            self._start += len(piece)
        return found


def _is_no_end(text: str, start: int, end: int) -> bool:
    """Whether the sign in front of `end` is a point that ends no sentence."""
    before = text[max(start, end - _LOOK_BACK) : end]
    return before.endswith(".") and _NO_END.search(before) is not None


def _cut(sentence: str) -> list[str]:
    """The sentence in pieces of at most `LONGEST` characters."""
    pieces = []
    while len(sentence) > LONGEST:
        space = sentence.rfind(" ", LONGEST // 2, LONGEST) + 1
        pieces.append(sentence[: space or LONGEST])
        sentence = sentence[space or LONGEST :]
    return [*pieces, sentence]
