"""Events of the HTTP interface as faces; tests/end_to_end/test_record_command.py has real ones."""

import numpy as np
import pytest

from bridge.receiving.web import face_of
from protocols.arkit import BLENDSHAPES
from protocols.face import DecodeError


def event(**changed):
    turns = {"yaw": 90.0, "pitch": 0.0, "roll": 0.0}
    return {
        "stream": "main",
        "label": "joy 1",
        "valence": 0.5,
        "arousal": 0.25,
        "dominance": 0.1,
        "weights": dict.fromkeys(BLENDSHAPES, 0.25),
        "rotations": dict.fromkeys(("head", "left_eye", "right_eye"), turns),
        **changed,
    }


def test_an_event_becomes_a_face_in_radians():
    face = face_of(event(), 7, 1.5, 2.5)
    assert (face.time, face.wall, face.frame, face.label) == (1.5, 2.5, 7, "joy 1")
    assert face.rotations[0] == pytest.approx([np.pi / 2, 0, 0])
    assert (face.weights == 0.25).all()
    assert face.feeling == pytest.approx([0.5, 0.25, 0.1])


@pytest.mark.parametrize(
    "changed",
    [
        {"weights": {}},
        {"weights": dict.fromkeys(BLENDSHAPES, float("nan"))},
        {"valence": None},
        {"stream": "a/b"},
        {"rotations": 3},
    ],
)
def test_an_event_without_a_face_is_refused(changed):
    with pytest.raises(DecodeError):
        face_of(event(**changed), 0, 0.0, 0.0)
