import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from bridge.model.network import VadToBlendshapes
from protocols.arkit import BLENDSHAPES

Run = Callable[..., tuple[int, str, str]]


def weights_of(table: str) -> dict[str, float]:
    return {
        line.split()[0]: float(line.split()[1])
        for line in table.splitlines()
        if line.split() and line.split()[0] in BLENDSHAPES
    }


def test_a_table_has_the_point_and_every_shape_in_reference_order(run: Run) -> None:
    status, out, err = run("predict", "--emotion", "happiness", "--intensity", "0.9")
    assert status == 0
    assert err == ""
    assert out.startswith("valence +0.72, arousal +0.54, dominance +0.45\n")
    shown = weights_of(out)
    assert tuple(shown) == BLENDSHAPES
    assert shown["mouthSmileLeft"] > 0.4
    assert shown["mouthFrownLeft"] < 0.05


def test_json_has_the_point_and_the_weights_by_name(run: Run) -> None:
    status, out, _ = run("predict", "--vad", "0.8", "0.6", "-0.5", "--json")
    assert status == 0
    said = json.loads(out)
    assert (said["valence"], said["arousal"], said["dominance"]) == (0.8, 0.6, -0.5)
    assert tuple(said["weights"]) == BLENDSHAPES
    assert all(0 <= weight <= 1 for weight in said["weights"].values())


def test_a_point_and_its_emotion_have_the_same_face(run: Run) -> None:
    _, by_name, _ = run("predict", "--emotion", "anger")
    _, by_point, _ = run("predict", "--vad", "-0.7", "0.8", "0.7")
    assert by_name == by_point


def test_a_mixture_is_the_mean_of_its_faces_as_the_bridge_shows_it(run: Run) -> None:
    def face(emotion: str) -> np.ndarray:
        _, out, _ = run("predict", "--emotion", emotion, "--json")
        return np.array(list(json.loads(out)["weights"].values()))

    happy, sad = face("happiness"), face("sadness")
    assert face("happiness+sadness") == pytest.approx((happy + sad) / 2, abs=1e-5)
    assert face("happiness:0.7+sadness:0.3") == pytest.approx(0.7 * happy + 0.3 * sad, abs=1e-5)


def test_symmetry_is_enforced_when_asked(run: Run, tmp_path: Path) -> None:
    torch.manual_seed(0)
    uneven = tmp_path / "uneven.pt"  # the shipped model's sides are equal by themselves
    torch.save(VadToBlendshapes().state_dict(), uneven)
    arguments = ("predict", "--emotion", "sadness+fear", "--json", "--checkpoint", str(uneven))
    _, out, _ = run(*arguments, "--enforce-symmetry")
    weights = json.loads(out)["weights"]
    for name in weights:
        if name.endswith("Left"):
            assert weights[name] == weights[name.replace("Left", "Right")]
    assert run(*arguments)[1] != out


def test_a_face_is_drawn_into_the_file_asked_for(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "face.png"
    status, out, _ = run("predict", "--emotion", "surprise", "--plot", str(path))
    assert status == 0
    assert out.strip() == str(path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_another_checkpoint_and_order_are_used_when_given(run: Run, tmp_path: Path) -> None:
    network = VadToBlendshapes()
    with torch.no_grad():
        network.layers[-1].weight.zero_()
        network.layers[-1].bias.copy_(torch.linspace(0, 0.51, 52))
    path = tmp_path / "best_model.pt"
    torch.save({"model": network.state_dict()}, path)
    arguments = ("predict", "--vad", "0", "0", "0", "--checkpoint", str(path))
    plain = weights_of(run(*arguments)[1])
    assert list(plain.values()) == pytest.approx(np.linspace(0, 0.51, 52), abs=1e-4)
    shifted = weights_of(run(*arguments, "--output-order", "emo3d")[1])
    assert list(shifted.values()) == pytest.approx([*np.linspace(0.01, 0.51, 51), 0.0], abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--emotion", "hapiness"), "happiness"),
        (("--emotion", ""), "emotion"),
        (("--emotion", "fear", "--intensity", "2"), "intensity 2"),
        (("--emotion", "fear", "--intensity", "nan"), "intensity nan"),
        (("--vad", "nan", "0", "0"), "finite|between|from -1 to 1"),
        (("--vad", "0", "inf", "0"), "finite|between|from -1 to 1"),
        (("--vad", "0.1", "0.2"), "--vad"),
        (("--vad", "a", "b", "c"), "--vad"),
        (("--emotion", "fear", "--vad", "0", "0", "0"), "not allowed with"),
        ((), "required"),
        (("--emotion", "fear", "--checkpoint", "none.pt"), r"none\.pt: no such file"),
        (("--emotion", "fear", "--checkpoint", "hf://x"), "hf://owner/repository"),
        (("--emotion", "fear", "--plot", "face.bmp"), r"must end in \.png"),
        (("--emotion", "fear", "--plot", "no/such/folder/face.png"), "no/such/folder"),
        (("--emotion", "fear", "--json", "--plot", "face.png"), "not allowed with"),
        (("--emotion", "fear", "--output-order", "alphabetical"), "output-order"),
    ],
)
def test_a_mistake_is_reported_with_status_2(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run("predict", *arguments)
    assert status == 2
    assert out == ""
    assert re.search(told, err)
    assert "Traceback" not in err
