import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.model.engine import Engine
from bridge.model.table import MIDDLE, Baked, Table, node_axis


def points(count: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(-1, 1, (count, 3))


def alone(table: Table, many: NDArray[np.float64]) -> NDArray[np.float32]:
    """Each point by itself."""
    return np.concatenate([table.run(point[None]).copy() for point in many])


def test_neutral_is_the_network_s_own_face_bit_for_bit(baked: Baked, network: Engine) -> None:
    table, neutral = Table(baked), np.zeros((3, 3))
    expected = network.run(neutral[:1]).copy()
    np.testing.assert_array_equal(alone(table, neutral), np.repeat(expected, 3, axis=0))
    np.testing.assert_array_equal(table.run(neutral), np.repeat(expected, 3, axis=0))


def test_a_node_is_the_network_s_answer_to_a_step_of_what_is_kept(
    baked: Baked, network: Engine
) -> None:
    axis = node_axis()
    nodes = np.random.default_rng(3).choice(axis[1:-1], (300, 3))
    step = baked.scale
    np.testing.assert_allclose(Table(baked).run(nodes), network.run(nodes), atol=step)
    assert step < 1e-4


def test_the_nodes_go_from_end_to_end_with_one_more_beyond_each() -> None:
    axis = node_axis()
    assert axis[1] == pytest.approx(-1)
    assert axis[-2] == pytest.approx(1)
    assert axis[MIDDLE] == 0.0
    np.testing.assert_array_equal(axis, -axis[::-1])
    assert (np.diff(axis) > 0).all()


def test_streams_looked_up_together_get_the_same_faces_as_alone(baked: Baked) -> None:
    table, many = Table(baked), points(333)
    np.testing.assert_allclose(table.run(many), alone(table, many), atol=2e-6)
    assert table.run(many[:0]).shape == (0, 52)


def test_the_corners_and_edges_of_the_cube_are_inside(baked: Baked, network: Engine) -> None:
    corners = np.array(np.meshgrid(*[[-1.0, 0.0, 1.0]] * 3)).reshape(3, -1).T
    for faces in (Table(baked).run(corners), alone(Table(baked), corners)):
        np.testing.assert_allclose(faces, network.run(corners), atol=1e-4)


def test_what_is_not_in_the_cube_is_brought_to_its_edge(baked: Baked) -> None:
    table = Table(baked)
    inside = np.array([[1.0, -1.0, 0.25]])
    outside = np.array([[1.5, -np.inf, 0.25]])
    expected = table.run(inside).copy()
    np.testing.assert_array_equal(table.run(outside), expected)
    np.testing.assert_allclose(table.run(np.repeat(outside, 2, axis=0))[:1], expected, atol=1e-6)


def test_a_feeling_that_is_no_number_still_gives_a_face(baked: Baked) -> None:
    lame = np.full((1, 3), np.nan)
    for faces in (Table(baked).run(lame), Table(baked).run(np.repeat(lame, 2, axis=0))):
        assert np.isfinite(faces).all()


def test_weights_are_float32_from_0_to_1_and_in_the_order_of_the_network(baked: Baked) -> None:
    faces = Table(baked).run(points(2000))
    assert faces.dtype == np.float32
    assert faces.min() == 0.0
    assert faces.max() <= 1.0


def test_a_face_does_not_jump_where_one_cell_ends_and_the_next_begins(baked: Baked) -> None:
    table = Table(baked)
    way = np.linspace([-1, -0.7, 0.9], [1, 0.8, -0.6], 20_000)
    steps = np.abs(np.diff(alone(table, way), axis=0))
    assert steps.max() < 5e-4


def test_a_face_does_not_depend_on_earlier_calls(baked: Baked) -> None:
    table = Table(baked)
    point = np.array([[0.3, -0.7, 0.1]])
    first = table.run(point).copy()
    for count in (4, 1, 0, 2):
        table.run(np.ones((count, 3)))
    np.testing.assert_array_equal(table.run(point), first)
