"""How long a saccade lasts, and how it moves."""

import numpy as np
import pytest

from bridge.face.saccade import Saccades, duration, least_jerk, least_jerk_of


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


def eyes(rows: int) -> Saccades:
    saccades = Saccades(width=2)
    for _ in range(rows):
        saccades.add_rows(1)
    return saccades


def test_eyes_arrive_after_their_time_and_rest_there():
    one = eyes(1)
    assert one.jump(0, 1.0, (10 / 35, 0.0)) == pytest.approx(10.0)
    one.move(1.0)
    assert not one.at.any()
    one.move(1.0 + 0.043 / 2)
    assert one.at[0].tolist() == pytest.approx([5 / 35, 0.0])
    assert one.moving
    one.move(1.05)
    assert one.at.tolist() == [[10 / 35, 0.0]]
    assert not one.moving


def test_a_saccade_begins_where_another_is_cut_short():
    one = eyes(1)
    one.jump(0, 0.0, (0.4, 0.0))
    one.move(0.02)
    before = one.at.copy()
    one.jump(0, 0.02, (0.0, 0.2))
    one.move(0.02)
    np.testing.assert_allclose(one.at, before)
    one.move(1.0)
    assert one.at.tolist() == [[0.0, 0.2]]


def test_eyes_that_rest_follow_at_once_and_those_on_their_way_arrive_elsewhere():
    one = eyes(1)
    one.follow(0, (0.1, 0.0))
    one.move(1.0)
    assert one.at.tolist() == [[0.1, 0.0]]
    one.jump(0, 1.0, (0.5, 0.0))
    one.move(1.01)
    one.follow(0, (0.6, 0.0))
    before = one.at[0, 0]
    one.move(1.01)
    assert before <= one.at[0, 0] < 0.2
    one.move(2.0)
    assert one.at.tolist() == [[0.6, 0.0]]


def test_a_row_that_goes_takes_only_its_own_eyes_along():
    many = eyes(3)
    for row in range(3):
        many.jump(row, 0.0, (row / 10, 0.0))
    many.remove_rows([1])
    many.move(1.0)
    assert many.at.tolist() == [[0.0, 0.0], [0.2, 0.0]]


def test_no_eyes_are_no_mistake():
    eyes(0).move(1.0)
