import numpy as np
from numpy.typing import NDArray

from bridge.offline.portrait.curves import ellipse, smooth_curve, smooth_loop

ZIGZAG = np.array([[0.0, 0.0], [3.0, 4.0], [4.0, -1.0], [20.0, 0.0]])


def bezier(controls: NDArray[np.float64], t: float) -> NDArray[np.float64]:
    weights = np.array([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    return np.asarray(weights @ controls)


def test_a_curve_goes_through_its_points() -> None:
    controls = smooth_curve(ZIGZAG) @ ZIGZAG
    assert controls.shape == (10, 2)
    np.testing.assert_allclose(controls[::3], ZIGZAG)


def test_a_curve_has_no_corner_at_its_points() -> None:
    controls = smooth_curve(ZIGZAG) @ ZIGZAG
    for joint in (3, 6):
        arriving = controls[joint] - controls[joint - 1]
        leaving = controls[joint + 1] - controls[joint]
        cosine = arriving @ leaving / (np.linalg.norm(arriving) * np.linalg.norm(leaving))
        assert cosine > 1 - 1e-9


def test_two_points_make_a_straight_line() -> None:
    ends = np.array([[0.0, 0.0], [3.0, 6.0]])
    np.testing.assert_allclose(smooth_curve(ends) @ ends, [[0, 0], [1, 2], [2, 4], [3, 6]])


def test_a_curve_moves_as_a_whole_with_its_points() -> None:
    # Mixtures that sum to one are what makes a moved curve the curve of the moved points.
    for mixtures in (smooth_curve(ZIGZAG), smooth_loop(ZIGZAG)):
        np.testing.assert_allclose(mixtures.sum(axis=1), 1.0)


def test_a_curve_is_the_same_there_and_back() -> None:
    there = smooth_curve(ZIGZAG) @ ZIGZAG
    back = smooth_curve(ZIGZAG[::-1]) @ ZIGZAG[::-1]
    np.testing.assert_allclose(there, back[::-1], atol=1e-12)


def test_points_that_coincide_do_not_break_a_curve() -> None:
    same = np.zeros((4, 2))
    assert np.isfinite(smooth_curve(same)).all()
    assert np.isfinite(smooth_loop(same)).all()


def test_a_loop_closes_without_a_corner() -> None:
    controls = smooth_loop(ZIGZAG) @ ZIGZAG
    assert controls.shape == (13, 2)
    np.testing.assert_allclose(controls[:-1:3], ZIGZAG)
    np.testing.assert_allclose(controls[-1], controls[0])
    arriving, leaving = controls[-1] - controls[-2], controls[1] - controls[0]
    assert abs(arriving[0] * leaving[1] - arriving[1] * leaving[0]) < 1e-9


def test_an_ellipse_keeps_its_radii_all_around() -> None:
    controls = ellipse(np.array([3.0, 2.0]))
    for start in range(0, 12, 3):
        for t in np.linspace(0, 1, 7):
            x, y = bezier(controls[start : start + 4], t)
            assert abs(np.hypot(x / 3, y / 2) - 1) < 5e-4
