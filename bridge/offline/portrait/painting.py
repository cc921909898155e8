"""The head as a picture: 52 weights and rotations to pixels, in NumPy."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bridge.head.head import Head, load_head, load_look
from bridge.offline.portrait.raster import Seen, rasterise
from bridge.offline.portrait.shading import eye_colours, glint, gloss_of_parts, lit

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

ASPECT = 1.25
"""The height of a portrait for a width of 1."""
_FINER = 2
"""Each pixel is the mean of so many by so many."""


def paint(
    weights: ArrayLike,
    rotations: ArrayLike | None = None,
    *,
    width: int = 256,
    height: int | None = None,
    view: tuple[float, float] = (0.0, 0.0),
    near: bool = False,
) -> Pixels:
    """Draw a face.

    Args:
        weights: (52,) from 0 to 1 in reference order.
        rotations: (3, 3): head, left eye and right eye as yaw, pitch and roll in radians, with the
            signs of `protocols.face.Face`. The eyeLook shapes turn the eyeballs already; the eyes'
            rotations are added to that.
        width: of the picture in pixels.
        height: of the picture in pixels; a quarter more than the width if not given.
        view: from where the whole bust is seen: yaw and pitch in radians.
        near: whether the face fills the picture, as a small one needs.

    Returns:
        [height, width, 4]: red, green, blue and opacity. Around the bust it is transparent.
    """
    height = round(width * ASPECT) if height is None else height
    head = load_head()
    turns = np.zeros((3, 3)) if rotations is None else np.asarray(rotations, np.float64)
    positions = _turn_eyes(head, head.pose(weights), turns[1:])
    posed = positions
    spin = rotation(*turns[0])
    positions = positions + head.turns[:, None] * (positions @ spin.T - positions)
    seen_from = rotation(*view, 0.0)
    camera = positions @ seen_from.T
    surface = _Surface(
        normals=_normals(camera, head, posed, seen_from @ spin),
        positions=posed,
        points=_on_screen(camera, width * _FINER, height * _FINER, near=near),
    )
    seen = rasterise(surface.points, head.triangles, width * _FINER, height * _FINER)
    fine = np.zeros((height * _FINER * width * _FINER, 4), np.float32)
    fine[seen.pixel, :3] = _colours(head, surface, seen)
    fine[seen.pixel, 3] = 1
    return _resolved(fine.reshape(height, _FINER, width, _FINER, 4))


def rotation(yaw: float, pitch: float, roll: float) -> Floats:
    """[3, 3]: a rotation of points in the axes of the head, by angles as `Face` has them."""
    (cy, sy), (cp, sp), (cr, sr) = ((np.cos(a), np.sin(a)) for a in (-yaw, pitch, roll))
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    result: Floats = (about_y @ about_x @ about_z).astype(np.float32)
    return result


class _Surface(NamedTuple):
    """What each vertex gives to the pixels: [vertices, 3] each."""

    normals: Floats
    positions: Floats
    points: Floats


def _turn_eyes(head: Head, positions: Floats, turns: NDArray[np.float64]) -> Floats:
    for name, middle, turn in zip(("left eye", "right eye"), head.eyes, turns, strict=True):
        if turn.any():
            eye = head.part(name)
            positions[eye] = middle + (positions[eye] - middle) @ rotation(*turn).T
    return positions


def _normals(camera: Floats, head: Head, posed: Floats, turned: Floats) -> Floats:
    corners = camera[head.triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.empty_like(camera)
    vertices = head.triangles.T.ravel()
    for axis in range(3):
        across = np.tile(faces[:, axis], 3)
        normals[:, axis] = np.bincount(vertices, across, len(camera))
    # An eyeball has few triangles and is a ball.
    for name, middle in zip(("left eye", "right eye"), head.eyes, strict=True):
        eye = head.part(name)
        normals[eye] = (posed[eye] - middle) @ turned.T
    return _unit(normals)


def _on_screen(camera: Floats, width: int, height: int, *, near: bool) -> Floats:
    """[vertices, 3]: x and y in pixels, and the distance."""
    look = load_look()["near_camera" if near else "camera"]
    x, y, z = (camera - np.asarray(look["target"], np.float32)).T
    distance = np.float32(look["distance"]) - z
    scale = np.float32(height / look["height"] * look["distance"]) / distance
    points = [width / 2 + x * scale, height / 2 - y * scale, distance]
    return np.stack(points, axis=1).astype(np.float32)


def _colours(head: Head, surface: _Surface, seen: Seen) -> Floats:
    """[seen, 3] sRGB."""
    corners = head.triangles[seen.triangle]
    first = corners[:, 0]

    def mixed(values: Floats) -> Floats:
        result: Floats = np.einsum("pca,pc->pa", values.take(corners, axis=0), seen.shares)
        return result

    normals = _unit(mixed(surface.normals))
    colours = mixed(head.colours)
    parts = head.parts[first]
    for number, name in enumerate(head.part_names):
        if name.endswith("eye"):
            here = np.flatnonzero(parts == number)
            middle = head.eyes[(name == "right eye" and 1) or 0]
            eye = seen._replace(shares=seen.shares[here])
            rest = np.einsum("pca,pc->pa", head.positions[corners[here]], eye.shares)
            posed = np.einsum("pca,pc->pa", surface.positions[corners[here]], eye.shares)
            colours[here] = eye_colours(_unit(rest - middle), _unit(posed - middle))
    shown = lit(colours, normals, gloss_of_parts(head.part_names)[parts])
    eyes = np.flatnonzero(head.part("left eye", "right eye")[first])
    shown[eyes] += glint(normals[eyes]) * (1 - shown[eyes])
    return shown


def _resolved(fine: Floats) -> Pixels:
    total = fine.sum(axis=(1, 3))
    covered = total[..., 3:].clip(1)
    colours = total[..., :3] / covered
    opacity = total[..., 3:] / fine.shape[1] / fine.shape[3]
    result: Pixels = np.rint(np.concatenate([colours, opacity], axis=2) * 255).astype(np.uint8)
    return result


def _unit(vectors: Floats) -> Floats:
    result: Floats = vectors / np.sqrt((vectors * vectors).sum(axis=1, keepdims=True)).clip(1e-12)
    return result
