"""The setting `columns`: where the numbers stand in a table or in the samples of a stream."""

import difflib
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

LONGEST = 200

Columns = dict[str, Annotated[str, Field(min_length=1, max_length=LONGEST)]]
"""What a column is (`valence`), to its name there (`v`)."""


def only(known: Sequence[str]) -> AfterValidator:
    """Refuse columns that are not among `known`."""

    def check(columns: Columns) -> Columns:
        for name in columns:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"expected {', '.join(known)}"
                raise ValueError(f"{name!r}: {hint}")
        return columns

    return AfterValidator(check)
