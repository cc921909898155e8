"""Portraits side by side in a grid, with captions: where everything goes.

All lengths are in units of their own, from the top left corner of the sheet.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from protocols.arkit import BLENDSHAPES

Floats = NDArray[np.float64]

CELL_WIDTH, CELL_HEIGHT = 160.0, 200.0
"""The size of a portrait."""
CAPTION_SIZE = 18.0
"""The size of the letters, as a font size."""
CAPTION_COLOUR = "#71808b"
"""Legible on white and on black."""

_GAP = 8.0
_LETTER_WIDTH = 0.62 * CAPTION_SIZE


class Cell(NamedTuple):
    """One portrait of a sheet: its top left corner and its (52,) weights."""

    left: float
    top: float
    weights: Floats


class Caption(NamedTuple):
    """A text on the baseline y; x is its middle, or its end if it is not centred."""

    text: str
    x: float
    y: float
    centred: bool


class Sheet:
    """A grid of faces, with a caption above each column and before each row.

    Args:
        faces: [rows, columns, 52] weights from 0 to 1 in reference order.
        row_captions: a text for each row, or none at all.
        column_captions: a text for each column, or none at all.

    Raises:
        ValueError: faces of another shape, or a number of captions that does not fit.
    """

    def __init__(
        self,
        faces: ArrayLike,
        *,
        row_captions: Sequence[str] = (),
        column_captions: Sequence[str] = (),
    ) -> None:
        self._faces = np.asarray(faces, dtype=np.float64)
        if (
            self._faces.ndim != 3
            or self._faces.shape[2] != len(BLENDSHAPES)
            or not self._faces.size
        ):
            raise ValueError(f"a sheet needs [rows, columns, 52] weights, not {self._faces.shape}")
        self._rows, self._columns = self._faces.shape[:2]
        if row_captions and len(row_captions) != self._rows:
            raise ValueError(f"{len(row_captions)} captions for {self._rows} rows")
        if column_captions and len(column_captions) != self._columns:
            raise ValueError(f"{len(column_captions)} captions for {self._columns} columns")
        self.row_captions, self.column_captions = row_captions, column_captions
        longest = max(map(len, row_captions), default=0)
        self._left = longest * _LETTER_WIDTH + _GAP if longest else 0.0
        self._top = 1.4 * CAPTION_SIZE if column_captions else 0.0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        return (
            self._left + self._columns * (CELL_WIDTH + _GAP) - _GAP,
            self._top + self._rows * (CELL_HEIGHT + _GAP) - _GAP,
        )

    def cells(self) -> Iterator[Cell]:
        """The portraits, row after row."""
        for row in range(self._rows):
            for column in range(self._columns):
                yield Cell(self._column_at(column), self._row_at(row), self._faces[row, column])

    def captions(self) -> Iterator[Caption]:
        """The captions of the columns, then those of the rows."""
        for column, text in enumerate(self.column_captions):
            yield Caption(text, self._column_at(column) + CELL_WIDTH / 2, CAPTION_SIZE, True)
        for row, text in enumerate(self.row_captions):
            middle = self._row_at(row) + CELL_HEIGHT / 2 + 0.35 * CAPTION_SIZE
            yield Caption(text, self._left - _GAP, middle, False)

    def _column_at(self, column: int) -> float:
        return self._left + column * (CELL_WIDTH + _GAP)

    def _row_at(self, row: int) -> float:
        return self._top + row * (CELL_HEIGHT + _GAP)
