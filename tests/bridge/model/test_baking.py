from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.model import baking
from bridge.model.baking import LARGEST_ERROR, USUAL_ERROR, Error, bake, error
from bridge.model.engine import Engine
from bridge.model.layers import SHAPES
from bridge.model.table import Baked, Table

Arrays = dict[str, NDArray[np.float32]]


def differences(table: Table, network: Engine, points: NDArray[np.float64]) -> NDArray[np.float32]:
    """[points]: the largest difference of any weight."""
    found = [
        np.abs(table.run(some) - network.run(some)).max(axis=1)
        for some in np.array_split(points, 100)
    ]
    return np.concatenate(found)


def test_the_shipped_model_s_table_is_near_enough_at_points_that_were_not_measured(
    baked: Baked, network: Engine
) -> None:
    found = differences(
        Table(baked), network, np.random.default_rng(77).uniform(-1, 1, (40_000, 3))
    )
    assert found.max() <= LARGEST_ERROR
    assert np.quantile(found, 0.999) <= USUAL_ERROR


def test_no_search_finds_a_point_where_the_shipped_model_s_table_is_too_far(
    baked: Baked, network: Engine
) -> None:
    """From the worst of many points, uphill."""
    table, chance = Table(baked), np.random.default_rng(5)
    points = chance.uniform(-1, 1, (20_000, 3)) * chance.uniform(0, 1, (20_000, 1))
    worst = points[np.argsort(differences(table, network, points))[-50:]]
    for width in (0.02, 0.01, 0.005):
        tried = (worst[:, None] + chance.normal(0, width, (1, 60, 3))).reshape(-1, 3).clip(-1, 1)
        tried = np.concatenate([worst, tried])
        worst = tried[np.argsort(differences(table, network, tried))[-50:]]
    found = differences(table, network, worst)
    assert found.max() > 0.5 * LARGEST_ERROR  # the search finds something
    assert found.max() <= LARGEST_ERROR


def test_the_measured_error_is_what_other_points_show(baked: Baked, network: Engine) -> None:
    measured = error(baked, network)
    found = differences(
        Table(baked), network, np.random.default_rng(78).uniform(-1, 1, (40_000, 3))
    )
    assert measured.usual == pytest.approx(np.quantile(found, 0.999), rel=0.15)
    assert measured.largest >= 0.8 * found.max()


@pytest.mark.parametrize(
    ("largest", "usual", "small"),
    [(3.9, 1.9, True), (4.1, 1.9, False), (3.9, 2.1, False)],
)
def test_a_table_may_serve_if_both_its_errors_are_small(largest, usual, small) -> None:
    assert Error(largest / 255, usual / 255).is_small == small


def test_a_model_of_another_slope_is_baked_with_its_slope(random_arrays) -> None:
    network = Engine(random_arrays(1), 0.2)
    baked = bake(network)
    assert error(baked, network).largest < 0.1
    assert error(baked, Engine(random_arrays(1), 0.01)).largest > 0.1


def test_the_error_of_a_network_that_bends_too_much_is_seen(
    random_arrays: Callable[[int], Arrays],
) -> None:
    arrays = random_arrays(2)
    arrays["layers.0.weight"] *= 30.0
    arrays["layers.12.weight"] *= 4.0
    network = Engine(arrays)
    assert not error(bake(network), network).is_small


def test_outputs_that_never_change_are_kept_as_one_number(
    random_arrays: Callable[[int], Arrays],
) -> None:
    arrays = random_arrays(3)
    arrays["layers.12.weight"][5:] = 0.0
    network = Engine(arrays)
    baked = bake(network)
    assert baked.varying.tolist() == [0, 1, 2, 3, 4]
    points = np.random.default_rng(0).uniform(-1, 1, (50, 3))
    np.testing.assert_array_equal(Table(baked).run(points)[:, 5:], network.run(points)[:, 5:])


def test_a_network_of_one_face_has_a_table_too() -> None:
    network = Engine({name: np.zeros(shape, np.float32) for name, shape in SHAPES.items()})
    baked = bake(network)
    assert error(baked, network) == Error(0.0, 0.0)
    assert not Table(baked).run(np.ones((1, 3))).any()


def test_no_step_of_the_baking_takes_long(baked: Baked, network: Engine, monkeypatch) -> None:
    """A step of NumPy that keeps the interpreter would keep the frame thread waiting."""
    counts = []
    before = network.unclamped

    def noted(points: NDArray[np.floating]) -> NDArray[np.float32]:
        counts.append(len(points))
        return before(points)

    monkeypatch.setattr(network, "unclamped", noted)
    error(baked, network)
    bake(network)
    assert max(counts) <= baking._CHUNK
