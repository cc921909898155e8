"""Puts the pieces of the head together."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bridge.offline.head import paint
from bridge.offline.head.brows import eyebrows
from bridge.offline.head.piece import Piece, cut_out, two_sided
from bridge.offline.head.proportions import at_rest, proportioned
from bridge.offline.head.shell import bare, hair, shirt
from bridge.offline.head.source import Source

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]

_LASHES_LENGTH = 0.6
_MOUTH = np.array([0.0, 6.7, 0.9])


def pieces(source: Source) -> list[Piece]:
    """Everything that is drawn, in the source's place and in decimetres."""
    rest = at_rest(source.positions, source.shapes)
    positions = proportioned(rest)
    shapes = proportioned(rest + source.shapes) - positions

    def piece(part: str, *groups: str, colour: Floats) -> Piece:
        quads = np.concatenate([source.groups[group] for group in groups])
        return cut_out(part, positions, shapes, quads, colour)

    bust = (positions[:, 1] > 4.9) & (np.abs(positions[:, 0]) < 1.95)
    body = source.groups["body"]
    body = body[bust[body].all(axis=1)]
    skin = paint.painted_skin(cut_out("skin", positions, shapes, body, paint.SKIN))
    teeth = np.concatenate([source.groups[f"helper-{row}-teeth"] for row in ("upper", "lower")])
    front = _facing_out(positions, teeth)
    lashes = piece("lashes", "helper-l-eyelashes-2", "helper-r-eyelashes-2", colour=paint.LASHES)
    return [
        bare(skin),
        piece("left eye", "helper-l-eye", colour=paint.WHITE),
        piece("right eye", "helper-r-eye", colour=paint.WHITE),
        # The edge between them is sharp, because they share no vertices.
        *(
            paint.painted_teeth(
                _behind_the_lips(cut_out("teeth", positions, shapes, quads, colour))
            )
            for quads, colour in ((teeth[front], paint.TEETH), (teeth[~front], paint.GUMS))
        ),
        paint.painted_tongue(piece("tongue", "helper-tongue", colour=paint.TONGUE)),
        two_sided(_shortened(lashes, skin)),
        eyebrows(skin),
        hair(skin),
        shirt(skin),
    ]


def _facing_out(positions: Floats, quads: Indices) -> Flags:
    """[quads]: which of the teeth's faces are seen from outside."""
    a, b, c, d = (positions[quads[:, corner]] for corner in range(4))
    across = np.cross(c - a, d - b)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    outwards = (a + b + c + d) / 4 - _MOUTH
    outwards[:, 1] = 0
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    facing: Flags = (across * outwards).sum(axis=1) > 0.5
    return facing


def _behind_the_lips(teeth: Piece) -> Piece:
    """The source's teeth show at the corners of the closed mouth; these do not."""
    return replace(teeth, positions=teeth.positions * (0.93, 1, 1) - (0, 0, 0.04))


def _shortened(lashes: Piece, skin: Piece) -> Piece:
    """The source's lashes are long, because they are meant for a picture with gaps."""
    apart = ((lashes.positions[:, None] - skin.positions[None]) ** 2).sum(axis=2)
    near = np.exp((apart.min(axis=1, keepdims=True) - apart) / 0.04**2)
    near /= near.sum(axis=1, keepdims=True)

    def shorter(tips: Floats, of_skin: Floats) -> Floats:
        roots = near @ of_skin
        result: Floats = roots + _LASHES_LENGTH * (tips - roots)
        return result

    return replace(
        lashes,
        positions=shorter(lashes.positions, skin.positions),
        shapes=shorter(lashes.shapes, skin.shapes),
    )
