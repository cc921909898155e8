"""The pieces of the head as the bytes of `bridge/head/head.safetensors`."""

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from bridge.offline.head.piece import Piece, step
from protocols.arkit import BLENDSHAPES

Floats = NDArray[np.float64]

PIVOT = np.array([0.0, 6.75, 0.25])
"""Where the head turns on the neck, in decimetres of the source; the origin of the asset."""

_STEPS = 10_000
"""Steps of 0.01 mm in a decimetre."""
_SMALLEST_MOVE = 0.002
"""In decimetres. Smaller moves are left out; greater ones begin there at nothing."""


def asset(pieces: Sequence[Piece]) -> bytes:
    """The bytes of the asset, whose format `bridge.head.head` describes.

    Raises:
        ValueError: more vertices than two bytes can count, or a head too large for the steps.
    """
    positions = np.concatenate([piece.positions for piece in pieces])
    if len(positions) > 2**16:
        raise ValueError(f"{len(positions)} vertices; the format has room for {2**16}")
    part_names = list(dict.fromkeys(piece.part for piece in pieces))
    parts = [np.full(len(piece.positions), part_names.index(piece.part)) for piece in pieces]
    starts = np.cumsum([0, *(len(piece.positions) for piece in pieces)])
    triangles = [piece.triangles + start for piece, start in zip(pieces, starts, strict=False)]
    colours = np.concatenate([piece.colours for piece in pieces]).clip(0, 1)
    turns = _turns(positions)
    moved, moves, ends = _sparse(np.concatenate([piece.shapes for piece in pieces], axis=1))
    facts = {
        "eyes": [
            _steps(_middle(piece.positions) - PIVOT).tolist()
            for name in ("left eye", "right eye")
            for piece in pieces
            if piece.part == name
        ],
        "parts": part_names,
        "shapes": list(BLENDSHAPES),
    }
    arrays = {
        "positions": _steps(positions - PIVOT),
        "colours": np.rint(np.column_stack([colours, turns]) * 255).astype(np.uint8),
        "parts": np.concatenate(parts).astype(np.uint8),
        "triangles": np.concatenate(triangles).astype(np.uint16),
        "moved": moved.astype(np.uint16),
        "moves": _steps(moves),
        "ends": ends.astype(np.uint32),
    }
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return save(contiguous, metadata={"head": json.dumps(facts)})


def _sparse(shapes: Floats) -> tuple[NDArray[np.intp], Floats, NDArray[np.intp]]:
    """The vertices that each shape moves, their moves, and where each shape ends."""
    far = np.linalg.norm(shapes, axis=2)
    soft = 1 - (_SMALLEST_MOVE / far.clip(_SMALLEST_MOVE)) ** 2
    moves = shapes * soft[..., None]
    shape, vertex = np.nonzero(np.abs(moves).max(axis=2) >= 0.5 / _STEPS)
    return vertex, moves[shape, vertex], np.cumsum(np.bincount(shape, minlength=len(shapes)))


def _turns(positions: Floats) -> Floats:
    """How far each vertex turns with the head: the skull fully, the shoulders not at all."""
    # The axis of the neck leans forwards.
    return step(5.95, 6.6, positions[:, 1] + 0.35 * positions[:, 2])


def _middle(eye: Floats) -> Floats:
    """The middle of an eyeball, of which the front bulges."""
    low, high = eye.min(axis=0), eye.max(axis=0)
    radius = (high[1] - low[1]) / 2
    return np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2] + radius])


def _steps(lengths: Floats) -> NDArray[np.int16]:
    steps = np.rint(lengths * _STEPS)
    if np.abs(steps).max(initial=0) >= 2**15:
        raise ValueError("the head is too large for the steps of the format")
    return steps.astype(np.int16)
