from math import inf, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.frames.histogram import Histogram

BOUNDS = (0.001, 0.01, 0.1)


@pytest.mark.parametrize(
    ("seconds", "place"), [(0.0, 0), (0.001, 0), (0.0011, 1), (0.01, 1), (0.05, 2), (7.0, 3)]
)
def test_a_duration_counts_where_it_is_at_most_the_bound(seconds, place):
    histogram = Histogram(BOUNDS)
    histogram.observe(seconds)
    assert histogram.counts.index(1) == place


def test_a_quantile_is_the_least_bound_that_so_many_do_not_exceed():
    histogram = Histogram(BOUNDS)
    assert isnan(histogram.quantile(0.5))
    for seconds in [0.0005] * 50 + [0.005] * 49 + [3.0]:
        histogram.observe(seconds)
    quantiles = [histogram.quantile(share) for share in (0.5, 0.51, 0.99, 1.0)]
    assert quantiles == [0.001, 0.01, 0.01, inf]


@given(st.lists(st.floats(0, 10)))
def test_everything_is_counted_and_summed_once(durations):
    histogram = Histogram(BOUNDS)
    for seconds in durations:
        histogram.observe(seconds)
    assert sum(histogram.counts) == len(durations)
    assert histogram.sum == pytest.approx(sum(durations))
