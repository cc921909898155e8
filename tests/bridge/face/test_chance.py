"""Random numbers of layers and streams."""

from statistics import fmean, stdev

import pytest

from bridge.face.chance import generator, log_normal


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
