"""A face for any feeling, from the words that have one.

Two steps. First the direction: the basic emotions, and words that stand far from all of them, are
the corners of a hull around neutral. A direction meets one triangle of that hull, whose three faces
blend linearly; the distance from neutral is the intensity. Then the other words pull the faces
around them towards their own, by kernel ridge regression on what the first step leaves over. They
pull harder further from neutral, so that half a feeling keeps half its face.
"""

import itertools
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.names import BASIC_EMOTIONS
from bridge.offline.training.targets import EXCLUSIVE, Target, shipped_targets
from protocols.arkit import INDEX

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_APART = np.cos(np.radians(40))
"""A word is a corner if its direction is at least this far from every earlier corner,"""
_FAR = 0.6
"""and its point at least this far from neutral."""
_EMPTY = np.cos(np.radians(60))
"""A direction this far from every corner is given a neutral face."""

_ALONG = (0.25, 0.5, 0.75, 1.0)
"""The intensities at which a word pulls."""
_WIDE = 0.45
"""How far a pull reaches sideways, in radians."""
_LONG = 0.35
"""How far it reaches towards neutral and away from it."""
_LOOSE = 0.2
"""How far a word may end from its own face, where its neighbours disagree."""
_TIGHT = 0.02
"""The same for a corner."""
_TINY = 1e-9


class Blend:
    """The face of every feeling, for one set of targets."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self.targets = tuple(targets)
        points = np.array([target.point for target in targets], dtype=np.float64)
        faces = np.array([target.face for target in targets], dtype=np.float64)
        corners = _corners([target.word for target in targets], points)
        self._hull = _Hull(points[corners], faces[corners])
        self._ceiling = faces.max()
        along = np.array(_ALONG)
        self._anchors = (along[:, None, None] * points).reshape(-1, 3)
        wanted = (along[:, None, None] * faces).reshape(len(self._anchors), -1)
        left_over = wanted - self._hull.faces(self._anchors)
        loose = np.full(len(points), _LOOSE)
        loose[corners] = _TIGHT
        ridge = np.diag(np.outer(along, loose).ravel() ** 2)
        self._pulls = np.linalg.solve(_kernel(self._anchors, self._anchors) + ridge, left_over)

    def faces(self, vad: NDArray[np.floating]) -> Floats:
        """[n, 3] valence, arousal, dominance to [n, 52] target weights."""
        points = np.asarray(vad, dtype=np.float64)
        faces = self._hull.faces(points) + _kernel(points, self._anchors) @ self._pulls
        np.clip(faces, 0.0, self._ceiling, out=faces)
        for one, other in EXCLUSIVE:
            for side in ("Left", "Right"):
                pair = [INDEX[one + side], INDEX[other + side]]
                faces[:, pair] -= faces[:, pair].min(axis=1, keepdims=True)
        return faces.astype(np.float32)


@cache
def shipped_blend() -> Blend:
    """The faces that the shipped model learnt."""
    return Blend(shipped_targets())


class _Hull:
    """The hull of some directions, each with its face and how far from neutral it is full."""

    def __init__(self, points: Doubles, faces: Doubles) -> None:
        reach = np.linalg.norm(points, axis=1)
        empty = _empty_directions(points / reach[:, None])
        directions = np.concatenate([points / reach[:, None], empty])
        self._reach = np.concatenate([reach, np.ones(len(empty))])
        self._faces = np.concatenate([faces, np.zeros((len(empty), faces.shape[1]))])
        self._triangles = _triangles(directions)
        self._into_shares = np.linalg.inv(directions[self._triangles].transpose(0, 2, 1))

    def faces(self, points: Doubles) -> Doubles:
        """[n, 3] points to [n, 52] faces."""
        shares = np.einsum("tcd,nd->ntc", self._into_shares, points)
        met = shares.min(axis=2).argmax(axis=1)  # only there are all three positive
        shares = np.maximum(shares[np.arange(len(points)), met], 0.0)
        shares /= np.maximum(shares.sum(axis=1, keepdims=True), _TINY)
        corners = self._triangles[met]
        reach = (shares * self._reach[corners]).sum(axis=1)
        intensity = np.minimum(np.linalg.norm(points, axis=1) / np.maximum(reach, _TINY), 1.0)
        faces: Doubles = np.einsum("nc,ncw->nw", shares, self._faces[corners])
        faces *= intensity[:, None]
        return faces


def _corners(words: Sequence[str], points: Doubles) -> list[int]:
    """Which words are corners: the basic emotions, and others in order where there is room."""
    directions = points / np.linalg.norm(points, axis=1, keepdims=True)
    chosen = [i for i, word in enumerate(words) if word in BASIC_EMOTIONS]
    for i, direction in enumerate(directions):
        alone = all(direction @ directions[corner] < _APART for corner in chosen)
        if alone and np.linalg.norm(points[i]) >= _FAR:
            chosen.append(i)
    return chosen


def _empty_directions(taken: Doubles) -> Doubles:
    """Directions that are far from those taken, so that the hull of both surrounds neutral."""
    found: list[Doubles] = []
    for sides in itertools.product((-1, 0, 1), repeat=3):
        if any(sides):
            direction = np.array(sides) / np.linalg.norm(sides)
            if all(direction @ other < _EMPTY for other in (*taken, *found)):
                found.append(direction)
    return np.array(found).reshape(-1, 3)


def _triangles(directions: Doubles) -> NDArray[np.intp]:
    """[t, 3]: the directions at the corners of the hull's triangles. There are few directions, so
    every three are tried: all others must lie on one side of their plane."""
    found = []
    for corners in itertools.combinations(range(len(directions)), 3):
        one, two, three = directions[list(corners)]
        normal = np.cross(two - one, three - one)
        sides = (directions - one) @ normal
        flat = np.linalg.norm(normal) < _TINY
        if not flat and ((sides <= _TINY).all() or (sides >= -_TINY).all()):
            found.append(corners)
    return np.array(found)


def _kernel(points: Doubles, others: Doubles) -> Doubles:
    """[n, m]: how strongly each of the other points pulls at each point."""
    far, others_far = np.linalg.norm(points, axis=1), np.linalg.norm(others, axis=1)
    product = far[:, None] * others_far
    cosine = points @ others.T / np.maximum(product, _TINY)
    sideways = np.exp((cosine - 1.0) / _WIDE**2)
    lengthways = np.exp(-((far[:, None] - others_far) ** 2) / (2 * _LONG**2))
    pull: Doubles = product * sideways * lengthways
    return pull
