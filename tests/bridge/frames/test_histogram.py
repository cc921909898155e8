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


@given(st.lists(st.floats(0, 10)))
def test_everything_is_counted_and_summed_once(durations):
    histogram = Histogram(BOUNDS)
    for seconds in durations:
        histogram.observe(seconds)
    assert sum(histogram.counts) == len(durations)
    assert histogram.sum == pytest.approx(sum(durations))
