"""Target faces for any feeling, from the action units that emotions are known by.

The emotions follow EMFACS and the strongest choices of the FACS manual (happiness 6+12, sadness
1+4+15, surprise 1+2+5+26, fear 1+2+4+5+20+25, anger 4+5+7+24, disgust 9+10+17, contempt 12+14 in
its two-sided form), with action units spelled as ARKit shapes. The strengths are judgements, kept
at or under .85 because people call more than that "too much". These are the stereotypes of faces,
right for avatars and wrong for judging people (Barrett et al. 2019).
"""

import itertools
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.names import emotion_to_vad
from protocols.arkit import INDEX

FULL_FACES: Mapping[str, Mapping[str, float]] = {
    "happiness": {
        "mouthSmile": 0.80,
        "cheekSquint": 0.60,
        "eyeSquint": 0.40,
        "mouthUpperUp": 0.15,
        "mouthDimple": 0.10,
        "jawOpen": 0.08,
    },
    "sadness": {
        "browInnerUp": 0.75,
        "mouthFrown": 0.65,
        "mouthShrugLower": 0.30,
        "eyeSquint": 0.20,
        "browDown": 0.15,
        "eyeBlink": 0.15,
        "eyeLookDown": 0.15,
        "mouthPress": 0.10,
    },
    "anger": {
        "browDown": 0.85,
        "eyeSquint": 0.45,
        "mouthPress": 0.45,
        "noseSneer": 0.35,
        "mouthFrown": 0.25,
        "mouthShrugLower": 0.20,
        "eyeWide": 0.15,
        "jawForward": 0.15,
        "mouthUpperUp": 0.10,
    },
    "fear": {
        "browInnerUp": 0.80,
        "eyeWide": 0.75,
        "mouthStretch": 0.50,
        "browOuterUp": 0.40,
        "browDown": 0.25,
        "jawOpen": 0.20,
        "mouthLowerDown": 0.20,
    },
    "disgust": {
        "noseSneer": 0.80,
        "mouthUpperUp": 0.55,
        "browDown": 0.45,
        "eyeSquint": 0.35,
        "mouthFrown": 0.30,
        "mouthShrugLower": 0.30,
        "cheekSquint": 0.20,
    },
    "surprise": {
        "browOuterUp": 0.80,
        "browInnerUp": 0.75,
        "eyeWide": 0.70,
        "jawOpen": 0.45,
        "mouthFunnel": 0.10,
    },
    "contempt": {
        "mouthDimple": 0.25,
        "mouthPress": 0.20,
        "eyeSquint": 0.25,
        "mouthSmile": 0.10,
    },
    "relaxed": {"mouthSmile": 0.15, "eyeBlink": 0.15},
    # Bored stands close to sadness, and borrows of its brow and mouth to be reached gently.
    "bored": {"eyeBlink": 0.35, "browInnerUp": 0.25, "mouthFrown": 0.25, "eyeLookDown": 0.15},
    "sleepy": {"eyeBlink": 0.45},
    "relief": {"mouthSmile": 0.30, "eyeBlink": 0.25, "cheekPuff": 0.20},
    "carefree": {
        "mouthSmile": 0.60,
        "cheekSquint": 0.40,
        "eyeSquint": 0.25,
        "jawOpen": 0.10,
        "tongueOut": 0.15,
    },
    "awed": {"browInnerUp": 0.40, "browOuterUp": 0.30, "eyeWide": 0.30, "jawOpen": 0.20},
    "protected": {"mouthSmile": 0.30, "browInnerUp": 0.20, "eyeBlink": 0.15},
}
"""Each emotion's face at full intensity; a shape without a side means both sides alike. The seven
after the basic emotions fill the directions of the cube that those leave empty."""

EXCLUSIVE = (("mouthSmile", "mouthFrown"), ("eyeWide", "eyeBlink"))
"""Pairs of which only what one has more than the other shows."""

Floats = NDArray[np.float32]


def full_face(emotion: str) -> Floats:
    """(52,) weights of one emotion at full intensity, in reference order."""
    face = np.zeros(len(INDEX), dtype=np.float32)
    for shape, weight in FULL_FACES.get(emotion, {}).items():
        for name in (shape, shape + "Left", shape + "Right"):
            if name in INDEX:
                face[INDEX[name]] = weight
    return face


def target_faces(vad: NDArray[np.floating]) -> Floats:
    """[n, 3] valence, arousal, dominance to [n, 52] target weights.

    The direction from neutral lies between three of the emotions, whose faces blend linearly: the
    gentlest way from one to the next. The distance, measured against how far those three stand
    from neutral, gives the intensity.
    """
    shares, corners = _shares(vad)
    reach = (shares * _REACH[corners]).sum(axis=1)
    distance = np.linalg.norm(vad, axis=1)
    intensity = np.minimum(distance / np.maximum(reach, _TINY), 1.0)
    faces = np.einsum("nc,ncw->nw", shares, _FACES[corners]) * intensity[:, None]
    for one, other in EXCLUSIVE:
        for side in ("Left", "Right"):
            pair = [INDEX[one + side], INDEX[other + side]]
            faces[:, pair] -= faces[:, pair].min(axis=1, keepdims=True)
    targets: Floats = faces.astype(np.float32)
    return targets


_TINY = 1e-9
_POINTS = np.array([emotion_to_vad(name) for name in FULL_FACES])
_REACH = np.linalg.norm(_POINTS, axis=1)
_DIRECTIONS = _POINTS / _REACH[:, None]
_FACES = np.stack([full_face(name) for name in FULL_FACES])


def _triangles() -> NDArray[np.intp]:
    """[t, 3]: the emotions at the corners of the hull of all directions. With so few of them, every
    three are tried: all others have to lie on one side of their plane."""
    found = []
    for corners in itertools.combinations(range(len(_DIRECTIONS)), 3):
        one, two, three = _DIRECTIONS[list(corners)]
        normal = np.cross(two - one, three - one)
        sides = (_DIRECTIONS - one) @ normal
        if (sides <= _TINY).all() or (sides >= -_TINY).all():
            found.append(corners)
    return np.array(found)


_CORNERS = _triangles()
_INTO_SHARES = np.linalg.inv(_DIRECTIONS[_CORNERS].transpose(0, 2, 1))


def _shares(vad: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """[n, 3] shares that sum to 1 and [n, 3] emotions: the triangle that each direction meets."""
    shares = np.einsum("tcd,nd->ntc", _INTO_SHARES, vad)
    met = shares.min(axis=2).argmax(axis=1)  # only there are all three positive
    chosen = np.maximum(shares[np.arange(len(vad)), met], 0.0)
    return chosen / np.maximum(chosen.sum(axis=1, keepdims=True), _TINY), _CORNERS[met]
