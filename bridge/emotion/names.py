"""The names of emotions, and the feelings that they mean.

A name means a point of valence (unpleasant to pleasant), arousal (calm to excited) and dominance
(yielding to in control), or a mixture of other names. The names and their sources are in
`emotions.csv`.
"""

import csv
import difflib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from bridge.emotion.cleaning import clean
from bridge.emotion.points import Part, Parts, Vad, mean_point, scaled, weighted

BASIC_EMOTIONS = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
)
"""The eight emotions of the reference model, at its own points."""

LONGEST_NAME = 40
"""Characters. No name in the table is longer."""

_LONGEST_ABBREVIATION = 3

MOST_NAMES = 16
"""The most names in a mixture."""

Meaning = Callable[[str], Parts]
"""What one name means."""


class EmotionError(ValueError):
    """A name or an intensity that is not valid; the message says what was expected."""


class UnknownEmotionError(EmotionError):
    """A name that is not in the table. Similar names are looked up only when the message is read:
    the search takes a millisecond, and a flood of unknown names must stay cheap."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        unknown = f"unknown emotion {_quoted(self.name)}"
        words = [name for name in _meanings() if len(name) > _LONGEST_ABBREVIATION]
        near = difflib.get_close_matches(_plain(self.name), words, n=3, cutoff=0.6)
        if not near:
            return f"{unknown}; `affect-bridge emotions` lists the names"
        return f"{unknown}; did you mean {' or '.join(map(_quoted, near))}?"


class Emotion(NamedTuple):
    """A row of the table: what a name means, the source of that, and its other names."""

    name: str
    parts: Parts
    """One point, or those of a mixture."""
    mixture: str
    """The mixture as the table has it; empty for a point."""
    source: str
    also: tuple[str, ...]
    """Other names: English words, abbreviations and emoji."""
    translations: tuple[str, ...]
    """Names in other languages."""

    @property
    def point(self) -> Vad:
        """The point, or the mean point of a mixture."""
        return mean_point(self.parts)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, the first as the table lists it."""
        return (self.name, *self.also, *self.translations)


@cache
def emotions() -> tuple[Emotion, ...]:
    """The table: the eight basic emotions, 151 measured terms, and judgements."""
    with (files("bridge.emotion") / "emotions.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    points: dict[str, Vad] = {}
    for row in rows:
        if not row["mixture"]:
            point = Vad(float(row["valence"]), float(row["arousal"]), float(row["dominance"]))
            points.setdefault(row["name"], point)
    return tuple(_emotion(row, points) for row in rows)


def _emotion(row: Mapping[str, str], points: Mapping[str, Vad]) -> Emotion:
    if row["mixture"]:
        parts = _mixture(row["mixture"], lambda name: (Part(points[name], 1.0),))
    else:
        # By its own numbers: the earlier of two rows with one name has the point in `points`.
        own = Vad(float(row["valence"]), float(row["arousal"]), float(row["dominance"]))
        parts = (Part(own, 1.0),)
    also, translations = (
        tuple(word.replace("_", " ") for word in row[column].split())
        for column in ("also", "translations")
    )
    return Emotion(row["name"], parts, row["mixture"], row["source"], also, translations)


@cache
def _meanings() -> Mapping[str, Parts]:
    """What every name means, as `_plain` spells it.

    A name may occur twice: "angry" is a measured term, and VRM's name for anger. The earlier row
    wins, so that the names that chatbots and avatars use mean the eight basic emotions.
    """
    meanings: dict[str, Parts] = {}
    for emotion in emotions():
        for name in emotion.names:
            meanings.setdefault(_plain(name), emotion.parts)
    for name in list(meanings):
        meanings.setdefault(_without_accents(name), meanings[name])
    return meanings


@cache
def emotion_points() -> Mapping[str, Vad]:
    """Every name that is understood, in lower case, and its point: the mean point of a mixture."""
    return {name: mean_point(parts) for name, parts in _meanings().items()}


def is_emotion(name: str) -> bool:
    """Whether this is a single name in the table."""
    return _meaning(name) is not None


def parts_of(name: str, intensity: float = 1.0) -> Parts:
    """The feeling that a name or mixture means, scaled by `intensity`.

    `joy+surprise` has equal shares, `joy:0.7+surprise:0.3` has its own; where only some names have
    a share, the others divide the rest. Case, spaces, underscores, hyphens and accents do not
    matter.

    Raises:
        EmotionError: an unknown name (similar names are listed), shares that cannot be, or an
            intensity outside 0 to 1.
    """
    _check_intensity(intensity)
    return scaled(weighted(_mixture(name, _known)), intensity)


def emotion_to_vad(name: str, intensity: float = 1.0) -> Vad:
    """The point of a name or mixture, scaled by `intensity`.

    The point of a mixture is the mean of its parts' points, as in the reference model. The face of
    that point is not what the bridge shows for a mixture: it shows the mean of the parts' faces.

    Args:
        intensity: 0 to 1; scales the point towards neutral.

    Raises:
        EmotionError: as `parts_of`.
    """
    _check_intensity(intensity)
    return mean_point(_mixture(name, _known)).scaled(intensity)


def _check_intensity(intensity: float) -> None:
    if not 0.0 <= intensity <= 1.0:
        raise EmotionError(f"intensity {intensity:g} is not between 0 and 1")


def _mixture(text: str, meaning: Meaning) -> Parts:
    """The parts of all names, however many, with shares that sum to 1."""
    names = text.split("+", MOST_NAMES)
    if len(names) > MOST_NAMES:
        raise EmotionError(f"more than {MOST_NAMES} emotions in one mixture")
    if len(names) == 1:
        name, share = _share(text)
        return scaled(meaning(name), 1.0 if share is None else share)
    found = [_share(name) for name in names]
    parts = []
    for share, (name, _) in zip(_shares([share for _, share in found]), found, strict=True):
        parts += [Part(point, share * inner) for point, inner in meaning(name)]
    return tuple(parts)


def _share(text: str) -> tuple[str, float | None]:
    """A name and its share, if it has one: `joy:0.7`."""
    name, colon, number = text.rpartition(":")
    if not colon:
        return text, None
    try:
        share = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        return text, None
    if not 0 <= share <= 1:
        raise EmotionError(f"share {number} of {_quoted(name[:LONGEST_NAME])} is not from 0 to 1")
    return name, share


def _shares(given: list[float | None]) -> Iterator[float]:
    """Shares that sum to 1, from those that were given."""
    sum_given = sum(share for share in given if share is not None)
    missing = given.count(None)
    if (missing and sum_given >= 1) or (not missing and not sum_given):
        raise EmotionError("nothing is left for some emotions of the mixture; give each a share")
    rest = (1 - sum_given) / missing if missing else 0.0
    total = sum_given if not missing else 1.0
    for share in given:
        yield rest if share is None else share / total


def _known(name: str) -> Parts:
    meaning = _meaning(name)
    if meaning is None:
        raise UnknownEmotionError(name.strip()[:LONGEST_NAME])
    return meaning


def _meaning(name: str) -> Parts | None:
    if len(name) > 2 * LONGEST_NAME:  # with spaces around it perhaps
        return None
    plain = _plain(name)
    meanings = _meanings()
    return meanings.get(plain) or (
        None if plain.isascii() else meanings.get(_without_accents(plain))
    )


def _plain(name: str) -> str:
    """The spelling under which a name is looked up."""
    if not name.isascii():
        name = unicodedata.normalize("NFC", clean(name))
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _without_accents(name: str) -> str:
    letters = unicodedata.normalize("NFD", name)
    kept = "".join(letter for letter in letters if not "\u0300" <= letter <= "\u036f")
    return unicodedata.normalize("NFC", kept)


def _quoted(name: str) -> str:
    return f'"{name}"' if name.isprintable() else repr(name)
