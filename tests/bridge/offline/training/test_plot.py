from pathlib import Path

import pytest

from bridge.offline.training.fit import History
from bridge.offline.training.plot import plot_history


@pytest.mark.parametrize(
    ("name", "begins"), [("loss.png", b"\x89PNG\r\n\x1a\n"), ("loss.svg", b"<?xml")]
)
def test_the_loss_curves_are_drawn_into_the_kind_of_file_asked_for(
    tmp_path: Path, name: str, begins: bytes
) -> None:
    plot_history(History([0.1, 0.01, 0.005], [0.12, 0.02, 0.01]), tmp_path / name)
    drawn = (tmp_path / name).read_bytes()
    assert drawn.startswith(begins)
    assert len(drawn) > 2000


def test_a_run_of_one_epoch_can_be_drawn(tmp_path: Path) -> None:
    plot_history(History([0.1], [0.1]), tmp_path / "loss.png")
    assert (tmp_path / "loss.png").stat().st_size > 0
