import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bridge.face.symmetry import enforce_symmetry
from protocols.arkit import BLENDSHAPES

# The shapes of ARKit that come in a left and a right one. jaw and mouth are directions, not sides.
PAIRED = [
    *["browDown", "browOuterUp", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn"],
    *["eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide", "jaw", "mouth", "mouthDimple"],
    *["mouthFrown", "mouthLowerDown", "mouthPress", "mouthSmile", "mouthStretch"],
    *["mouthUpperUp", "noseSneer"],
]
LEFT = [BLENDSHAPES.index(f"{name}Left") for name in PAIRED]
RIGHT = [BLENDSHAPES.index(f"{name}Right") for name in PAIRED]
ALONE = [i for i in range(52) if i not in LEFT and i not in RIGHT]

FACES = arrays(np.float32, (3, 52), elements=st.floats(0, 1, width=32))


def bits(weights) -> list[int]:
    return np.ascontiguousarray(weights, np.float32).view(np.uint32).tolist()


def test_twenty_shapes_have_partners_and_twelve_stand_alone():
    assert (len(LEFT), len(RIGHT), len(ALONE)) == (20, 20, 12)


@given(FACES)
def test_partners_become_the_same_float_bit_for_bit(faces):
    enforce_symmetry(faces)
    assert bits(faces[:, LEFT]) == bits(faces[:, RIGHT])


def test_no_rounding_keeps_partners_apart():
    faces = np.random.default_rng(1).random((2000, 52), np.float32)
    enforce_symmetry(faces)
    assert bits(faces[:, LEFT]) == bits(faces[:, RIGHT])


@given(FACES)
def test_partners_meet_at_their_mean_and_shapes_without_one_stay(faces):
    before = faces.copy()
    enforce_symmetry(faces, 1.0)
    np.testing.assert_allclose(faces[:, LEFT], (before[:, LEFT] + before[:, RIGHT]) / 2, atol=1e-7)
    assert bits(faces[:, ALONE]) == bits(before[:, ALONE])


@given(FACES)
def test_enforcing_twice_changes_nothing_more(faces):
    enforce_symmetry(faces)
    once = faces.copy()
    enforce_symmetry(faces)
    assert bits(faces) == bits(once)


@given(FACES)
def test_strength_0_leaves_every_bit_as_it_is(faces):
    before = faces.copy()
    enforce_symmetry(faces, 0.0)
    assert bits(faces) == bits(before)


@given(FACES, st.floats(0, 1))
def test_a_strength_between_narrows_the_difference_and_keeps_the_bounds(faces, strength):
    difference = faces[:, LEFT] - faces[:, RIGHT]
    enforce_symmetry(faces, strength)
    left, right = faces[:, LEFT], faces[:, RIGHT]
    np.testing.assert_allclose(left - right, difference * (1 - strength), atol=1e-6)
    assert np.all((faces >= -1e-6) & (faces <= 1 + 1e-6))


@pytest.mark.parametrize(("strength", "left", "right"), [(0.5, 0.7, 0.3), (0.25, 0.8, 0.2)])
def test_strength_is_the_part_of_the_way_to_the_mean(strength, left, right):
    faces = np.zeros((1, 52), np.float32)
    faces[0, BLENDSHAPES.index("mouthSmileLeft")] = 0.9
    faces[0, BLENDSHAPES.index("mouthSmileRight")] = 0.1
    enforce_symmetry(faces, strength)
    assert faces[0, BLENDSHAPES.index("mouthSmileLeft")] == pytest.approx(left)
    assert faces[0, BLENDSHAPES.index("mouthSmileRight")] == pytest.approx(right)


def test_no_face_at_all_is_no_mistake():
    enforce_symmetry(np.zeros((0, 52), np.float32))
