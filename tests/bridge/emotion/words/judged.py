"""Sentences, the signs that a person expects of their feelings, and how often these are met."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from bridge.emotion.points import NEUTRAL
from bridge.emotion.words.feeling import feeling

SENTENCES = Path(__file__).parent / "sentences.yaml"


class Agreement(NamedTuple):
    """Of one axis: how many signs a person gave, and how many of them are the same here."""

    judged: int
    right: int
    wrong: int
    none: int


@cache
def judged() -> list[tuple[str, list[str]]]:
    """Sentences, and the sign of each axis that a person expects: "+", "-" or "." for any."""
    cases = yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))
    return [(sentence, signs.split()) for sentence, signs in cases.items()]


def agreement() -> list[Agreement]:
    """For valence, arousal and dominance."""
    found: list[list[float]] = [[], [], []]
    for sentence, signs in judged():
        for axis, value in enumerate(feeling(sentence) or NEUTRAL):
            if signs[axis] != ".":
                found[axis].append(value if signs[axis] == "+" else -value)
    return [
        Agreement(
            len(values),
            sum(value > 0 for value in values),
            sum(value < 0 for value in values),
            sum(value == 0 for value in values),
        )
        for values in found
    ]
