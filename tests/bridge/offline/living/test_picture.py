"""The picture of a minute."""

from xml.etree import ElementTree

import numpy as np
import pytest

from bridge.offline.living.picture import FPS, SCENES, Minute, draw, minute
from protocols.arkit import INDEX


@pytest.fixture(scope="module")
def played() -> Minute:
    return minute()


def scene(played: Minute, number: int, name: str) -> np.ndarray:
    """A shape in the last ten seconds of a scene."""
    end = round((SCENES[number].begins + 15) * FPS)
    return played.weights[end - 10 * FPS : end, INDEX[name]]


def test_the_minute_shows_what_its_scenes_say(played):
    rest, _, happy, sad = range(4)
    assert scene(played, happy, "mouthSmileLeft").min() > 0.4
    assert scene(played, rest, "mouthSmileLeft").max() < 0.25
    assert scene(played, sad, "mouthSmileLeft").max() < 0.15
    assert scene(played, sad, "browInnerUp").min() > 0.4
    # Lids blink in every scene, from where they are.
    for number in range(4):
        assert scene(played, number, "eyeBlinkLeft").max() > 0.5
    assert scene(played, sad, "eyeBlinkLeft").min() > 0.1
    assert np.ptp(played.gaze[:, 0]) > 15


def test_the_same_minute_is_played_every_time(played):
    assert np.array_equal(minute().weights, played.weights)


def test_it_is_drawn_as_svg_with_its_four_rows_and_scenes(played, tmp_path):
    path = tmp_path / "minute.svg"
    draw(played, path)
    text = "".join(ElementTree.parse(path).getroot().itertext())
    for word in ("lids", "gaze", "brow", "smile", *(scene.what for scene in SCENES)):
        assert word in text
    again = tmp_path / "again.svg"
    draw(played, again)
    assert again.read_bytes() == path.read_bytes()


def test_it_is_drawn_as_png(played, tmp_path):
    path = tmp_path / "minute.png"
    draw(played, path)
    assert path.read_bytes().startswith(b"\x89PNG")
