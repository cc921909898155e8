"""Tags with emotions in streaming text, as chatbots and speech recognisers write them.

    [joy]  [face:joy]  [em_grin:0.9]  [emotion=happy]  [[laugh]]  ([emotion angry=0.7, joy=0.3])
    <face name="joy"/>  <emotion value="sad"/>  <expr label="say playfully"/>  <<apologetic>>
    <|HAPPY|>  <|ACT {"emotion": {"name": "happy", "intensity": 1}}|>  <|DELAY:1|>
    {happy 8.5}  (happy)  *smiles*  *sighs sadly*

The text may be cut anywhere. Everything that is not such a tag passes as it is: other words in
brackets, links, and code between backticks.
"""

import re
from collections.abc import Collection
from typing import Literal, NamedTuple, get_args

from bridge.emotion import tag_contents as contents
from bridge.emotion.scores import Scored
from bridge.emotion.tag_contents import Meaning, Possible

LONGEST_TAG = 200
"""Characters. A longer one is text."""

Dialect = Literal[
    "brackets", "parentheses", "braces", "elements", "control", "double_angles", "actions"
]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)


class Tag(NamedTuple):
    """A tag, which nobody should read aloud."""

    text: str
    """As it was written."""
    scores: tuple[Scored, ...]
    """The emotions in it; none in a tag that says something else, such as `<|DELAY:1|>`."""


Piece = str | Tag


class _Found(NamedTuple):
    """What was found at an opening sign: a tag, or text that holds none, and where it ends."""

    end: int
    tag: Tag | None


_WAIT = _Found(-1, None)
"""More text decides."""

_OPENING: dict[Dialect, str] = {
    "brackets": r"\[(?![\s\]])",
    "parentheses": r"\((?![\s)])",
    "braces": r"\{(?![\s}\"])",
    "elements": r"<(?![^/A-Za-z])",
    "control": r"<(?![^|])",
    "double_angles": r"<(?![^<])",
    "actions": r"\*(?![\s*])",
}
_IN_CODE = {"`": re.compile("[`\n]"), "```": re.compile("```")}
_INLINE_CODE = 200
"""Characters. A longer stretch after a backtick is not code."""
_BODY = LONGEST_TAG - 4


def _between(opening: str, inside: str, closing: str) -> re.Pattern[str]:
    return re.compile(f"{re.escape(opening)}({inside}{{1,{_BODY}}}){re.escape(closing)}")


class _Kind(NamedTuple):
    """One kind of brackets."""

    whole: re.Pattern[str]
    meaning: Meaning
    may_be: Possible


_KINDS = {
    "([": _Kind(_between("([", r"[^\[\]\n]", "])"), contents.named, contents.may_be_named),
    "[[": _Kind(_between("[[", r"[^\[\]\n]", "]]"), contents.labels, contents.may_be_labels),
    "[": _Kind(_between("[", r"[^\[\]\n]", "]"), contents.labels, contents.may_be_labels),
    "(": _Kind(_between("(", r"[^()\[\]\n]", ")"), contents.remark, contents.may_be_labels),
    "{": _Kind(_between("{", r"[^{}\n]", "}"), contents.of_ten, contents.may_be_labels),
    "*": _Kind(_between("*", r"[^*\n]", "*"), contents.action, contents.may_be_action),
    "<|": _Kind(_between("<|", r"[^|\n]", "|>"), contents.control, contents.may_be_anything),
    "<<": _Kind(_between("<<", r"[^<>\n]", ">>"), contents.labels, contents.may_be_labels),
    "<": _Kind(_between("<", r"[^<>\n]", ">"), contents.element, contents.may_be_element),
}
"""By the signs that open it; two signs come before one."""


class TagReader:
    """Takes text as it is written and gives it back in pieces, without the tags."""

    def __init__(
        self, dialects: Collection[Dialect] = DIALECTS, *, most_openings: int | None = None
    ) -> None:
        """Look for tags.

        Args:
            dialects: the kinds of tags.
            most_openings: what comes after so many opening signs is text.
        """
        self.choose(dialects)
        self._openings_left = most_openings
        self._held = ""
        self._before = ""
        """The last character that was passed on."""
        self._code = ""
        """The backticks that opened the code in which the text is."""
        self._code_left = 0

    def choose(self, dialects: Collection[Dialect]) -> None:
        """Look for other kinds of tags from now on, also in what is held."""
        openings = [_OPENING[dialect] for dialect in DIALECTS if dialect in dialects]
        self._opening = re.compile("|".join(["`", *openings]))

    @property
    def held(self) -> str:
        """Text that may still become a tag. After a while nothing comes, and it is time to
        `flush`."""
        return self._held

    def feed(self, text: str) -> list[Piece]:
        """The pieces that are certain once `text` has come: text to pass on, and tags."""
        return self._read(text, final=False)

    def flush(self) -> list[Piece]:
        """The pieces of what was held. Half a tag is text."""
        return self._read("", final=True)

    def _read(self, text: str, *, final: bool) -> list[Piece]:
        text = self._held + text
        pieces: list[Piece] = []
        passed = position = 0
        while position < len(text):
            found = self._code_at(text, position, final) if self._code else None
            if found is None:
                opening = self._next_opening(text, position)
                if opening is None:
                    position = len(text)
                    break
                position = opening.start()
                before = text[position - 1] if position else self._before
                found = self._at(text, position, before, final)
            if found is _WAIT:
                break
            if found.tag is not None:
                if passed < position:
                    pieces.append(text[passed:position])
                pieces.append(found.tag)
                passed = found.end
            position = found.end
        if passed < position:
            pieces.append(text[passed:position])
        self._before = text[position - 1 : position] or self._before
        self._held = text[position:]
        return pieces

    def _next_opening(self, text: str, start: int) -> re.Match[str] | None:
        if self._openings_left is not None:
            self._openings_left -= 1
            if self._openings_left < 0:
                return None
        return self._opening.search(text, start)

    def _at(self, text: str, start: int, before: str, final: bool) -> _Found:
        """What begins at an opening sign."""
        sign = text[start]
        if sign == "`":
            return self._backticks(text, start, final)
        if sign == "*" and (before == "*" or before.isalnum()):
            return _Found(start + 1, None)
        kind = _KINDS.get(text[start : start + 2]) or _KINDS[sign]
        match = kind.whole.match(text, start)
        scores = None if match is None else kind.meaning(match[1])
        if match is None or scores is None:
            half = match is None and not final and _is_half(text[start:], kind)
            return _WAIT if half else _Found(start + 1, None)
        after = text[match.end() : match.end() + 1]
        if sign == "[" and after == "(":  # a link
            return _Found(match.end() + 1, None)
        if sign == "[" and not after and not final:
            return _WAIT
        return _Found(match.end(), Tag(match[0], scores))

    def _backticks(self, text: str, start: int, final: bool) -> _Found:
        end = start
        while end < len(text) and text[end] == "`" and end - start < 3:
            end += 1
        if end == len(text) and end - start < 3 and not final:
            return _WAIT
        self._code = "```" if end - start == 3 else "`" if end - start == 1 else ""
        self._code_left = _INLINE_CODE
        return _Found(end, None)

    def _code_at(self, text: str, start: int, final: bool) -> _Found:
        """Code up to its end, or as much of it as has come."""
        inline = self._code == "`"
        limit = min(len(text), start + self._code_left) if inline else len(text)
        closing = _IN_CODE[self._code].search(text, start, limit)
        if closing is not None:
            self._code = ""
            return _Found(closing.end(), None)
        if inline:
            self._code_left -= limit - start
            if not self._code_left:
                self._code = ""
            return _Found(limit, None)
        kept = 0 if final else len(text) - len(text.rstrip("`"))  # half of an end perhaps
        end = len(text) - min(kept, 2)
        return _Found(end, None) if end > start else _WAIT


def _is_half(begun: str, kind: _Kind) -> bool:
    """Whether this is the beginning of a tag."""
    return len(begun) < LONGEST_TAG and "\n" not in begun and kind.may_be(begun)
