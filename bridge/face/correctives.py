"""What no face can do at once gives way, and every weight ends within [0, 1].

The lips cannot close further than the jaw is open. Wide eyes give way to a blink, and a smile and a
frown to each other: two such weights together are at most 1.
"""

import numpy as np

from bridge.face.layer import Frame
from protocols.arkit import INDEX

_JAW_OPEN, _MOUTH_CLOSE = INDEX["jawOpen"], INDEX["mouthClose"]


def _pair(shape: str) -> slice:
    """The columns of a shape's left and right, which are neighbours."""
    return slice(INDEX[f"{shape}Left"], INDEX[f"{shape}Right"] + 1)


_BLINK, _WIDE = _pair("eyeBlink"), _pair("eyeWide")
_SMILE, _FROWN = _pair("mouthSmile"), _pair("mouthFrown")
_ZERO, _ONE = np.zeros((), np.float32), np.ones((), np.float32)


class Correctives:
    """Leaves a face alone, bit for bit, that a face can make."""

    def __init__(self, *, on: bool = True) -> None:
        """`on`: whether impossible faces are corrected. Weights are clamped in any case."""
        self._on = on
        self._room = np.zeros((0, 2), np.float32)

    def configure(self, settings: bool) -> None:
        self._on = settings

    def add_row(self, stream: str) -> None:
        self._room = np.zeros((len(self._room) + 1, 2), np.float32)

    def remove_row(self, row: int) -> None:
        self._room = np.zeros((len(self._room) - 1, 2), np.float32)

    def apply(self, frame: Frame) -> None:
        weights, room = frame.weights, self._room
        # fmax and fmin, because unlike clip they also turn a NaN into a number.
        np.fmax(weights, _ZERO, out=weights)
        np.fmin(weights, _ONE, out=weights)
        if not self._on:
            return
        close = weights[:, _MOUTH_CLOSE]
        np.minimum(close, weights[:, _JAW_OPEN], out=close)
        wide = weights[:, _WIDE]
        np.subtract(_ONE, weights[:, _BLINK], out=room)
        np.minimum(wide, room, out=wide)
        smile, frown = weights[:, _SMILE], weights[:, _FROWN]
        np.add(smile, frown, out=room)
        if np.maximum.reduce(room, axis=None, initial=0.0) > 1.0:
            np.maximum(room, _ONE, out=room)
            smile /= room
            frown /= room
