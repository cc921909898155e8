from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

Run = Callable[..., tuple[int, str, str]]

EXAMPLE = Path(__file__).parents[3] / "config.example.yaml"


def test_the_example_is_sound_and_printed_with_every_default(run: Run) -> None:
    status, out, err = run("check", str(EXAMPLE))
    assert (status, err) == (0, "")
    effective = yaml.safe_load(out)
    assert effective["fps"] == 60
    assert effective["max_streams"] == 64
    assert effective["outputs"][0]["bundle"] is True


def test_what_check_prints_is_a_configuration_that_comes_to_the_same(
    run: Run, tmp_path: Path
) -> None:
    _, first, _ = run("check", str(EXAMPLE))
    printed = tmp_path / "printed.yaml"
    printed.write_text(first, encoding="utf-8")
    assert run("check", str(printed)) == (0, first, "")


def test_every_mistake_is_reported_with_file_line_and_key(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "bridge.yaml"
    config.write_text("fpss: 60\nsymmetry: 2\n")
    status, out, err = run("check", str(config))
    assert (status, out) == (2, "")
    first, second = err.splitlines()
    assert first.startswith(f"{config}:1: fpss: ")
    assert "did you mean fps?" in first
    assert second.startswith(f"{config}:2: symmetry: ")


def test_check_shows_no_password(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    config = tmp_path / "bridge.yaml"
    config.write_text("inputs:\n  - {from: 'mqtt://me@h/a', password_env: SECRET}\n")
    status, out, _ = run("check", str(config))
    assert status == 0
    assert "SECRET" in out
    assert "hunter2" not in out
