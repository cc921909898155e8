"""Dominance for those who know only valence and arousal.

Many models and data sets have no dominance. This estimate is the regression of dominance on valence
and arousal over the 151 measured terms of the table, through neutral. It explains 46 % of the
variance (R²). It cannot tell anger from fear, which differ in dominance alone: both become a
feeling between the two.
"""

from functools import cache

from bridge.emotion.names import emotions

MEASURED = "Russell & Mehrabian 1977"


@cache
def coefficients() -> tuple[float, float]:
    """What dominance is for one unit of valence, and for one of arousal."""
    points = [emotion.point for emotion in emotions() if emotion.source == MEASURED]
    vv = sum(p.valence * p.valence for p in points)
    va = sum(p.valence * p.arousal for p in points)
    aa = sum(p.arousal * p.arousal for p in points)
    vd = sum(p.valence * p.dominance for p in points)
    ad = sum(p.arousal * p.dominance for p in points)
    determinant = vv * aa - va * va
    return (vd * aa - ad * va) / determinant, (ad * vv - vd * va) / determinant


def estimate(valence: float, arousal: float) -> float:
    """Dominance for a valence and an arousal, each from -1 to 1; within that range itself."""
    by_valence, by_arousal = coefficients()
    return by_valence * valence + by_arousal * arousal
