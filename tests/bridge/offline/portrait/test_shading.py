import numpy as np
import pytest

from bridge.head.head import load_look
from bridge.offline.portrait.shading import eye_colours, glint, gloss_of_parts, lit


def towards(*vectors) -> np.ndarray:
    rows = np.array(vectors, np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def at_angle(*angles: float) -> np.ndarray:
    return towards(*[(np.sin(angle), 0, np.cos(angle)) for angle in angles])


def test_the_side_towards_the_lamp_is_brighter():
    lamp = load_look()["lights"][0]["towards"]
    normals = towards(lamp, np.negative(lamp))

    bright, dark = lit(np.full((2, 3), 0.6, np.float32), normals, np.zeros((2, 2), np.float32))

    assert (bright > dark + 0.1).all()


def test_gloss_adds_light_where_the_lamp_is_mirrored():
    lamp = towards(load_look()["lights"][0]["towards"])[0]
    normals = towards(lamp + np.array([0, 0, 1]))
    colours = np.full((1, 3), 0.3, np.float32)

    dull = lit(colours, normals, np.array([[0, 1]], np.float32))
    glossy = lit(colours, normals, np.array([[0.5, 40]], np.float32))

    assert (glossy > dull + 0.1).all()


def test_an_eye_is_a_dark_pupil_in_an_iris_in_white():
    eye = load_look()["eye"]
    between = (eye["pupil"]["angle"] + eye["iris"]["angle"]) / 2
    directions = at_angle(0, between, eye["iris"]["angle"] + 0.2)

    pupil, iris, white = eye_colours(directions, at_angle(0, 0, 0))

    assert pupil.max() < 0.1
    assert iris[2] > iris[0] + 0.1
    assert white.min() > 0.7


def test_the_upper_lid_shades_the_eye():
    ahead = at_angle(1)

    top, middle = (eye_colours(ahead, towards(d)) for d in ((0, 1, 1), (0, -0.1, 1)))

    assert (top < middle).all()


def test_the_glint_is_small_and_where_the_look_says():
    place = load_look()["eye"]["glint"]["towards"]

    assert glint(towards(place, (1, 0, 0.2), (0, -1, 1)))[:, 0] == pytest.approx([1, 0, 0])


def test_gloss_is_looked_up_by_the_name_of_the_part():
    hair = load_look()["gloss"]["hair"]

    assert gloss_of_parts(("hair",))[0] == pytest.approx([hair["strength"], hair["exponent"]])
