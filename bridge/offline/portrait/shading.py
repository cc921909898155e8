"""The light on the head and the colours of its eyes, as `bridge/head/look.json` sets them.

Colours are made linear by squaring them, lit, and made sRGB again by the square root: near enough
to the exact curve for a face, and the same few operations in a shader.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bridge.head.head import load_look

Floats = NDArray[np.float32]


def lit(colours: Floats, normals: Floats, gloss: Floats) -> Floats:
    """What the camera sees of a surface.

    Args:
        colours: [pixels, 3] sRGB from 0 to 1.
        normals: [pixels, 3] of length 1, as the camera sees them: x to the right of the picture,
            y up, z towards the camera.
        gloss: [pixels, 2]: strength and exponent of the highlights.

    Returns:
        [pixels, 3] sRGB from 0 to 1.
    """
    look = load_look()
    above, below = _array(look["ambient"]["above"]), _array(look["ambient"]["below"])
    light = below + (0.5 + 0.5 * normals[:, 1:2]) * (above - below)
    shine = np.zeros_like(normals)
    for lamp in look["lights"]:
        towards = _unit(lamp["towards"])
        wrap = np.float32(lamp["wrap"])
        facing = ((normals @ towards + wrap) / (1 + wrap)).clip(0)
        light += facing[:, None] * _array(lamp["colour"])
        if towards[2] > 0:
            halfway = _unit(towards + _array([0, 0, 1]))
            glint = gloss[:, 0] * (normals @ halfway).clip(0) ** gloss[:, 1]
            shine += glint[:, None] * _array(lamp["colour"])
    result: Floats = np.sqrt((colours * colours * light + shine).clip(0, 1))
    return result


def glint(normals: Floats) -> Floats:
    """[pixels, 1]: how much of the light's reflection each pixel of an eye is, from 0 to 1."""
    eye = load_look()["eye"]
    angle = np.arccos((normals @ _unit(eye["glint"]["towards"])).clip(-1, 1))[:, None]
    return _step(eye["glint"]["angle"] + eye["soft"], eye["glint"]["angle"] - eye["soft"], angle)


def eye_colours(directions: Floats, posed: Floats) -> Floats:
    """The colours of an eyeball.

    Args:
        directions: [pixels, 3] of length 1: from the middle of the eye at rest, where it looks
            along z.
        posed: [pixels, 3] of length 1: the same in the posed head. The upper lid shades the top.
    """
    eye = load_look()["eye"]
    angle = np.arccos(directions[:, 2].clip(-1, 1))[:, None]
    pupil, iris, rim, white = eye["pupil"], eye["iris"], eye["rim"], eye["white"]
    soft = eye["soft"]
    colours = _mix(white["colour"], white["corner"], _step(iris["angle"], 1.2, angle))
    across = _step(pupil["angle"], iris["angle"], angle)
    inside = _mix(iris["inner"], iris["outer"], across)
    at_rim = _step(iris["angle"] - rim["angle"], iris["angle"], angle)
    inside = _mix(inside, rim["colour"], at_rim)
    at_pupil = _step(pupil["angle"] + soft, pupil["angle"] - soft, angle)
    inside = _mix(inside, pupil["colour"], at_pupil)
    colours = _mix(colours, inside, _step(iris["angle"] + soft, iris["angle"] - soft, angle))
    shade = eye["shade"]
    dark = shade["strength"] * _step(shade["from"], shade["to"], posed[:, 1:2])
    result: Floats = colours * (1 - dark)
    return result


def gloss_of_parts(names: tuple[str, ...]) -> Floats:
    """[parts, 2]: strength and exponent of the highlights of each part."""
    gloss = load_look()["gloss"]
    rows = [(gloss[name]["strength"], gloss[name]["exponent"]) for name in names]
    return np.array(rows, np.float32)


def _step(low: float, high: float, values: Floats) -> Floats:
    x = ((values - low) / (high - low)).clip(0, 1)
    result: Floats = x * x * (3 - 2 * x)
    return result


def _mix(one: ArrayLike, other: ArrayLike, share: Floats) -> Floats:
    one = np.asarray(one, np.float32)
    result: Floats = one + share * (np.asarray(other, np.float32) - one)
    return result


def _array(values: Any) -> Floats:
    return np.asarray(values, np.float32)


def _unit(values: Any) -> Floats:
    vector = np.asarray(values, np.float32)
    return vector / np.linalg.norm(vector)
