"""The settings of a table."""

import pytest
from pydantic import ValidationError

from bridge.config.table import TableSettings
from bridge.emotion.scale import UNSCALED, Scale
from bridge.recording.table import USUAL_NAMES


def test_a_scale_for_all_axes():
    assert TableSettings.model_validate({"scale": [1, 9]}).scales.arousal == Scale(1, 9)
    assert TableSettings.model_validate({}).scales == UNSCALED


@pytest.mark.parametrize(
    ("column", "why"),
    [("valnce", "did you mean valence"), ("x", "expected time, valence, arousal")],
)
def test_a_column_that_no_table_has_is_refused(column, why):
    with pytest.raises(ValidationError, match=why):
        TableSettings.model_validate({"columns": {column: "v"}})


def test_every_column_that_can_be_named_has_usual_names():
    TableSettings.model_validate({"columns": dict.fromkeys(USUAL_NAMES, "x")})
