"""What a real face cannot do at once is kept apart, and every weight within 0 and 1."""

import numpy as np
from numpy.typing import NDArray

from bridge.face.layer import Frame
from protocols.arkit import INDEX

_CLOSE, _JAW = INDEX["mouthClose"], INDEX["jawOpen"]
_WIDE = np.array([INDEX["eyeWideLeft"], INDEX["eyeWideRight"]])
_BLINK = np.array([INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]])
_SMILE = np.array([INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]])
_FROWN = np.array([INDEX["mouthFrownLeft"], INDEX["mouthFrownRight"]])
_LEAST = np.float32(1e-6)


class Correctives:
    """The last layer that changes weights. Its setting is whether shapes are kept apart; the limits
    hold in any case."""

    def __init__(self, on: bool = True) -> None:
        self._on = on

    def configure(self, settings: bool) -> None:
        self._on = settings

    def add_row(self, stream: str) -> None:
        """Nothing is kept for a stream."""

    def remove_row(self, row: int) -> None:
        """Nothing is kept for a stream."""

    def apply(self, frame: Frame) -> None:
        weights = frame.weights
        # fmax and fmin, because unlike clip they also turn a NaN into a number.
        np.fmax(weights, 0.0, out=weights)
        np.fmin(weights, 1.0, out=weights)
        if self._on:
            keep_apart(weights)


def keep_apart(weights: NDArray[np.float32]) -> None:
    """Change weights in place, [streams, 52] within 0 and 1.

    - mouthClose closes the lips over an open jaw, so it is never above jawOpen.
    - A lid cannot be wide and shut.
    - Smile and frown pull at the same corners. Each loses what the other has of the two: a face of
      both shows both, neither at full strength.
    """
    np.minimum(weights[:, _CLOSE], weights[:, _JAW], out=weights[:, _CLOSE])
    wide = weights[:, _WIDE]
    if wide.any():
        weights[:, _WIDE] = np.minimum(wide, 1.0 - weights[:, _BLINK])
    smile, frown = weights[:, _SMILE], weights[:, _FROWN]
    both = smile * frown
    if both.any():
        loss = both / np.maximum(smile + frown, _LEAST)
        weights[:, _SMILE] = smile * (1.0 - loss)
        weights[:, _FROWN] = frown * (1.0 - loss)
