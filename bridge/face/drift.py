"""What moves in a face at rest, how far and how fast: sines, and what each of them moves.

The shapes, their standard deviations and their speed are those of ARKit capture at 60 fps, of one
performer at rest with open lids: half of the power is below .1 to .2 Hz and 90 % below .3 to .7 Hz
for skin. Breath and sway are judgements.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import BLENDSHAPES

OPEN_HALF = math.sqrt(0.5 - 0.5 / math.pi)
"""The standard deviation of max(x, 0) where x is normal."""


def soft(x: NDArray[np.float32], room: NDArray[np.float32]) -> None:
    """Bring numbers within -1 to 1 without an edge: x / √(1 + x²), in place.

    A drift that moves as much as a recorded one then goes hardly half as far at its furthest.
    """
    np.multiply(x, x, out=room)
    room += 1.0
    np.sqrt(room, out=room)
    x /= room


def _open_half_of_soft() -> float:
    """The standard deviation of max(soft(x), 0) where x is normal: what a shape shows of its drift
    that the emotion leaves at 0."""
    x = np.linspace(0.0, 8.0, 8001)
    chance = np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi) * (x[1] - x[0])
    shown = x / np.sqrt(1.0 + x * x)
    return math.sqrt(float(chance @ shown**2) - float(chance @ shown) ** 2)


_OPEN_HALF_OF_SOFT = _open_half_of_soft()

_BANDS = ((0.05, 0.22), (0.09, 0.26), (0.15, 0.24), (0.26, 0.18), (0.45, 0.10))
"""Frequencies of the skin in Hz, and their shares of the power."""
_SOURCES = {"smile": 1.0, "nose": 1.07, "jaw": 0.94, "brow": 1.13}
"""What moves the skin, and the factor of its frequencies, so that no two go together."""
_DRIFT: Mapping[str, tuple[float, Mapping[str, float]]] = {
    "mouthSmile": (0.06, {"smile": 1.0}),
    "cheekSquint": (0.06, {"smile": 0.9, "nose": 0.4}),
    "eyeSquint": (0.03, {"smile": 0.7, "brow": -0.7}),
    "noseSneer": (0.045, {"nose": 1.0}),
    "jawOpen": (0.05, {"jaw": 1.0}),
    "mouthLowerDown": (0.05, {"jaw": 0.8, "smile": 0.6}),
    "mouthShrugLower": (0.02, {"jaw": -0.8, "nose": 0.6}),
    "eyeWide": (0.02, {"brow": 1.0}),
    "browInnerUp": (0.015, {"brow": 0.8, "nose": 0.6}),
}
"""The standard deviation of each shape, as measured, and how much each source moves it. Signs
differ where one shape rests while the other moves, so that hardly ever all rest at once."""
_EYES = ("eyeLookDown", "eyeBlink")

_SWAY_BANDS = ((0.04, 0.30), (0.07, 0.30), (0.12, 0.25), (0.21, 0.15))
_SWAY = {"yaw": (1.2, 1.0), "pitch": (0.8, 1.11), "roll": (0.6, 0.91)}
"""The standard deviation of each of the head's angles in degrees, and the factor of its
frequencies."""

_BREATH = 14 / 60
"""Breaths a second at rest. Adults breathe 12 to 20 times a minute."""
_BREATH_WAVE = (1.0, 0.25)  # the second makes breathing in quicker than breathing out
_BREATHES = {"noseSneer": 0.012, "jawOpen": 0.012}
_BREATH_LIFTS = 0.35  # degrees that the head rises

Kind = Literal["drift", "sway", "breath"]

# What the sines move, by columns: nothing, the shapes, the eyes with the lids, the head's angles.
_COLUMN = {shape: column for column, shape in enumerate(_DRIFT, 1)}
EYES = len(_DRIFT) + 1
"""The column of eyeLookDown and eyeBlink, which no sine moves."""
HEAD = slice(EYES + 1, EYES + 4)
"""The columns of yaw, pitch and roll, in radians."""


def _column_of(name: str) -> int:
    shape = name.removesuffix("Left").removesuffix("Right")
    return EYES if shape in _EYES else _COLUMN.get(shape, 0)


COLUMN_OF = np.array([_column_of(name) for name in BLENDSHAPES], np.intp)
"""The column of each of the 52. Partners have the same one, so that left equals right."""

SIZE = np.zeros(EYES + 1, np.float32)
"""[columns before the head's]: how far each moves at most."""
for _shape, (_deviation, _) in _DRIFT.items():
    SIZE[_COLUMN[_shape]] = _deviation / _OPEN_HALF_OF_SOFT


class _Sine(NamedTuple):
    kind: Kind
    frequency: float
    moves: Mapping[int, float]
    """Amplitudes by column."""


def _sines() -> Iterator[_Sine]:
    for source, factor in _SOURCES.items():
        for frequency, share in _BANDS:
            amplitude = math.sqrt(2.0 * share)
            moves = {
                _COLUMN[shape]: amplitude * part / math.hypot(*by.values())
                for shape, (_, by) in _DRIFT.items()
                if (part := by.get(source))
            }
            yield _Sine("drift", frequency * factor, moves)
    for column, (degrees, factor) in enumerate(_SWAY.values(), HEAD.start):
        for frequency, share in _SWAY_BANDS:
            amplitude = math.radians(degrees) * math.sqrt(2.0 * share)
            yield _Sine("sway", frequency * factor, {column: amplitude})
    for multiple, part in enumerate(_BREATH_WAVE, 1):
        moves = {
            _COLUMN[shape]: part * size / SIZE[_COLUMN[shape]] for shape, size in _BREATHES.items()
        }
        moves[HEAD.start + 1] = -part * math.radians(_BREATH_LIFTS)
        yield _Sine("breath", multiple * _BREATH, moves)


_ALL = tuple(_sines())

SPEED = 2.0 * math.pi * np.array([sine.frequency for sine in _ALL])
"""[sines]: radians a second at rest."""
MOVES: NDArray[np.float32] = np.array(
    [[sine.moves.get(column, 0.0) for column in range(HEAD.stop)] for sine in _ALL], np.float32
)
"""[sines, columns]: the amplitude of each sine in each column. Of the shapes' columns, the drift
has a standard deviation of 1, and `soft` and `SIZE` make of it what is shown."""

KINDS: tuple[Kind, ...] = tuple(sine.kind for sine in _ALL)
"""[sines]"""
