"""Target faces for any feeling, from the action units that emotions are known by.

The emotions follow EMFACS and the strongest choices of the FACS manual (happiness 6+12, sadness
1+4+15, surprise 1+2+5+26, fear 1+2+4+5+20+25, anger 4+5+7+24, disgust 9+10+17, contempt 12+14 in
its two-sided form), with action units spelled as ARKit shapes. The strengths are judgements, kept
at or under .85 because people call more than that "too much". These are the stereotypes of faces,
right for avatars and wrong for judging people (Barrett et al. 2019).
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bridge.emotion import BASIC_EMOTIONS, emotion_to_vad
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
    "bored": {"eyeBlink": 0.35, "mouthFrown": 0.15, "eyeLookDown": 0.15},
    "shamed": {"eyeLookDown": 0.45, "browInnerUp": 0.35, "mouthPress": 0.30, "mouthFrown": 0.20},
}
"""Each emotion's face at full intensity; a shape without a side means both sides alike."""

_SHARPNESS = 60.0
"""How quickly one emotion gives way to its neighbour as the direction turns. Anger, disgust and
contempt stand only 19 to 28 degrees apart, so it has to be quick."""

Floats = NDArray[np.float32]


def full_face(emotion: str) -> Floats:
    """(52,) weights of one emotion at full intensity, in reference order."""
    face = np.zeros(len(INDEX), dtype=np.float32)
    for shape, weight in FULL_FACES.get(emotion, {}).items():
        for name in (shape, shape + "Left", shape + "Right"):
            if name in INDEX:
                face[INDEX[name]] = weight
    return face


def target_faces(vad: Floats) -> Floats:
    """[n, 3] valence, arousal, dominance to [n, 52] target weights.

    The direction from neutral chooses the emotion, blended smoothly between neighbours; the
    distance, measured against how far those emotions stand from neutral, gives the intensity.
    """
    points = np.array([emotion_to_vad(name) for name in FULL_FACES])
    faces = np.stack([full_face(name) for name in FULL_FACES])
    reach = np.linalg.norm(points, axis=1)
    distance = np.linalg.norm(vad, axis=1, keepdims=True)
    cosine = (vad @ points.T) / np.maximum(distance * reach, 1e-9)
    share = np.exp(_SHARPNESS * (cosine - cosine.max(axis=1, keepdims=True)))
    share /= share.sum(axis=1, keepdims=True)
    intensity = np.minimum(distance / (share @ reach)[:, None], 1.0)
    blended: Floats = (intensity * (share @ faces)).astype(np.float32)
    return blended


def sample_points(count: int, rng: np.random.Generator) -> Floats:
    """Points to train on: half spread over the whole cube, half around the basic emotions at every
    intensity, where people spend their time."""
    anywhere = rng.uniform(-1, 1, size=(count - count // 2, 3))
    basic = np.array([emotion_to_vad(name) for name in BASIC_EMOTIONS])
    chosen = basic[rng.integers(len(basic), size=count // 2)]
    near = chosen * rng.uniform(0, 1.1, size=(len(chosen), 1))
    near = np.clip(near + rng.normal(0, 0.06, size=near.shape), -1, 1)
    return np.concatenate([anywhere, near]).astype(np.float32)
