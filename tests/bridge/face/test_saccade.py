"""How long a saccade lasts, and how it moves."""

import numpy as np
import pytest

from bridge.face.saccade import duration, least_jerk, least_jerk_of


@pytest.mark.parametrize(("degrees", "seconds"), [(0, 0.021), (10, 0.043), (20, 0.065)])
def test_a_saccade_lasts_21_ms_and_2_2_ms_a_degree(degrees, seconds):
    assert duration(degrees) == pytest.approx(seconds)


def test_the_way_begins_and_ends_at_rest_and_never_turns_back():
    parts = np.linspace(0, 1, 101)
    way = np.empty(101)
    least_jerk_of(parts, way)
    assert (way[0], way[50], way[-1]) == pytest.approx((0.0, 0.5, 1.0))
    assert np.all(np.diff(way) > 0)
    assert way[1] < 1e-4
    assert way[-2] > 1 - 1e-4


def test_one_and_many_move_alike():
    parts = np.linspace(0, 1, 11)
    way = np.empty(11)
    least_jerk_of(parts, way)
    assert way.tolist() == pytest.approx([least_jerk(part) for part in parts.tolist()])
