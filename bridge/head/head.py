"""Reads the head's asset and poses it.

The file is in the safetensors format: eight bytes with the length of a JSON header (little-endian),
the header, and the arrays that it names by type, shape and place. All numbers are little-endian,
and every array begins at a multiple of the size of its numbers.

| array | type | shape | meaning |
|---|---|---|---|
| `positions` | int16 | [vertices, 3] | x to its left, y up, z forwards, in steps of 0.01 mm |
| `colours` | uint8 | [vertices, 4] | red, green, blue (sRGB); how far it turns with the head |
| `parts` | uint8 | [vertices] | a number in the header's list of parts |
| `triangles` | uint16 | [triangles, 3] | vertices, counter-clockwise seen from outside |
| `moved` | uint16 | [moves] | the vertices that the shapes move, one shape after the other |
| `moves` | int16 | [moves, 3] | what the shape adds to `positions` at weight 1 |
| `ends` | uint32 | [52] | where each shape's moves end, in reference order |

The header's `__metadata__` has one entry, `head`, which is JSON: `parts`, the names of the parts;
`shapes`, the 52 names; `eyes`, the middle of the left and the right eyeball in steps.

The origin is where the head turns on the neck. A vertex that turns by t (0 to 255) of 255 lies at
(1 - t / 255) of where it is without the head's rotation and t / 255 of where it is with it. Normals
are not stored: they follow from the posed triangles.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from safetensors import safe_open

from bridge.head import HEAD, LOOK
from protocols.arkit import BLENDSHAPES

Floats = NDArray[np.float32]

METRES_A_STEP = 1e-5


@dataclass(frozen=True, slots=True)
class Head:
    """The head at rest and its shapes. Lengths are in metres."""

    positions: Floats
    """[vertices, 3]: x towards the head's left, y up, z forwards."""
    triangles: NDArray[np.intp]
    """[triangles, 3], counter-clockwise seen from outside."""
    colours: Floats
    """[vertices, 3]: red, green and blue (sRGB) from 0 to 1."""
    turns: Floats
    """[vertices]: how far each vertex turns with the head, from 0 (bust) to 1."""
    parts: NDArray[np.uint8]
    """[vertices]: a place in `part_names`."""
    part_names: tuple[str, ...]
    """The names of the parts."""
    shapes: Floats
    """[52, vertices, 3]: what each blendshape adds at weight 1, in reference order."""
    eyes: Floats
    """[2, 3]: the middle of the left and of the right eyeball."""

    def part(self, *names: str) -> NDArray[np.bool_]:
        """[vertices]: which vertices belong to one of these parts."""
        numbers = [self.part_names.index(name) for name in names]
        return np.isin(self.parts, numbers)

    def pose(self, weights: ArrayLike) -> Floats:
        """[vertices, 3]: the head with these weights, (52,) in reference order, not turned."""
        weights = np.asarray(weights, np.float32)
        moves = weights @ self.shapes.reshape(len(self.shapes), -1)
        return self.positions + moves.reshape(self.positions.shape)


@cache
def load_head(path: Path = HEAD) -> Head:
    """The head, read once.

    Raises:
        OSError: the file cannot be read.
        ValueError: its shapes are not the 52.
    """
    with safe_open(path, framework="numpy") as file:
        facts = json.loads(file.metadata()["head"])
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    if tuple(facts["shapes"]) != BLENDSHAPES:
        raise ValueError(f"{path}: its shapes are not the 52 in reference order")
    positions = arrays["positions"].astype(np.float32) * np.float32(METRES_A_STEP)
    shapes = np.zeros((len(BLENDSHAPES), *positions.shape), np.float32)
    shape_of = np.repeat(np.arange(len(BLENDSHAPES)), np.diff(arrays["ends"], prepend=0))
    shapes[shape_of, arrays["moved"]] = arrays["moves"] * np.float32(METRES_A_STEP)
    colours = arrays["colours"].astype(np.float32) / 255
    return Head(
        positions=positions,
        triangles=arrays["triangles"].astype(np.intp),
        colours=colours[:, :3],
        turns=colours[:, 3],
        parts=arrays["parts"],
        part_names=tuple(facts["parts"]),
        shapes=shapes,
        eyes=np.asarray(facts["eyes"], np.float32) * np.float32(METRES_A_STEP),
    )


@cache
def load_look() -> Mapping[str, Any]:
    """What `look.json` says, read once."""
    look: Mapping[str, Any] = json.loads(LOOK.read_text(encoding="utf-8"))
    return look
