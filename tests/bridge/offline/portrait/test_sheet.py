import numpy as np
import pytest

from bridge.offline.portrait import Sheet
from bridge.offline.portrait.sheet import CELL_HEIGHT as HEIGHT
from bridge.offline.portrait.sheet import CELL_WIDTH as WIDTH

FACES = np.arange(6 * 52).reshape(2, 3, 52) / 400


def test_portraits_stand_in_rows_and_do_not_overlap() -> None:
    cells = list(Sheet(FACES).cells())
    corners = [(cell.left, cell.top) for cell in cells]
    assert corners[0] == (0, 0)
    assert corners[1][0] > WIDTH
    assert corners[1][1] == 0
    assert corners[3][0] == 0
    assert corners[3][1] > HEIGHT
    np.testing.assert_array_equal([cell.weights for cell in cells], FACES.reshape(6, 52))


def test_everything_lies_on_the_sheet() -> None:
    sheet = Sheet(FACES, row_captions=["0.4", "1"], column_captions=["joy", "fear", "surprise"])
    right, bottom = sheet.size
    assert max(cell.left + WIDTH for cell in sheet.cells()) == right
    assert max(cell.top + HEIGHT for cell in sheet.cells()) == bottom
    assert all(0 < caption.x < right and 0 < caption.y < bottom for caption in sheet.captions())


def test_captions_stand_above_columns_and_before_rows() -> None:
    sheet = Sheet(FACES, row_captions=["low", "high"], column_captions=["a", "b", "c"])
    captions, cells = {c.text: c for c in sheet.captions()}, list(sheet.cells())
    assert captions["b"].x == cells[1].left + WIDTH / 2
    assert captions["b"].y < cells[1].top
    assert captions["high"].x < cells[3].left
    assert cells[3].top < captions["high"].y < cells[3].top + HEIGHT


@pytest.mark.parametrize("shape", [(52,), (3, 52), (2, 3, 51), (0, 3, 52)])
def test_faces_that_make_no_grid_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"needs \[rows, columns, 52\]"):
        Sheet(np.zeros(shape))


def test_captions_must_fit_the_grid() -> None:
    with pytest.raises(ValueError, match="1 captions for 2 rows"):
        Sheet(FACES, row_captions=["only"])
    with pytest.raises(ValueError, match="2 captions for 3 columns"):
        Sheet(FACES, column_captions=["one", "two"])
