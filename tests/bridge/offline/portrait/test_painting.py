import time

import numpy as np
import pytest

from bridge.face.eye_rotations import turn_eyes
from bridge.head.head import load_head, load_look
from bridge.offline.portrait.painting import paint, rotation
from protocols.arkit import INDEX

WIDTH = 200


def weights(**shapes: float) -> np.ndarray:
    """Weights by name; a name without its side stands for both."""
    row = np.zeros(52, np.float32)
    for name, weight in shapes.items():
        for full in (name, f"{name}Left", f"{name}Right"):
            if full in INDEX:
                row[INDEX[full]] = weight
    return row


def face(**shapes: float) -> np.ndarray:
    return paint(weights(**shapes), width=WIDTH).astype(int)


def region(image: np.ndarray, x: tuple[float, float], y: tuple[float, float]) -> np.ndarray:
    """The part of a portrait between these places of the head, in metres, at the face's depth."""
    camera = load_look()["camera"]
    height, width = image.shape[:2]
    scale = height / camera["height"] * camera["distance"] / (camera["distance"] - 0.1)
    left, right = (int(width / 2 + place * scale) for place in x)
    bottom, top = (int(height / 2 - (place - camera["target"][1]) * scale) for place in y)
    return image[top:bottom, left:right]


EYE = ((0.018, 0.044), (0.052, 0.069))


def iris_pixels(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the left eye's bluish pixels."""
    eye = region(image, *EYE)
    return np.nonzero(eye[..., 2] > eye[..., 0] + 10)


def test_a_face_is_opaque_in_the_middle_and_transparent_around_it():
    image = face()

    assert image.shape == (250, WIDTH, 4)
    assert image[125, 100, 3] == 255
    assert image[5, 5, 3] == image[5, -5, 3] == 0
    assert set(np.unique(image[..., 3])) - {0, 255}


def test_a_smile_moves_the_corners_of_the_mouth_and_not_the_forehead():
    rest, smiling = face(), face(mouthSmile=1)
    change = np.abs(smiling - rest)

    for side in ((0.018, 0.036), (-0.036, -0.018)):
        assert region(change, side, (-0.012, 0.008)).max(axis=2).mean() > 8
    assert region(change, (-0.02, 0.02), (0.10, 0.115)).max() == 0


def test_a_blink_covers_the_iris():
    assert len(iris_pixels(face())[0]) > 30
    assert len(iris_pixels(face(eyeBlink=1))[0]) == 0


def test_the_iris_goes_where_the_eye_looks():
    _, ahead = iris_pixels(face())
    _, outwards = iris_pixels(face(eyeLookOutLeft=1))
    _, inwards = iris_pixels(face(eyeLookInLeft=1))

    assert inwards.mean() + 1.5 < ahead.mean() < outwards.mean() - 1.5


def test_an_eyes_rotation_turns_it_the_way_the_shapes_say():
    frame = np.zeros((1, 3, 3), np.float32)
    turn_eyes(frame, weights(eyeLookOutLeft=0.5)[None])

    _, ahead = iris_pixels(face())
    _, turned = iris_pixels(paint(np.zeros(52), frame[0], width=WIDTH).astype(int))

    assert turned.mean() > ahead.mean() + 1


def test_teeth_are_seen_only_when_the_lips_part():
    def white(image: np.ndarray) -> int:
        mouth = region(image, (-0.02, 0.02), (-0.02, 0.005))[..., :3]
        return int(((mouth.min(axis=2) > 170) & (np.ptp(mouth, axis=2) < 40)).sum())

    assert white(face()) == 0
    assert white(face(mouthUpperUp=1, mouthLowerDown=1)) > 40


def test_an_open_mouth_has_no_hole():
    for view in ((0, 0), (0.5, 0), (-0.5, 0.2)):
        image = paint(weights(jawOpen=1), width=WIDTH, view=view)
        assert (image[120:200, 90:110, 3] == 255).all()


@pytest.mark.parametrize(
    ("turn", "axis", "sign"),
    [((0.4, 0, 0), 0, -1), ((-0.4, 0, 0), 0, 1), ((0, 0.3, 0), 1, -1), ((0, -0.3, 0), 1, 1)],
)
def test_the_face_looks_where_the_head_is_turned(turn, axis, sign):
    # Yaw is positive towards the face's own right, pitch downwards.
    ahead = rotation(*turn) @ (0, 0, 1)

    assert sign * ahead[axis] > 0.2


def test_a_positive_roll_leans_towards_the_heads_own_right():
    assert (rotation(0, 0, 0.3) @ (0, 1, 0))[0] < -0.2


def test_the_head_turns_and_the_shoulders_stay():
    turned = paint(np.zeros(52), [[0.5, 0, 0], [0] * 3, [0] * 3], width=WIDTH).astype(int)
    change = np.abs(turned - face()).max(axis=2)

    assert change[60:170].mean() > 10
    assert change[-4:].max() <= 2


def test_the_forehead_is_free_of_hair_and_the_crown_is_not():
    image = face()
    forehead = region(image, (-0.01, 0.01), (0.095, 0.11))[..., :3]
    crown = region(image, (-0.01, 0.01), (0.14, 0.155))[..., :3]

    assert forehead.mean() > crown.mean() + 80


def test_left_and_right_look_alike():
    image = face()[80:230]
    middle = image[:, 50:150, :3]

    # The light comes from one side, and the hair is parted.
    assert np.abs(middle - middle[:, ::-1]).mean() < 30


def test_a_picture_is_made_quickly():
    load_head()
    times = []
    for _ in range(5):
        start = time.process_time()
        paint(np.zeros(52), width=256, height=256)
        times.append(time.process_time() - start)

    # About 0.08 s on an idle machine of 2020.
    assert min(times) < 0.5


def test_a_near_face_fills_the_picture_and_is_whole():
    image = paint(weights(jawOpen=0.6), width=WIDTH, near=True)

    opaque = image[..., 3] > 128
    assert opaque.mean() > 0.8
    brows, chin = opaque.shape[0] // 5, opaque.shape[0] * 9 // 10
    assert opaque[brows:chin, WIDTH // 4 : WIDTH * 3 // 4].all()
    assert not opaque[brows:chin, [0, -1]].all()  # both ears have an edge
