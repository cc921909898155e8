import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.model.network import VadToBlendshapes

Arrays = dict[str, NDArray[np.float32]]
MakeArrays = Callable[[int], Arrays]


@pytest.fixture(scope="module")
def cube() -> NDArray[np.float32]:
    """A grid over the whole cube, its corners included, and random points between."""
    axis = np.linspace(-1, 1, 9)
    grid = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
    between = np.random.default_rng(1).uniform(-1, 1, (3000, 3))
    return np.concatenate([grid, between]).astype(np.float32)


def pytorch_faces(arrays: Arrays, points: NDArray[np.float32]) -> NDArray[np.float32]:
    network = VadToBlendshapes().eval()
    network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    with torch.no_grad():
        faces: NDArray[np.float32] = network(torch.from_numpy(points)).numpy()
    return faces


def test_shipped_weights_give_the_same_faces_as_in_pytorch(cube: NDArray[np.float32]) -> None:
    arrays, _ = checkpoint.load(checkpoint.BUILTIN)
    np.testing.assert_allclose(Engine(arrays).run(cube), pytorch_faces(arrays, cube), atol=1e-5)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_random_weights_give_the_same_faces_as_in_pytorch(
    cube: NDArray[np.float32], random_arrays: MakeArrays, seed: int
) -> None:
    arrays = random_arrays(seed)
    faces = Engine(arrays).run(cube)
    assert 0.2 < np.mean((faces > 0) & (faces < 1)) < 1  # neither all clamped nor none
    np.testing.assert_allclose(faces, pytorch_faces(arrays, cube), atol=1e-5)


def test_streams_run_together_get_the_same_faces_as_alone(random_arrays: MakeArrays) -> None:
    engine = Engine(random_arrays(3))
    points = np.random.default_rng(4).uniform(-1, 1, (17, 3)).astype(np.float32)
    together = engine.run(points).copy()
    alone = np.concatenate([engine.run(point[None]).copy() for point in points])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_a_face_does_not_depend_on_earlier_calls(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(5)
    engine = Engine(arrays)
    point = np.array([[0.3, -0.7, 0.1]])
    first = engine.run(point).copy()
    for count in (4, 1, 0, 2):
        engine.run(np.ones((count, 3)))
    np.testing.assert_array_equal(engine.run(point), first)


def test_a_twin_gives_the_same_faces_and_leaves_the_buffers_alone(
    random_arrays: MakeArrays,
) -> None:
    engine = Engine(random_arrays(5))
    point = np.array([[0.3, -0.7, 0.1]])
    twin, face = engine.twin(), engine.run(point)
    expected = face.copy()
    twin.run(-point)
    twin.run(np.ones((4, 3)))
    np.testing.assert_array_equal(face, expected)
    np.testing.assert_array_equal(twin.run(point), expected)


def test_faces_are_float32_and_within_0_and_1(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(6)
    arrays["layers.12.bias"] = np.linspace(-3, 3, 52, dtype=np.float32)
    faces = Engine(arrays).run(np.zeros((2, 3)))
    assert faces.shape == (2, 52)
    assert faces.dtype == np.float32
    assert faces.min() == 0.0
    assert faces.max() == 1.0


def test_running_a_model_does_not_import_pytorch() -> None:
    program = (
        "import sys, numpy; from bridge.model import checkpoint, engine;"
        "arrays, _ = checkpoint.load(checkpoint.BUILTIN);"
        "engine.Engine(arrays).run(numpy.zeros((1, 3)));"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
