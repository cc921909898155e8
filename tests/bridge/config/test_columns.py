"""The setting `columns`, with the two sections that have it."""

import pytest
from pydantic import ValidationError

from bridge.config.lsl import COLUMNS, LslInputSection
from bridge.config.table import TableSettings


@pytest.mark.parametrize(
    ("column", "why"),
    [("valnce", "'valnce': did you mean valence?"), ("x", "'x': expected valence, arousal, dom")],
)
def test_a_column_that_is_not_read_is_refused_with_those_that_are(column: str, why: str) -> None:
    pytest.importorskip("pylsl")
    with pytest.raises(ValidationError, match=why):
        LslInputSection.model_validate({"from": "lsl://name=Ratings", "columns": {column: "v"}})


def test_each_section_knows_its_own_columns() -> None:
    pytest.importorskip("pylsl")
    assert TableSettings.model_validate({"columns": {"time": "t"}}).columns == {"time": "t"}
    with pytest.raises(ValidationError, match=f"'time': expected {', '.join(COLUMNS)}"):
        LslInputSection.model_validate({"from": "lsl://name=Ratings", "columns": {"time": "t"}})


@pytest.mark.parametrize("name", ["", "v" * 201])
def test_the_name_of_a_column_is_bounded(name: str) -> None:
    with pytest.raises(ValidationError):
        TableSettings.model_validate({"columns": {"valence": name}})
