import numpy as np
import pytest
import torch

from bridge.model.engine import Engine
from bridge.model.network import VadToBlendshapes
from bridge.offline.training.last_layer import LastLayer
from protocols.arkit import BLENDSHAPES, PAIRS

SMILE = [BLENDSHAPES.index(name) for name in ("mouthSmileLeft", "mouthSmileRight")]
TONGUE, JAW = BLENDSHAPES.index("tongueOut"), BLENDSHAPES.index("jawOpen")


@pytest.fixture
def network() -> VadToBlendshapes:
    torch.manual_seed(3)
    return VadToBlendshapes().eval()


@pytest.fixture
def faces() -> np.ndarray:
    """Faces that use everything but the tongue, the jaw, and the right half of a smile."""
    faces = np.full((4, 52), 0.2, np.float32)
    faces[:, [TONGUE, JAW, SMILE[1]]] = 0
    return faces


POINTS = torch.from_numpy(np.random.default_rng(0).uniform(-1, 1, (200, 3)).astype(np.float32))


@pytest.mark.parametrize("tied", [True, False])
def test_folding_makes_the_network_give_the_shaped_outputs(
    network: VadToBlendshapes, faces: np.ndarray, tied: bool
) -> None:
    layer = LastLayer.made_for(faces, tied=tied)
    with torch.no_grad():
        shaped = layer.outputs(network, POINTS)
        layer.fold(network)
        torch.testing.assert_close(network.unclamped(POINTS), shaped, atol=5e-6, rtol=0)


def test_at_neutral_every_weight_is_exactly_zero_in_pytorch_and_in_numpy(
    network: VadToBlendshapes, faces: np.ndarray
) -> None:
    LastLayer.made_for(faces, tied=True).fold(network)
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    with torch.no_grad():
        assert not network(torch.zeros(1, 3)).any()
    assert not Engine(arrays).run(np.zeros((1, 3))).any()


def test_shapes_that_no_face_uses_are_zero_everywhere_by_construction(
    network: VadToBlendshapes, faces: np.ndarray
) -> None:
    LastLayer.made_for(faces, tied=True).fold(network)
    state = network.state_dict()
    for shape in (TONGUE, JAW):
        assert not state["layers.12.weight"][shape].any()
        assert not state["layers.12.bias"][shape].any()
    assert state["layers.12.weight"][SMILE].all()  # one side is enough to use both


def test_tied_sides_have_the_same_row(network: VadToBlendshapes, faces: np.ndarray) -> None:
    LastLayer.made_for(faces, tied=True).fold(network)
    weight = network.state_dict()["layers.12.weight"]
    bias = network.state_dict()["layers.12.bias"]
    for left, right in PAIRS:
        assert torch.equal(weight[left], weight[right])
        assert torch.equal(bias[left], bias[right])


def test_sides_that_are_not_tied_learn_for_themselves(
    network: VadToBlendshapes, faces: np.ndarray
) -> None:
    with torch.no_grad():
        outputs = LastLayer.made_for(faces, tied=False).outputs(network, POINTS)
    assert all((outputs[:, left] != outputs[:, right]).any() for left, right in PAIRS)
