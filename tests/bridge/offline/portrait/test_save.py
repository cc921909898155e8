from pathlib import Path

import numpy as np
import pytest

from bridge.offline.portrait import Sheet, png_portrait, png_sheet, save_portrait, save_sheet

SHEET = Sheet(np.zeros((1, 1, 52)))


def test_pictures_are_written_as_png(tmp_path: Path) -> None:
    save_portrait(np.zeros(52), tmp_path / "face.PNG")
    save_sheet(SHEET, tmp_path / "sheet.png")
    assert (tmp_path / "face.PNG").read_bytes() == png_portrait(np.zeros(52))
    assert (tmp_path / "sheet.png").read_bytes() == png_sheet(SHEET)


def test_any_other_ending_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'face.jpg': its name must end in .png"):
        save_portrait(np.zeros(52), tmp_path / "face.jpg")
    with pytest.raises(ValueError, match="must end in"):
        save_sheet(SHEET, tmp_path / "sheet")
    assert list(tmp_path.iterdir()) == []
