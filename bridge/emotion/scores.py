"""Labels with scores, as classifiers send them, made into one feeling."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bridge.emotion.names import EmotionError, UnknownEmotionError, parts_of
from bridge.emotion.points import LEAST_SHARE, NEUTRAL, Part, Parts, scaled, weighted

MOST_SCORES = 512
"""The most labels in one message. The largest vocabulary in use has 415."""

_ABOUT = 0.1
"""How far from 1 the scores of a distribution may sum. The best few of many sum to less."""
_SHOWN = 3


class Scored(NamedTuple):
    """The name of an emotion or a mixture as the sender wrote it, and its score if it has one."""

    name: str
    score: float | None = None
    """0 or more; 1 is certain, or as strong as can be."""


def blend(scores: Sequence[Scored], *, own: bool = False) -> Parts:
    """One feeling of all labels of a message.

    A single label has its score as intensity. Scores that sum to about 1, or 100, are a
    distribution: what `neutral` has, and what is left out, lowers the intensity. Other scores are
    intensities of their own, and weigh by them; when one is above 1, all are divided by the
    largest. Names that are not in the table are left out while others are.

    Args:
        own: never a distribution, as with faders.

    Raises:
        EmotionError: no name is in the table, a score is below 0, or there are too many.
    """
    if len(scores) > MOST_SCORES:
        raise EmotionError(f"{len(scores)} labels; the limit is {MOST_SCORES}")
    if len(scores) == 1:
        return parts_of(scores[0].name, _score(scores[0]))
    scores = _of_one(scores)
    known = _known(scores)
    total = sum(map(_score, scores))
    if not own and abs(total - 1) <= _ABOUT:
        return _distribution(known, total)
    return weighted(_spread((scaled(parts, score), score) for parts, score in known))


def label(scores: Sequence[Scored]) -> str:
    """The labels of a message for people to read, the strongest first, cut to a few."""
    scores = _of_one(scores)
    strongest = sorted(scores, key=lambda scored: -_score(scored))[:_SHOWN]
    floor = LEAST_SHARE * sum(map(_score, scores))
    shown = [s for s in strongest if _score(s) >= floor] or strongest[:1]
    return ", ".join(f"{_folded(s.name)} {_score(s):.3g}" for s in shown)


def _of_one(scores: Sequence[Scored]) -> Sequence[Scored]:
    """The scores with 1 as the most: percents divided by 100, larger ones by the largest."""
    given = [_score(scored) for scored in scores]
    percents = abs(sum(given) - 100) <= 100 * _ABOUT
    divisor = 100.0 if percents else max([1.0, *given])
    if divisor == 1.0:
        return scores
    return [Scored(scored.name, _score(scored) / divisor) for scored in scores]


def _known(scores: Iterable[Scored]) -> list[tuple[Parts, float]]:
    """What the known names mean, with their scores."""
    known = []
    unknown: UnknownEmotionError | None = None
    for scored in scores:
        if _score(scored) < 0:
            raise EmotionError(f"{scored.name[:40]} has a score below 0")
        try:
            known.append((parts_of(scored.name), _score(scored)))
        except UnknownEmotionError as problem:
            unknown = unknown or problem
    if not known:
        raise unknown or EmotionError("there are no labels")
    return known


def _distribution(known: Sequence[tuple[Parts, float]], total: float) -> Parts:
    neutral = (Part(NEUTRAL, 1.0),)
    shown = [(parts, s) for parts, s in known if parts != neutral and s >= LEAST_SHARE * total]
    intensity = min(1.0, sum(score for _, score in shown) / max(1.0, total))
    return scaled(weighted(_spread(shown)), intensity)


def _spread(weighed: Iterable[tuple[Parts, float]]) -> Iterable[Part]:
    """The parts of all, each with its part of the weight."""
    for parts, weight in weighed:
        for point, share in parts:
            yield Part(point, share * weight)


def _score(scored: Scored) -> float:
    return 1.0 if scored.score is None else scored.score


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
