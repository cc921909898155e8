"""Whether a feeling is what a case says that it means."""

from collections.abc import Sequence

import pytest

from bridge.emotion.dominance import estimate
from bridge.emotion.names import parts_of
from bridge.emotion.points import LEAST_SHARE, Part, Vad
from tests.cases import TOLERANCE, Case


def check(parts: Sequence[Part], case: Case) -> None:
    """Fail unless the parts are what the case means.

    An emotion has its intensity times its share. One with less than a twentieth may be missing.
    """
    if case.vad is not None:
        [(point, _)] = parts
        valence, arousal, dominance = case.vad
        assert valence is not None
        assert arousal is not None
        expected = estimate(valence, arousal) if dominance is None else dominance
        assert point == pytest.approx((valence, arousal, expected), abs=TOLERANCE)
        return
    assert case.means is not None
    left = list(parts)
    for name, strength in case.means.items():
        found = [part for part in left if _is_weaker(part.point, name)]
        if strength < LEAST_SHARE and not found:
            continue
        [part] = found
        left.remove(part)
        [(full, _)] = parts_of(name)
        assert _size(part.point) / _size(full) * part.share == pytest.approx(
            strength, abs=TOLERANCE
        )
    assert left == []


def _is_weaker(point: Vad, name: str) -> bool:
    [(full, _)] = parts_of(name)
    return point == pytest.approx(full.scaled(_size(point) / _size(full)), abs=1e-6)


def _size(point: Vad) -> float:
    return sum(axis * axis for axis in point) ** 0.5
