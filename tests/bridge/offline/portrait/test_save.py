from pathlib import Path

import numpy as np
import pytest

from bridge.offline.portrait import (
    Sheet,
    png_portrait,
    save_portrait,
    save_sheet,
    svg_portrait,
    svg_sheet,
)

SHEET = Sheet(np.zeros((1, 1, 52)))


def test_the_name_of_the_file_chooses_the_kind_of_picture(tmp_path: Path) -> None:
    save_portrait(np.zeros(52), tmp_path / "face.png")
    save_portrait(np.zeros(52), tmp_path / "face.SVG")
    save_sheet(SHEET, tmp_path / "sheet.svg")
    assert (tmp_path / "face.png").read_bytes() == png_portrait(np.zeros(52))
    assert (tmp_path / "face.SVG").read_text(encoding="utf-8") == svg_portrait(np.zeros(52))
    assert (tmp_path / "sheet.svg").read_text(encoding="utf-8") == svg_sheet(SHEET)


def test_any_other_ending_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'face.jpg': its name must end in .png or .svg"):
        save_portrait(np.zeros(52), tmp_path / "face.jpg")
    with pytest.raises(ValueError, match="must end in"):
        save_sheet(SHEET, tmp_path / "sheet")
    assert list(tmp_path.iterdir()) == []
