"""The feeling of a sentence, read from its words. English is meant.

Valence comes from VADER, whose rules know negation, emphasis, emoticons and emoji: C. J. Hutto,
E. Gilbert (2014), "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media
Text", ICWSM-14. Arousal and dominance come from the words (`table`), from punctuation and from
capitals. The less evidence there is, the weaker is the feeling.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from bridge.emotion import dominance
from bridge.emotion.names import emotions
from bridge.emotion.points import Vad
from bridge.emotion.words.table import emotion_words, point_of, words

LONGEST = 250
"""Characters of a sentence. What is behind them is not read."""

LEAST = 0.1
"""A feeling nearer to neutral than this is none: a sentence without any leaves the face alone."""

_MOST_WORDS = 50
_MOST_EMOJI = 3  # VADER's time grows with the square of the words that it knows

_DOUBT = 0.6
"""How much a sentence's words weigh less than they say: the weight of a word that is not there and
says what valence alone lets expect. A word weighs as much as it is far from neutral."""
_AROUSAL_OF_VALENCE = 0.25
"""The arousal that a valence of 1 or -1 lets expect. The dominance is `dominance.estimate`."""

_EXCLAMATION = 0.15
_CAPITALS = 0.2
_TRAILING_OFF = Vad(0.0, -0.15, -0.1)
_QUESTION = Vad(0.0, 0.0, -0.05)
_ASTONISHED = Vad(0.0, 0.25, -0.1)

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
_MARKS = re.compile(r"[!?]+|\.{2,}|…")
_NEGATION = re.compile(
    r"(?:no|not|never|none|nor|neither|nothing|nobody|without|hardly|barely|rarely|seldom|cannot"
    r"|(?:ai|are|ca|could|did|does|do|had|has|have|is|must|should|was|were|wo|would)n['’]?t)",
    re.IGNORECASE,
)
_NEGATES = 3
"""Words behind a negation to which it belongs."""
_END_OF_NEGATION = " ; ; ; "
"""VADER takes each sign for a word, so that what is in front does not negate what is behind."""

_ON_VADER_S_SCALE = 3.0
_UNPLEASANT = -0.45
"""VADER does not know every word that is as unpleasant as this. Pleasant words are not added: they
name things, such as a dog or a birthday, as often in sad sentences as in glad ones."""


class _Valence(NamedTuple):
    vader: Any
    emoji: frozenset[str]


@cache
def _valence() -> _Valence:
    """VADER, with the names of emotions and the unpleasant words that it does not know, and with
    the emoji that are names of emotions. Imported only here: it is an extra, and takes .05 s.

    Raises:
        ImportError: vaderSentiment is not installed.
    """
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415

    vader = SentimentIntensityAnalyzer()
    for word, point in words().items():
        if point.valence <= _UNPLEASANT:
            vader.lexicon.setdefault(word, point.valence * _ON_VADER_S_SCALE)
    for word, point in emotion_words().items():
        vader.lexicon.setdefault(word, point.valence * _ON_VADER_S_SCALE)
    vader.emojis.update(_emoji_names())
    return _Valence(vader, frozenset(vader.emojis))


@cache
def _emoji_names() -> Mapping[str, str]:
    """The emoji that are names of emotions, and these emotions."""
    return {
        name: emotion.name
        for emotion in emotions()
        for name in emotion.also
        if len(name) == 1 and not name.isascii() and emotion.name in emotion_words()
    }


def prepare() -> None:
    """Load what `feeling` needs: a few hundredths of a second.

    Raises:
        ImportError: vaderSentiment is not installed.
    """
    _valence()
    point_of("")
    dominance.coefficients()


def feeling(sentence: str) -> Vad | None:
    """The feeling that a sentence has; None if its words say nothing.

    Raises:
        ImportError: vaderSentiment is not installed.
    """
    text, emoji = _without_emoji(sentence[:LONGEST])
    found = _WORD.findall(text)[:_MOST_WORDS]
    valence = _valence().vader.polarity_scores(_for_vader(text, emoji))["compound"]
    arousal_expected = _AROUSAL_OF_VALENCE * abs(valence)
    expected = (arousal_expected, dominance.estimate(valence, arousal_expected))
    weight = _DOUBT
    arousal, control = (_DOUBT * axis for axis in expected)
    for point in _points(found, emoji):
        share = max(map(abs, point))
        weight += share
        arousal += share * point.arousal
        control += share * point.dominance
    said = Vad(valence, arousal / weight, control / weight)
    point = _with_marks(said, text, found)
    return point if max(map(abs, point)) >= LEAST else None


def _without_emoji(text: str) -> tuple[str, list[str]]:
    """The text without its emoji, and the first of them."""
    if text.isascii():
        return text, []
    known = _valence().emoji
    emoji = [sign for sign in text if sign in known]
    if emoji:
        text = "".join(" " if sign in known else sign for sign in text)
    return text, emoji[:_MOST_EMOJI]


def _for_vader(text: str, emoji: list[str]) -> str:
    text = text.replace("’", "'")
    return f"{text}{_END_OF_NEGATION}{' '.join(emoji)}" if emoji else text


def _points(found: list[str], emoji: list[str]) -> Iterator[Vad]:
    """The points of the words that are known and not negated, and of the emoji."""
    negated = 0
    for word in found:
        if _NEGATION.fullmatch(word):
            negated = _NEGATES
        elif negated:
            negated -= 1
        elif (point := point_of(word.lower())) is not None:
            yield point
    names = _emoji_names()
    for sign in emoji:
        if sign in names:
            yield emotion_words()[names[sign]]


def _with_marks(said: Vad, text: str, found: list[str]) -> Vad:
    """What punctuation and capitals add to what the words say."""
    arousal = control = 0.0
    marks = "".join(_MARKS.findall(text))
    if "!" in marks and "?" in marks:
        arousal, control = _ASTONISHED.arousal, _ASTONISHED.dominance
    elif "!" in marks:
        arousal = _EXCLAMATION * min(3, marks.count("!"))
    elif "?" in marks:
        control = _QUESTION.dominance
    elif marks:
        arousal, control = _TRAILING_OFF.arousal, _TRAILING_OFF.dominance
    if any(len(word) >= 3 and word.isupper() for word in found):
        arousal += _CAPITALS
    return Vad(said.valence, said.arousal + arousal, said.dominance + control).clamped()
