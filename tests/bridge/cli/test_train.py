import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch

from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.offline.training.fit import Training
from bridge.offline.training.recipe import Recipe
from bridge.offline.training.targets import read_targets, shipped_targets
from protocols.arkit import INDEX

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Matrices this small are many times slower on several threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


TINY = ("--samples", "120", "--batch", "64")


def test_training_writes_weights_that_can_be_read_and_says_how_good_they_are(
    run: Run, tmp_path: Path
) -> None:
    weights, loss = tmp_path / "weights.safetensors", tmp_path / "loss.png"
    status, out, err = run(
        *("train", str(weights), *TINY, "--epochs", "2", "--seed", "5", "--plot", str(loss))
    )
    assert status == 0
    arrays, header = checkpoint.load(weights)
    assert all(np.isfinite(array).all() for array in arrays.values())
    recipe = header.training["recipe"]
    assert recipe | {"seed": 5, "epochs": 2, "samples": 120, "batch": 64} == recipe
    assert header.training["metrics"]["mse"] > 0
    assert header.training["metrics"]["constant_mean_mse"] > 0
    assert "2/2" in err  # the progress bar
    assert "constant mean face" in out
    assert loss.read_bytes().startswith(b"\x89PNG")
    assert {path.name for path in tmp_path.iterdir()} == {"weights.safetensors", "loss.png"}


def test_every_number_of_the_recipe_can_be_set(run: Run, tmp_path: Path) -> None:
    numbers = {
        field.name: field.default * 0.5 or 0.01 for field in fields(Recipe) if field.type is float
    }
    options = [f"--{name.replace('_', '-')}={number}" for name, number in numbers.items()]
    weights = tmp_path / "weights.safetensors"
    assert run("train", str(weights), *TINY, "--epochs", "1", *options)[0] == 0
    recipe = checkpoint.load(weights)[1].training["recipe"]
    assert recipe | numbers == recipe


def test_sides_are_tied_unless_that_is_turned_off(run: Run, tmp_path: Path) -> None:
    tied, free = tmp_path / "tied.safetensors", tmp_path / "free.safetensors"
    assert run("train", str(tied), *TINY, "--epochs", "1")[0] == 0
    assert run("train", str(free), *TINY, "--epochs", "1", "--no-tie")[0] == 0
    left, right = (INDEX[f"mouthSmile{side}"] for side in ("Left", "Right"))
    matrices = [checkpoint.load(path)[0]["layers.12.weight"] for path in (tied, free)]
    assert [np.array_equal(matrix[left], matrix[right]) for matrix in matrices] == [True, False]


def test_a_face_of_ones_own_is_learnt_from_a_file_of_targets(run: Run, tmp_path: Path) -> None:
    mine, weights = tmp_path / "mine.yaml", tmp_path / "mine.safetensors"
    mine.write_text(
        "happiness: {point: [.8, .6, .5], shapes: {tongueOut: .8, mouthSmile: .4}}\n",
        encoding="utf-8",
    )
    recipe = ("--samples", "1500", "--epochs", "15", "--batch", "64")
    status, _, err = run("train", str(weights), "--targets", str(mine), *recipe)
    assert status == 0, err
    arrays, header = checkpoint.load(weights)
    [face] = Engine(arrays).run(np.array([[0.8, 0.6, 0.5]]))
    assert face[INDEX["tongueOut"]] == pytest.approx(0.7, abs=0.1)  # after so short a training
    assert face[INDEX["mouthSmileRight"]] == pytest.approx(0.35, abs=0.1)
    shown = {name for name, index in INDEX.items() if face[index]}
    assert shown == {"tongueOut", "mouthSmileLeft", "mouthSmileRight"}
    assert header.training["targets"] == "mine.yaml"


def test_the_shipped_targets_are_printed_to_be_changed(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("train", "--print-targets")
    assert status == 0
    copy = tmp_path / "mine.yaml"
    copy.write_text(out, encoding="utf-8")
    assert [t.word for t in read_targets(copy)] == [t.word for t in shipped_targets()]


def test_a_mistake_in_the_targets_is_told_with_its_line(run: Run, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("joy:\n  shapes:\n    smile: .5\n", encoding="utf-8")
    status, out, err = run("train", str(tmp_path / "w.safetensors"), "--targets", str(mine))
    assert (status, out) == (2, "")
    assert f"{mine}:3: joy.shapes.smile: not a blendshape" in err


def test_the_same_seed_writes_the_same_file(run: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert run("train", str(tmp_path / name), *TINY, "--epochs", "1")[0] == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_interrupted_run_is_resumed_with_the_same_result(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, halved = tmp_path / "whole.safetensors", tmp_path / "halved.safetensors"
    arguments = (*TINY, "--epochs", "4")
    assert run("train", str(whole), *arguments)[0] == 0

    save_state = Training.save_state

    def interrupted(training: Training, path: Path) -> None:
        save_state(training, path)
        if training.epoch == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Training, "save_state", interrupted)
        assert run("train", str(halved), *arguments)[0] == 130
    assert not halved.exists()
    status, _, err = run("train", str(halved), *arguments, "--resume")
    assert status == 0
    assert "4/4" in err
    assert halved.read_bytes() == whole.read_bytes()


def test_there_is_nothing_to_resume_from(run: Run, tmp_path: Path) -> None:
    status, _, err = run(
        "train", str(tmp_path / "face.safetensors"), *TINY, "--epochs", "1", "--resume"
    )
    assert status == 1
    assert "face.state.pt" in err


def test_training_on_emo3d_says_what_was_read_and_skipped(run: Run, tmp_path: Path) -> None:
    names = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,blenshape_score_1"
    face = "[" + " ".join(["0.1"] * 52) + "]"
    rows = [names, *[f"0,1,0,0,0,0,0,0,{face}"] * 20, "0,1,0,0,0,0,0,0,[0.1]"]
    (tmp_path / "train.csv").write_text("\n".join(rows) + "\n")
    status, out, _ = run(
        *("train", str(tmp_path / "w.safetensors"), *TINY, "--epochs", "1"),
        *("--data", f"emo3d:{tmp_path / 'train.csv'}"),
    )
    assert status == 0
    assert "20 faces" in out
    assert "a face of 1 numbers; expected 52" in out


def test_an_unwritable_file_is_reported_before_the_work(run: Run, tmp_path: Path) -> None:
    status, out, err = run(
        "train", str(tmp_path / "none" / "weights.safetensors"), *TINY, "--epochs", "1"
    )
    assert (status, out) == (2, "")
    assert "epoch" not in err
    assert "none" in err


def test_a_plot_that_cannot_be_drawn_is_reported_before_the_work(run: Run, tmp_path: Path) -> None:
    status, _, err = run(
        *("train", str(tmp_path / "w.safetensors"), *TINY, "--epochs", "1"),
        *("--plot", str(tmp_path / "none" / "loss.png")),
    )
    assert status == 2
    assert "epoch" not in err


@pytest.mark.parametrize(
    "numbers",
    [
        ("--epochs", "0"),
        ("--batch", "0"),
        ("--samples", "0"),
        ("--samples", "5"),
        ("--seed", "-1"),
        ("--dropout", "2"),
        ("--validation-share", "1.5"),
        ("--learning-rate", "nan"),
        ("--data", "faces"),
        ("--data", "emo3d:none.csv"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_reported_without_a_traceback(
    run: Run, tmp_path: Path, numbers: tuple[str, ...]
) -> None:
    weights = tmp_path / "weights.safetensors"
    status, _, err = run("train", str(weights), *TINY, "--epochs", "1", *numbers)
    assert status in {1, 2}
    assert err
    assert not weights.exists()


def test_divergence_ends_the_run_with_status_1_and_advice(run: Run, tmp_path: Path) -> None:
    status, _, err = run(
        *("train", str(tmp_path / "w.safetensors"), *TINY, "--epochs", "20"),
        *("--divergence", "0.5"),  # no loss is half of the lowest
    )
    assert status == 1
    assert "smaller learning rate" in err


def test_without_pytorch_training_says_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['torch'] = None; from bridge.cli import main;"
        f"sys.exit(main(['train', {str(tmp_path / 'weights')!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install" in done.stderr
    assert "train]" in done.stderr
