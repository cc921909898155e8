import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from matplotlib.image import imread

from bridge.model.network import VadToBlendshapes
from bridge.offline.evaluation.card import BEGIN, END

Run = Callable[..., tuple[int, str, str]]


def test_a_model_and_the_shipped_one_are_printed_and_written_side_by_side(
    run: Run, tmp_path: Path
) -> None:
    theirs, figures, report = (tmp_path / n for n in ("best.pt", "figures.json", "report.html"))
    torch.save({"model": VadToBlendshapes().state_dict()}, theirs)
    status, out, err = run(
        *("evaluate", "--checkpoint", str(theirs), "--checkpoint", "shipped"),
        *("--json", str(figures), "--report", str(report)),
    )
    assert (status, err) == (0, "")

    named, _, shipped = out.partition("\nshipped\n")
    assert named.startswith(f"{theirs}\n")
    assert "MISSED" in named  # it was never trained
    assert "MISSED" not in shipped
    assert re.search(r"emotions read right at 1 +8 of 8 +goal: 8  met  \[.*people 59%", shipped)

    said = json.loads(figures.read_text(encoding="utf-8"))
    assert said["data"] == "facs"
    assert [model["name"] for model in said["models"]] == [str(theirs), "shipped"]
    untrained, ours = said["models"]
    assert ours["errors"]["mse"] < ours["errors"]["constant_mean_mse"] < untrained["errors"]["mse"]
    assert len(ours["recognition"][2]["read_as"]) == 8
    assert ours["terms"]["share"] >= 0.9
    assert ours["behaviour"]["largest_change"] <= 0.03

    page = report.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.count("<h2>") == 2
    assert page.count("<img") == 2 * 24


def test_without_options_the_shipped_model_is_measured_and_nothing_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, _ = run("evaluate")
    assert status == 0
    assert out.startswith("shipped\n")
    assert list(tmp_path.iterdir()) == []


def test_the_figures_of_a_model_card_are_replaced_and_its_text_is_kept(
    run: Run, tmp_path: Path
) -> None:
    card = tmp_path / "card.md"
    card.write_text(f"# A card\n\n{BEGIN}\nold figures\n{END}\n\nA limit.\n", encoding="utf-8")
    assert run("evaluate", "--card", str(card))[0] == 0
    text = card.read_text(encoding="utf-8")
    assert text.startswith(f"# A card\n\n{BEGIN}\n| measure | shipped | goal | beside it |\n")
    assert text.endswith(f"\n{END}\n\nA limit.\n")
    assert "old figures" not in text
    assert "| largest weight at neutral | 0.000000 ✓ | at most .000001 |  |" in text


def test_the_faces_are_drawn_as_a_sheet(run: Run, tmp_path: Path) -> None:
    assert run("evaluate", "--sheet", str(tmp_path / "faces.png"))[0] == 0
    height, width, _ = imread(tmp_path / "faces.png").shape
    assert (height, width) == (559, 1200)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--checkpoint", "none.safetensors"), "no such file"),
        (("--data", "faces"), "expected facs"),
        (("--card", "none.md"), r"none\.md"),
        (("--data", "emo3d:none.csv"), r"none\.csv"),
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
    status, out, err = run("evaluate", *arguments)
    assert (status, out) == (2, "")
    assert re.search(told, err)
