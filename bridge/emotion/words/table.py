"""The feelings that single English words have.

`words.csv` is made from the Glasgow Norms (CC BY 4.0); its first lines name the source, the licence
and the command that makes it. Names of emotions have the points of `emotions.csv` instead.
"""

import csv
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from bridge.emotion.names import emotions
from bridge.emotion.points import Vad

TABLE = Path(__file__).parent / "words.csv"

_SHORTEST_NAME = 4
"""Letters. Shorter names are mostly abbreviations, and some of them are words: "dis", "sad"."""

_SHORT_NAMES = frozenset({"joy", "sad", "mad", "shy", "cry", "wow", "awe", "sob", "lol"})
_EVERYDAY_NAMES = """\
care caring cheers content controlling cool detached focus focused free funny gross hope humble
hungry interest joking kind negative pants positive question questioning quiet quietly
realisation realization reserved responsible secure serious silly sleep strong sweet tender
think thinking trust useful wonder
"""
# They say little where they stand in a sentence.
_NOT_FEELINGS = frozenset(_EVERYDAY_NAMES.split())

_ENDINGS = (
    # What stands at the end of a word, and what stands there in the table.
    *(("ies", "y"), ("ied", "y"), ("ily", "y")),
    *(("ing", ""), ("ing", "e"), ("ed", ""), ("ed", "e"), ("es", ""), ("s", "")),
    *(("ly", ""), ("er", ""), ("er", "e"), ("est", ""), ("ness", "")),
)
_TWICE = re.compile(r"([bdgklmnprt])\1(?:ing|ed)$")
_SHORTEST_STEM = 3
_MOST_REMEMBERED = 4096


@cache
def words() -> Mapping[str, Vad]:
    """Words in lower case and their points. Words of little feeling are not in it."""
    with TABLE.open(encoding="utf-8") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        known: dict[str, Vad] = {
            row["word"]: Vad(*(float(row[axis]) for axis in ("valence", "arousal", "dominance")))
            for row in rows
        }
    known.update(emotion_words())
    return known


@cache
def emotion_words() -> Mapping[str, Vad]:
    """The names of emotions that are single English words, and their points."""
    found: dict[str, Vad] = {}
    for emotion in emotions():
        for name in (emotion.name, *emotion.also):
            word = name.lower()
            if _is_word(word) and any(emotion.point):
                found.setdefault(word, emotion.point)
    return found


def _is_word(name: str) -> bool:
    long_enough = len(name) >= _SHORTEST_NAME or name in _SHORT_NAMES
    return name.isascii() and name.isalpha() and long_enough and name not in _NOT_FEELINGS


@lru_cache(maxsize=_MOST_REMEMBERED)
def point_of(word: str) -> Vad | None:
    """The point of a word in lower case, or of the word of which it is a form: "exploded" has that
    of "explode"."""
    known = words()
    if (found := known.get(word)) is not None:
        return found
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) >= len(ending) + _SHORTEST_STEM:
            stem = word[: -len(ending)] + instead
            if (found := known.get(stem)) is not None:
                return found
    if _TWICE.search(word):
        return known.get(_TWICE.sub(r"\1", word))
    return None
