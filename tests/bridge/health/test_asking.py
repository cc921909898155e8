"""Whether an answer is that of a bridge. `status` and `doctor` ask real bridges in their tests."""

import pytest

from bridge.health.asking import is_report


@pytest.mark.parametrize("said", [None, [], "healthy", {}, {"healthy": 1, "frames": {}}])
def test_other_json_is_not_a_report(said):
    assert not is_report(said)
