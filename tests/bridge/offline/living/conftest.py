"""Half an hour is measured once for all tests."""

import pytest

from bridge.offline.living.statistics import Statistic, statistics


@pytest.fixture(scope="session")
def half_an_hour() -> list[Statistic]:
    return statistics()
