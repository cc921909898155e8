"""Random numbers of layers and streams."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from statistics import fmean, stdev

import pytest

from bridge.face.chance import Chance, generator, log_normal


def numbers(seed: int | None, stream: str = "main", layer: str = "blink") -> list[float]:
    random = generator(seed, stream, layer)
    return [random.random() for _ in range(5)]


def test_the_same_seed_gives_the_same_numbers():
    assert numbers(7) == numbers(7)


def test_seeds_streams_and_layers_have_numbers_of_their_own():
    drawn = [numbers(7), numbers(8), numbers(7, stream="alice"), numbers(7, layer="gaze")]
    assert len({tuple(some) for some in drawn}) == 4


def test_without_a_seed_every_run_is_another():
    assert numbers(None) != numbers(None)


@pytest.mark.parametrize("spread", [0.3, 0.8])
def test_a_log_normal_number_has_the_mean_that_was_asked_for(spread):
    random = generator(1, "main", "test")
    drawn = [log_normal(random, 3.5, spread) for _ in range(20_000)]
    assert min(drawn) > 0
    assert fmean(drawn) == pytest.approx(3.5, rel=0.03)
    assert stdev(drawn) == pytest.approx(3.5 * (2.718281828 ** (spread**2) - 1) ** 0.5, rel=0.1)


def drawn(draw: Callable[[Chance], float]) -> list[float]:
    chance = generator(1, "main", "test")
    return [draw(chance) for _ in range(20_000)]


def test_parts_are_even_and_below_one():
    parts = drawn(Chance.random)
    assert 0.0 <= min(parts) < 0.001
    assert 0.999 < max(parts) < 1.0
    tenths = Counter(int(10 * part) for part in parts)
    assert all(1800 <= tenths[tenth] <= 2200 for tenth in range(10))
    following = [abs(a - b) for a, b in pairwise(parts)]
    assert fmean(following) == pytest.approx(1 / 3, abs=0.01)


def test_the_first_numbers_are_those_of_splitmix64():
    """As in the reference implementation by Vigna, seed 1234567."""
    chance = Chance(1234567)
    expected = (6457827717110365317, 3203168211198807973, 9817491932198370423)
    assert [chance.random() for _ in expected] == [(number >> 11) / 2**53 for number in expected]


def test_numbers_between_two_and_normal_ones_are_where_they_should_be():
    uniform = drawn(lambda chance: chance.uniform(-2.0, 4.0))
    assert (min(uniform), max(uniform)) == pytest.approx((-2.0, 4.0), abs=0.01)
    assert fmean(uniform) == pytest.approx(1.0, abs=0.05)
    triangular = drawn(lambda chance: chance.triangular(1.4, 3.8, 2.0))
    assert 1.4 <= min(triangular) <= max(triangular) <= 3.8
    assert fmean(triangular) == pytest.approx((1.4 + 3.8 + 2.0) / 3, abs=0.02)
    normal = drawn(lambda chance: chance.gauss(1.0, 2.0))
    assert fmean(normal) == pytest.approx(1.0, abs=0.05)
    assert stdev(normal) == pytest.approx(2.0, rel=0.03)
    assert sum(abs(number - 1.0) < 2.0 for number in normal) == pytest.approx(
        0.683 * 20_000, rel=0.02
    )


def test_a_choice_takes_each_as_often():
    chosen = Counter(drawn(lambda chance: chance.choice((1.0, -1.0))))
    assert chosen[1.0] == pytest.approx(10_000, abs=300)
    assert len(chosen) == 2
