"""The table of words, made from the Glasgow Norms.

    python -m bridge.offline.words.table glasgow_norms.csv

writes `bridge/emotion/words/words.csv`. The file it reads has the columns `word`, `valence_mean`,
`arousal_mean` and `dominance_mean`, from the supplement of the article, each from 1 to 9.

People rate a word such as "anger" less extreme than the state: its arousal is .16 in the norms and
.59 in Russell & Mehrabian 1977. So the three numbers are moved by linear regression from the norms
to the states, over the terms that both have.
"""

import csv
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bridge.emotion.dominance import MEASURED
from bridge.emotion.names import emotions
from bridge.emotion.points import Vad
from bridge.emotion.words.table import TABLE

LEAST_STRENGTH = 1.2
"""Words nearer to the average word than this are left out. In standard deviations."""

_ABOUT = """\
# Words and the feelings they have: valence, arousal and dominance from -1 to 1.
# Made from the Glasgow Norms: G. G. Scott, A. Keitel, M. Becirspahic, B. Yao, S. C. Sereno (2019),
# "The Glasgow Norms: Ratings of 5,500 words on nine scales", Behavior Research Methods 51,
# 1258-1270, https://doi.org/10.3758/s13428-018-1099-3
# Licence: CC BY 4.0, https://creativecommons.org/licenses/by/4.0/
# Changes: weak and ambiguous words are left out; the means of three scales, 1 to 9, are moved to
# those of states of feeling by linear regression. This file is under the same licence.
# `python -m bridge.offline.words.table glasgow_norms.csv` makes it.
"""

_LITTLE = """\
all always best can correct dear everything fine free god have hey home hot just kind know lay
life light like live lot major make mean might mind miss more most much must my number okay one
present pretty right same save still sure thing think time to understand very well will yes you
young
"""
# They are mostly said without the feeling that people see in the word alone.
_MOSTLY_EMPTY = frozenset(_LITTLE.split())

Rows = npt.NDArray[np.float64]
"""`[words, 3]`: valence, arousal, dominance."""


class Norm(NamedTuple):
    """A word and its mean ratings, 1 to 9."""

    word: str
    valence: float
    arousal: float
    dominance: float


def read_norms(lines: Iterable[str]) -> list[Norm]:
    """The norms in a CSV file. A word with a note on its sense, as in "bank (river)", is left out.

    Raises:
        ValueError: a column is missing, or a number is none.
    """
    reader = csv.DictReader(lines)
    columns = ("word", "valence_mean", "arousal_mean", "dominance_mean")
    if missing := [name for name in columns if name not in (reader.fieldnames or ())]:
        raise ValueError(f"the file has no column {missing[0]!r}; expected {', '.join(columns)}")
    rows = [[row[name] for name in columns] for row in reader]
    return [Norm(word.lower(), *map(float, rest)) for word, *rest in rows if word.isalpha()]


def states(norms: list[Norm], measured: Mapping[str, Vad]) -> Rows:
    """The norms as states of feeling, from -1 to 1.

    Args:
        measured: the states of some of the words, from which the others follow.
    """
    ratings = _design(np.array([norm[1:] for norm in norms]))
    shared = [row for row, norm in enumerate(norms) if norm.word in measured]
    known = np.array([measured[norms[row].word] for row in shared])
    move, *_ = np.linalg.lstsq(ratings[shared], known, rcond=None)
    return np.asarray((ratings @ move).clip(-1.0, 1.0))


def held_out(norms: list[Norm], measured: Mapping[str, Vad]) -> Vad:
    """The correlation between each axis of the measured states and what `states` says of each when
    it is the one that is left out."""
    shared = [norm for norm in norms if norm.word in measured]
    known = np.array([measured[norm.word] for norm in shared])
    said = np.array(
        [
            states(norms, {word: at for word, at in measured.items() if word != norm.word})[
                norms.index(norm)
            ]
            for norm in shared
        ]
    )
    return Vad(*(float(np.corrcoef(known[:, axis], said[:, axis])[0, 1]) for axis in range(3)))


def strengths(norms: list[Norm]) -> npt.NDArray[np.float64]:
    """How far each word is from the average word, in standard deviations of one axis."""
    ratings = np.array([norm[1:] for norm in norms])
    steps = (ratings - ratings.mean(axis=0)) / ratings.std(axis=0)
    far: npt.NDArray[np.float64] = np.sqrt((steps**2).mean(axis=1))
    return far


def measured_states() -> dict[str, Vad]:
    """The states of the table of emotions that were measured."""
    return {emotion.name: emotion.point for emotion in emotions() if emotion.source == MEASURED}


def table(norms: list[Norm]) -> str:
    """The table as a CSV file, with its licence in front."""
    rows = zip(norms, states(norms, measured_states()), strengths(norms), strict=True)
    kept = {
        norm.word: ",".join(f"{_rounded(axis):g}" for axis in point)
        for norm, point, strength in rows
        if strength >= LEAST_STRENGTH and norm.word not in _MOSTLY_EMPTY
    }
    lines = [f"{word},{point}" for word, point in sorted(kept.items())]
    return "\n".join([f"{_ABOUT}word,valence,arousal,dominance", *lines, ""])


def _design(ratings: Rows) -> Rows:
    """Ratings around 0, and a column of ones."""
    return np.column_stack(((ratings - 5.0) / 4.0, np.ones(len(ratings))))


def _rounded(axis: float) -> float:
    return math.floor(axis * 100 + 0.5) / 100


def main(arguments: list[str]) -> None:
    """Write the table from the file that is named."""
    [source] = arguments
    with Path(source).open(encoding="utf-8") as norms:
        TABLE.write_text(table(read_norms(norms)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
