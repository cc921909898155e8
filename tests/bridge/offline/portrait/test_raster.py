import numpy as np

from bridge.offline.portrait.raster import rasterise


def seen_at(points, triangles, size=4):
    """The triangle at each pixel, -1 for none."""
    seen = rasterise(np.array(points, np.float32), np.array(triangles), size, size)
    picture = np.full(size * size, -1)
    picture[seen.pixel] = seen.triangle
    return picture.reshape(size, size), seen


# y grows downwards: these turn left as one sees them.
SQUARE = [[0, 0, 1], [0, 4, 1], [4, 4, 1], [4, 0, 1]]
HALVES = [[0, 1, 2], [0, 2, 3]]


def test_two_halves_fill_a_square_without_a_gap():
    picture, seen = seen_at(SQUARE, HALVES)

    assert (picture >= 0).all()
    assert (picture[np.tril_indices(4, -1)] == 0).all()
    assert (picture[np.triu_indices(4, 1)] == 1).all()
    assert len(set(seen.pixel)) == 16


def test_the_nearer_triangle_is_seen_whatever_the_order():
    near = [[x, y, 0.5] for x, y, _ in SQUARE]
    over = [[4, 5, 6], [4, 6, 7]]

    assert (seen_at(SQUARE + near, HALVES + over)[0] >= 2).all()
    assert (seen_at(SQUARE + near, over + HALVES)[0] < 2).all()


def test_triangles_that_face_away_are_not_seen():
    assert (seen_at(SQUARE, [half[::-1] for half in HALVES])[0] == -1).all()


def test_shares_say_where_in_the_triangle_a_pixel_lies():
    points = np.array(SQUARE, np.float32)
    _, seen = seen_at(SQUARE, HALVES)

    corners = points[np.array(HALVES)[seen.triangle]]
    x, y, _ = (corners * seen.shares[..., None]).sum(axis=1).T
    assert np.allclose(seen.shares.sum(axis=1), 1)
    assert np.allclose(x, seen.pixel % 4 + 0.5, atol=1e-5)
    assert np.allclose(y, seen.pixel // 4 + 0.5, atol=1e-5)


def test_what_lies_outside_the_picture_is_left_out():
    picture, _ = seen_at([[-3, -3, 1], [-3, 9, 1], [9, 9, 1]], [[0, 1, 2]])

    assert (picture[np.triu_indices(4, 1)] == -1).all()
    assert (picture[np.tril_indices(4, -1)] == 0).all()
    assert seen_at([[9, 9, 1], [9, 12, 1], [12, 12, 1]], [[0, 1, 2]])[1].pixel.size == 0
