import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.points import (
    LEAST_SHARE,
    MOST_PARTS,
    NEUTRAL,
    Part,
    Vad,
    mean_point,
    scaled,
    weighted,
)

A, B, C, D, E = (Vad(n / 10, 0.0, 0.0) for n in range(1, 6))


def test_a_point_is_clamped_axis_by_axis():
    assert Vad(2.0, -0.5, -7.0).clamped() == (1.0, -0.5, -1.0)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_point_with_one_axis_that_is_not_finite_is_not_finite(axis, value):
    point = [0.0, 0.0, 0.0]
    point[axis] = value
    assert not Vad(*point).is_finite()
    assert Vad(0.0, 1.0, -1.0).is_finite()


def test_the_mean_of_several_points_is_weighted_by_their_shares():
    assert mean_point((Part(A, 0.5), Part(C, 0.5))) == pytest.approx((0.2, 0, 0))
    assert mean_point((Part(A, 1.0),)) is A


def test_shares_are_made_to_sum_to_one():
    assert weighted([Part(A, 6.0), Part(B, 2.0)]) == (Part(A, 0.75), Part(B, 0.25))


def test_equal_points_are_one_part():
    assert weighted([Part(A, 1), Part(B, 1), Part(A, 1)]) == (Part(A, 2 / 3), Part(B, 1 / 3))


def test_what_has_less_than_a_twentieth_is_left_out():
    assert weighted([Part(A, 0.96), Part(B, 0.04)]) == (Part(A, 1.0),)
    assert len(weighted([Part(A, 0.95), Part(B, 0.05)])) == 2


def test_the_four_largest_stay():
    parts = weighted([Part(A, 1), Part(B, 5), Part(C, 4), Part(D, 3), Part(E, 2)])
    assert [part.point for part in parts] == [B, C, D, E]
    assert sum(part.share for part in parts) == pytest.approx(1)


@pytest.mark.parametrize("parts", [[], [Part(A, 0.0)], [Part(A, 0.0), Part(B, 0.0)]])
def test_without_any_share_it_is_neutral(parts):
    assert weighted(parts) == (Part(NEUTRAL, 1.0),)


def test_a_weaker_feeling_has_the_same_shares():
    assert scaled((Part(B, 0.5), Part(D, 0.5)), 0.5) == (Part(A, 0.5), Part(B, 0.5))


@given(
    st.lists(
        st.builds(
            Part,
            st.builds(Vad, *[st.sampled_from([-1.0, 0.0, 0.5])] * 3),
            st.floats(0, 100, allow_subnormal=False),
        ),
        max_size=12,
    )
)
def test_any_parts_make_a_feeling_of_one_to_four(parts):
    feeling = weighted(parts)
    assert 1 <= len(feeling) <= MOST_PARTS
    assert sum(part.share for part in feeling) == pytest.approx(1)
    assert len({part.point for part in feeling}) == len(feeling)
    assert all(part.share >= LEAST_SHARE for part in feeling)
