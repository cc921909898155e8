import io
import itertools
import struct
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.image import imread
from numpy.typing import NDArray

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.inference import load_model
from bridge.offline.portrait import Sheet, png, png_portrait, png_sheet
from bridge.offline.training.targets import full_face
from protocols.arkit import BLENDSHAPES

Pixels = NDArray[np.float64]


def pixels(png: bytes) -> Pixels:
    """[height, width, 3] colours from 0 to 1, on black where the picture is transparent."""
    image = np.asarray(imread(io.BytesIO(png), format="png"), dtype=np.float64)
    return image[..., :3] * image[..., 3:]


def size_of(png: bytes) -> tuple[int, int]:
    # Eight bytes of signature, then the header chunk: its length, IHDR, width, height.
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert png[12:16] == b"IHDR"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize(("width", "height"), [(480, 600), (120, 150), (37, 46), (333, 416)])
def test_a_picture_is_as_wide_as_it_was_asked_to_be(width: int, height: int) -> None:
    assert size_of(png_portrait(np.zeros(52), width=width)) == (width, height)


def test_a_sheet_is_as_wide_as_it_was_asked_to_be() -> None:
    sheet = Sheet(np.zeros((1, 2, 52)), row_captions=["$x$"], column_captions=["joy", "fear"])
    width, height = size_of(png_sheet(sheet, width=301))
    assert width == 301
    assert abs(height - 301 * sheet.size[1] / sheet.size[0]) <= 0.5


def test_the_upper_corners_are_transparent_and_the_face_is_not() -> None:
    image = imread(io.BytesIO(png_portrait(np.zeros(52), width=80)), format="png")
    assert image[0, 0, 3] == image[0, -1, 3] == 0
    assert image[50, 40, 3] == 1


def test_every_shape_alone_can_be_seen() -> None:
    neutral = pixels(png_portrait(np.zeros(52), width=100))
    for name, face in zip(BLENDSHAPES, np.eye(52), strict=True):
        changed = np.abs(pixels(png_portrait(face, width=100)) - neutral).max(axis=2) > 0.05
        assert changed.sum() >= 8, name


def test_no_two_emotions_look_alike() -> None:
    faces = [full_face(emotion) * 0.7 for emotion in BASIC_EMOTIONS]
    images = [pixels(png_portrait(face, width=120)) for face in faces]
    for i, one in enumerate(images):
        for other in images[:i]:
            assert (np.abs(one - other).max(axis=2) > 0.1).sum() > 40


def test_the_same_face_is_the_same_file() -> None:
    assert png_portrait(np.zeros(52), width=40) == png_portrait(np.zeros(52), width=40)


def test_matplotlib_is_imported_only_when_a_png_is_drawn() -> None:
    script = "import sys, bridge.offline.portrait; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_without_matplotlib_only_captions_cannot_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    png_portrait(np.zeros(52), width=20)
    png_sheet(Sheet(np.zeros((1, 1, 52))), width=20)
    with pytest.raises(ImportError, match=r"affect-bridge\[plot\]"):
        png_sheet(Sheet(np.zeros((1, 1, 52)), column_captions=["joy"]), width=20)


def test_other_programs_read_the_pixels_that_were_written() -> None:
    image = np.random.default_rng(1).integers(0, 256, (7, 5, 4), np.uint8)
    read = np.asarray(imread(io.BytesIO(png(image)), format="png"))
    assert np.array_equal(np.rint(read * 255), image)


def test_at_low_intensity_the_shipped_emotions_are_drawn_clearly_differently() -> None:
    model, _ = load_model()
    points = np.array([emotion_to_vad(emotion, 0.4) for emotion in BASIC_EMOTIONS])
    drawn = [pixels(png_portrait(face, width=240)) for face in model.run(points).copy()]
    for (one, first), (other, second) in itertools.combinations(
        zip(BASIC_EMOTIONS, drawn, strict=True), 2
    ):
        # The least is 0.55 %, for neutral and contempt.
        changed = (np.abs(first - second).max(axis=2) > 0.08).mean()
        assert changed > 0.004, (one, other)
