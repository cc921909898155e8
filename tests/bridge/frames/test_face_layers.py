"""The layers of a bridge together, as the configuration makes them."""

import numpy as np
import pytest

from bridge.config.face import FaceSection
from bridge.emotion.mixer import Mixer
from bridge.emotion.update import named_update
from bridge.face.overlay import OverlayFaces
from bridge.frames.clock import Tick
from bridge.frames.face_layers import face_layers, layer_settings
from bridge.frames.interpolation import Spring
from bridge.frames.pipeline import Pipeline, bare_layers
from protocols.arkit import BLENDSHAPES, GROUPS, PAIRS

ORDER = (
    *("symmetry", "tuning", "speed_limit", "overlay_speech", "gaze", "blink", "idle", "lean"),
    *("mouth", "overlay", "correctives", "eye_rotations", "played"),
)
STILL = {"still": True, "mouth": "keep", "correctives": False}


def pipeline_of(engine, mixer: Mixer, **face) -> Pipeline:
    section = FaceSection.model_validate(face)
    return Pipeline(mixer, Spring(), engine, face_layers(section, 1.0, OverlayFaces()))


def play(pipeline: Pipeline, seconds: float, fps: int = 60) -> np.ndarray:
    """[frames, 52]: the main stream's weights."""
    shown = []
    for frame in range(round(seconds * fps)):
        pipeline.advance(Tick(frame, frame / fps, frame / fps))
        shown.append(pipeline.faces["main"].weights.copy())
    return np.array(shown)


def mixer_feeling(emotion: str) -> Mixer:
    mixer = Mixer(now=lambda: 0.0)
    mixer.mailbox("test").post(named_update(emotion))
    return mixer


def test_layers_are_applied_in_the_order_of_the_drawing():
    assert tuple(face_layers(FaceSection(), 1.0, OverlayFaces())) == ORDER


def test_every_layer_with_settings_gets_them():
    fixed = {"overlay_speech", "eye_rotations", "played"}
    assert {*layer_settings(FaceSection(), 1.0)} == {*ORDER} - fixed


@pytest.mark.parametrize("emotion", ["neutral", "happiness", "anger", "sadness"])
def test_with_every_layer_off_the_face_is_the_bare_model_s_bit_for_bit(engine, emotion):
    still = play(pipeline_of(engine, mixer_feeling(emotion), **STILL), 1.0)
    bare = Pipeline(mixer_feeling(emotion), Spring(), engine, bare_layers())
    assert still.tobytes() == play(bare, 1.0).tobytes()


def test_with_nothing_configured_a_neutral_face_lives_and_stays_symmetric(engine):
    shown = play(pipeline_of(engine, mixer_feeling("neutral"), seed=1), 20.0)
    assert np.all((shown >= 0) & (shown <= 1))
    lids = shown[:, BLENDSHAPES.index("eyeBlinkLeft")]
    assert lids.max() > 0.5
    assert shown[:, BLENDSHAPES.index("mouthSmileLeft")].std() > 0.01
    for left, right in PAIRS:
        assert shown[:, left].tobytes() == shown[:, right].tobytes()


def test_a_face_that_is_told_to_be_still_does_not_move_by_a_bit(engine):
    pipeline = pipeline_of(engine, mixer_feeling("neutral"), still=True)
    shown = play(pipeline, 20.0)
    assert len(np.unique(shown, axis=0)) == 1


def test_new_settings_count_from_the_next_frame(engine):
    pipeline = pipeline_of(engine, mixer_feeling("happiness"), still=True)
    play(pipeline, 3.0)
    smile = BLENDSHAPES.index("mouthSmileLeft")
    before = pipeline.faces["main"].weights[smile]
    settings = FaceSection.model_validate({"still": True, "strength": 0.5})
    pipeline.layers.configure(layer_settings(settings, 1.0))
    pipeline.advance(Tick(181, 3.02, 3.02))
    assert pipeline.faces["main"].weights[smile] == pytest.approx(before / 2, rel=0.02)


@pytest.mark.parametrize(
    ("written", "left_equals_right"),
    [({"gaze": True}, False), ({"lean": "contempt"}, False), ({"style": "stage"}, True)],
)
def test_gaze_and_lean_alone_give_up_left_equals_right(engine, written, left_equals_right):
    shown = play(pipeline_of(engine, mixer_feeling("contempt"), seed=1, **written), 10.0)
    alike = all(shown[:, left].tobytes() == shown[:, right].tobytes() for left, right in PAIRS)
    assert alike == left_equals_right


def test_a_mouth_that_is_off_does_not_drift_either(engine):
    shown = play(pipeline_of(engine, mixer_feeling("happiness"), seed=1, mouth="off"), 20.0)
    for group in ("mouth", "jaw", "tongue"):
        for name in GROUPS[group]:
            assert not shown[:, BLENDSHAPES.index(name)].any(), name


def test_what_belongs_to_another_program_is_as_that_program_says(engine):
    now = [0.0]
    overlays = OverlayFaces(now=lambda: now[0])
    section = FaceSection.model_validate({"seed": 1, "merge": {"eye": "theirs"}})
    layers = face_layers(section, 1.0, overlays)
    pipeline = Pipeline(mixer_feeling("neutral"), Spring(), engine, layers)
    eyes = dict.fromkeys(("eyeBlinkLeft", "eyeBlinkRight"), 0.0)
    shown = []
    for frame in range(1200):
        now[0] = frame / 60
        overlays.post("main", {"jawOpen": 0.0, **eyes}, {})
        pipeline.advance(Tick(frame, now[0], now[0]))
        shown.append(pipeline.faces["main"].weights.copy())
    settled = np.array(shown)[120:]
    for name in ("jawOpen", *eyes):
        assert settled[:, BLENDSHAPES.index(name)].max() < 0.01, name
