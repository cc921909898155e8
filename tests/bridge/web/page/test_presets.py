import numpy as np
import pytest

from protocols.arkit import BLENDSHAPES
from protocols.face import Face
from protocols.vrm import PRESETS, TABLES, weigh_presets

WEIGH = """const [tables, shapes, faces] = given;
const presets = new module.Presets(tables, shapes);
return faces.map(([weights, feeling]) => presets.weigh(weights, feeling));"""


def test_the_page_weighs_presets_as_the_bridge_does(run):
    chance = np.random.default_rng(1)
    faces = [Face()]  # neutral has no direction
    for _ in range(200):
        face = Face()
        face.weights[:] = chance.random(52) * chance.integers(0, 2, 52)
        face.feeling[:] = chance.uniform(-1, 1, 3)
        faces.append(face)
    numbers = [[face.weights.tolist(), face.feeling.tolist()] for face in faces]
    found = run("presets", WEIGH, [TABLES, BLENDSHAPES, numbers])
    for face, weights in zip(faces, found, strict=True):
        expected = np.zeros(len(PRESETS["vrm1"]), np.float32)
        weigh_presets(face, expected)
        assert weights == pytest.approx(expected.tolist(), abs=1e-5)
