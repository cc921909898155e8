"""What no face can do at once gives way, and every weight ends within [0, 1].

The lips cannot close further than the jaw is open. Wide eyes give way to a blink, and a smile and a
frown to each other: two such weights together are at most 1.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.face.layer import Frame
from protocols.arkit import BLENDSHAPES, INDEX

_JAW_OPEN, _MOUTH_CLOSE = INDEX["jawOpen"], INDEX["mouthClose"]
_TOGETHER = (("eyeWide", "eyeBlink"), ("mouthSmile", "mouthFrown"))


def _pair(shape: str) -> slice:
    """The columns of a shape's left and right, which are neighbours."""
    return slice(INDEX[f"{shape}Left"], INDEX[f"{shape}Right"] + 1)


_WIDE, _BLINK, _SMILE, _FROWN = (_pair(shape) for pair in _TOGETHER for shape in pair)
_SUMS = np.zeros((len(BLENDSHAPES), 5), np.float32)
"""[52, 5]: makes of weights what is at most 1 in a possible face. Those are the sums of two that
compete, left and right, and by how many millionths the lips close further than the jaw is open."""
for _number, _shapes in enumerate(_TOGETHER):
    for _shape in _shapes:
        _SUMS[_pair(_shape), 2 * _number : 2 * _number + 2] = np.eye(2)
_SUMS[[_MOUTH_CLOSE, _JAW_OPEN], 4] = 1e6, -1e6
_ZERO, _ONE = np.zeros((), np.float32), np.ones((), np.float32)


class Correctives:
    """Leaves a face alone, bit for bit, that a face can make."""

    def __init__(self, *, on: bool = True) -> None:
        """`on`: whether impossible faces are corrected. Weights are clamped in any case."""
        self._on = on
        self._make_room(0)

    def configure(self, settings: bool) -> None:
        self._on = settings

    def add_rows(self, streams: Sequence[str]) -> None:
        self._make_room(len(self._sums) + len(streams))

    def remove_rows(self, rows: Sequence[int]) -> None:
        self._make_room(len(self._sums) - len(rows))

    def _make_room(self, streams: int) -> None:
        self._sums = np.zeros((streams, _SUMS.shape[1]), np.float32)
        self._impossible = np.zeros((streams, _SUMS.shape[1]), np.bool_)

    def apply(self, frame: Frame) -> None:
        weights, sums = frame.weights, self._sums
        # fmax and fmin, because unlike clip they also turn a NaN into a number.
        np.fmax(weights, _ZERO, out=weights)
        np.fmin(weights, _ONE, out=weights)
        if not self._on:
            return
        np.matmul(weights, _SUMS, out=sums)
        np.greater(sums, _ONE, out=self._impossible)
        # Not any() or max(), which are several times as slow on arrays this small.
        if np.count_nonzero(self._impossible):
            self._correct(weights)

    def _correct(self, weights: NDArray[np.float32]) -> None:
        """Some face is impossible, which is rare."""
        close = weights[:, _MOUTH_CLOSE]
        np.minimum(close, weights[:, _JAW_OPEN], out=close)
        wide, smile, frown = weights[:, _WIDE], weights[:, _SMILE], weights[:, _FROWN]
        np.minimum(wide, 1.0 - weights[:, _BLINK], out=wide)
        both = np.maximum(smile + frown, 1.0)
        smile /= both
        frown /= both
