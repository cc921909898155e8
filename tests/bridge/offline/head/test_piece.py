import numpy as np
import pytest

from bridge.offline.head.piece import (
    Piece,
    cut_out,
    neighbours_mean,
    normals,
    project,
    step,
    subdivide,
    two_sided,
    without,
)

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
TWO = np.array([[0, 1, 2], [0, 2, 3]])


def square() -> Piece:
    return cut_out("skin", SQUARE, np.zeros((52, 4, 3)), np.array([[0, 1, 2, 3]]), np.ones(3))


def test_a_piece_has_only_the_vertices_of_its_faces():
    positions = np.concatenate([[[9, 9, 9]], SQUARE])
    shapes = np.arange(52 * 5 * 3.0).reshape(52, 5, 3)

    piece = cut_out("skin", positions, shapes, np.array([[1, 2, 3, 4]]), np.array([1, 0.5, 0]))

    assert piece.positions.tolist() == SQUARE.tolist()
    assert piece.shapes.tolist() == shapes[:, 1:].tolist()
    assert piece.triangles.tolist() == TWO.tolist()
    assert piece.colours.tolist() == [[1, 0.5, 0]] * 4


def test_normals_point_to_the_side_from_which_triangles_turn_left():
    assert normals(SQUARE, TWO).tolist() == [[0, 0, 1]] * 4
    assert normals(SQUARE, TWO[:, ::-1]).tolist() == [[0, 0, -1]] * 4


def test_a_vertex_hears_only_from_its_neighbours():
    values = np.array([[1.0], [0], [0], [0]])

    assert (neighbours_mean(values, TWO)[[1, 2, 3], 0] > 0).all()
    assert neighbours_mean(values, TWO)[0, 0] == 0


def test_subdivision_keeps_the_surface_and_shares_the_middles():
    triangles, edges = subdivide(TWO, 4)
    positions = np.concatenate([SQUARE, SQUARE[edges].mean(axis=1)])
    a, b, c = (positions[triangles[:, corner]] for corner in range(3))

    assert len(edges) == 5
    assert np.cross(b - a, c - a)[:, 2].tolist() == [0.25] * 8


def test_projection_finds_the_front_most_triangle():
    behind = SQUARE - (0, 0, 1)
    positions, triangles = np.concatenate([behind, SQUARE]), np.concatenate([TWO, TWO + 4])

    owners, shares = project(np.array([[0.75, 0.25]]), positions, triangles)

    assert owners.min() >= 4
    assert (positions[owners[0]] * shares[0][:, None]).sum(axis=0) == pytest.approx([0.75, 0.25, 0])


def test_projection_beside_the_surface_is_an_error():
    with pytest.raises(ValueError, match="no point at"):
        project(np.array([[2.0, 2.0]]), SQUARE, TWO)


def test_without_a_vertex_its_triangles_are_gone():
    piece = without(square(), np.array([False, True, False, False]))

    assert piece.positions.tolist() == SQUARE[[0, 2, 3]].tolist()
    assert piece.triangles.tolist() == [[0, 1, 2]]
    assert piece.shapes.shape == (52, 3, 3)


def test_the_back_of_a_two_sided_piece_faces_away():
    piece = two_sided(square())

    assert normals(piece.positions, piece.triangles)[:, 2].tolist() == [1] * 4 + [-1] * 4
    assert piece.shapes.shape == (52, 8, 3)


def test_a_step_is_smooth_and_can_fall():
    assert step(0, 2, np.array([-1, 0, 1, 2, 3])).tolist() == [0, 0, 0.5, 1, 1]
    assert step(2, 0, np.array([-1, 1, 3])).tolist() == [1, 0.5, 0]
