import torch
from torch import nn

from bridge.model.network import VadToBlendshapes


def test_the_network_has_exactly_as_many_parameters_as_the_reference() -> None:
    counted = sum(parameter.numel() for parameter in VadToBlendshapes().parameters())
    # 3·256+256, 256·512+512, 512·256+256, 256·52+52, and a scale and a shift for each norm
    assert counted == 1_024 + 131_584 + 131_328 + 13_364 + 2 * (256 + 512 + 256) == 279_348


def test_the_layers_stand_in_the_order_of_the_reference() -> None:
    network = VadToBlendshapes()
    block = [nn.Linear, nn.LayerNorm, nn.LeakyReLU, nn.Dropout]
    assert [type(layer) for layer in network.layers] == [*block, *block, *block, nn.Linear]
    linear = [layer for layer in network.layers if isinstance(layer, nn.Linear)]
    sizes = [(layer.in_features, layer.out_features) for layer in linear]
    assert sizes == [(3, 256), (256, 512), (512, 256), (256, 52)]
    norms = [layer for layer in network.layers if isinstance(layer, nn.LayerNorm)]
    assert [norm.normalized_shape for norm in norms] == [(256,), (512,), (256,)]


def test_outputs_are_clamped_but_training_sees_them_unclamped() -> None:
    network = VadToBlendshapes().eval()
    with torch.no_grad():
        last = network.layers[-1]
        last.bias.copy_(torch.linspace(-2, 3, 52))
        vad = torch.tensor([[0.1, -0.2, 0.3]])
        faces, unclamped = network(vad), network.unclamped(vad)
    assert unclamped.min() < -1
    assert unclamped.max() > 2
    assert torch.equal(faces, unclamped.clamp(0, 1))
