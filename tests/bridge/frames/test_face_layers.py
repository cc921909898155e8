"""The layers of a bridge together, as the configuration makes them."""

import numpy as np
import pytest

from bridge.config.face import FaceSection
from bridge.emotion.cues import Cues
from bridge.emotion.mixer import Mailbox, Mixer
from bridge.emotion.states import NAMES
from bridge.emotion.update import Update, named_update
from bridge.face.overlay import OverlayFaces
from bridge.frames.clock import Tick
from bridge.frames.face_layers import face_layers, layer_settings
from bridge.frames.interpolation import Spring
from bridge.frames.pipeline import Pipeline, bare_layers
from protocols.arkit import BLENDSHAPES, GROUPS, PAIRS

ORDER = (
    *("symmetry", "tuning", "speed_limit", "overlay_speech", "gaze", "blink", "idle", "nods"),
    *("lean", "mouth", "overlay", "transition", "correctives", "eye_rotations", "played"),
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
    fixed = {"overlay_speech", "transition", "eye_rotations", "played"}
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


# --- states of a character


def character(engine, **face) -> tuple[Mixer, Mailbox, Pipeline]:
    """A mixer whose clock stands, a mailbox, and a pipeline with the states of the settings."""
    section = FaceSection.model_validate({"seed": 1, **face})
    mixer = Mixer(states=section.character_states, now=lambda: 0.0)
    layers = face_layers(section, 1.0, OverlayFaces())
    return mixer, mixer.mailbox("test"), Pipeline(mixer, Spring(), engine, layers)


def choose(box: Mailbox, state: str, stream: str = "main") -> None:
    box.post(Update((), "", stream, cues=Cues(state=state)))


def go_on(pipeline: Pipeline, start: float, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """[frames, 52] weights and [frames, 3, 3] rotations from `start` on."""
    weights, rotations = [], []
    for frame in range(round(seconds * 60)):
        now = start + frame / 60
        pipeline.advance(Tick(frame, now, now))
        weights.append(pipeline.faces["main"].weights.copy())
        rotations.append(pipeline.faces["main"].rotations.copy())
    return np.array(weights), np.array(rotations)


LIDS = [BLENDSHAPES.index("eyeBlinkLeft"), BLENDSHAPES.index("eyeBlinkRight")]


def test_asleep_the_eyes_close_gently_stay_closed_and_open_again(engine):
    _, box, pipeline = character(engine)
    go_on(pipeline, 0.0, 2.0)
    choose(box, "asleep")
    falling, _ = go_on(pipeline, 2.0, 1.0)
    assert np.abs(np.diff(falling[:, LIDS[0]])).max() < 0.1
    box.post(named_update("surprise"))
    asleep, _ = go_on(pipeline, 3.0, 10.0)
    assert asleep[:, LIDS].min() == 1.0
    box.post(named_update("neutral"))
    choose(box, "")
    awake, _ = go_on(pipeline, 13.0, 2.0)
    assert np.median(awake[-60:, LIDS]) < 0.2
    assert np.abs(np.diff(awake[:, LIDS[0]])[:30]).max() < 0.1


def test_thinking_looks_up_and_aside_listening_looks_at_the_viewer(engine):
    _, box, pipeline = character(engine)
    choose(box, "thinking")
    _, thinking = go_on(pipeline, 0.0, 40.0)
    choose(box, "listening")
    _, listening = go_on(pipeline, 40.0, 40.0)
    yaw, pitch = np.degrees(thinking[60:, 1, 0]), np.degrees(thinking[60:, 1, 1])
    away = np.hypot(yaw, pitch) > 8
    assert away.mean() > 0.6
    assert np.median(pitch[away]) < -5
    assert np.median(np.abs(yaw[away])) > 8
    assert (np.hypot(*np.degrees(listening[60:, 1, :2]).T) < 5).mean() > 0.5


def test_a_face_that_is_still_is_still_in_every_state(engine):
    for state in ("listening", "waiting", "speaking"):
        _, box, pipeline = character(engine, still=True)
        choose(box, state)
        shown, rotations = go_on(pipeline, 0.0, 10.0)
        assert not shown[60:].any()
        assert not rotations.any()


@pytest.mark.parametrize("state", NAMES)
def test_no_state_begins_or_ends_with_a_jump(engine, state):
    _, box, pipeline = character(engine, blink=False, gaze=False, idle=False)
    box.post(named_update("joy"))
    go_on(pipeline, 0.0, 3.0)
    for now, name in ((3.0, state), (4.0, ""), (5.0, state)):
        before = pipeline.faces["main"].weights.copy()
        choose(box, name)
        shown, _ = go_on(pipeline, now, 1.0)
        skin = [i for i, shape in enumerate(BLENDSHAPES) if not shape.startswith("eye")]
        jumps = np.abs(np.diff(np.concatenate([[before], shown]), axis=0))
        assert jumps[:, skin].max() < 0.12
        assert jumps[:, LIDS].max() < 14 / 60  # the speed of people's lids


def test_new_settings_of_a_state_count_while_it_lasts(engine):
    _, box, pipeline = character(engine, still=True)
    choose(box, "asleep")
    go_on(pipeline, 0.0, 2.0)
    changed = FaceSection.model_validate(
        {"still": True, "states": {"asleep": {"shapes": {"eyeBlinkLeft": {"minimum": 0.5}}}}}
    )
    pipeline.layers.configure(layer_settings(changed, 1.0))
    shown, _ = go_on(pipeline, 2.0, 2.0)
    assert 0.49 < shown[-1, LIDS[0]] < 1.0


def test_a_state_is_that_of_one_stream_whichever_come_and_end_beside_it(engine):
    mixer, box, pipeline = character(engine, still=True)
    box.post(named_update("neutral", stream="alice"))
    choose(box, "asleep", "bob")
    go_on(pipeline, 0.0, 2.0)
    box.post(named_update("neutral", stream="carol"))
    mixer.reshape(["bob"], open_to_more=True, most_streams=64, states=mixer._states)
    choose(box, "", "bob")  # in the frame in which the rows change
    pipeline.advance(Tick(0, 2.0, 2.0))
    assert {name: face.weights[LIDS[0]] > 0.9 for name, face in pipeline.faces.items()} == {
        "main": False,
        "alice": False,
        "bob": True,
        "carol": False,
    }
    for frame in range(60):
        pipeline.advance(Tick(frame, 2.0 + frame / 60, 2.0))
    assert pipeline.faces["bob"].weights[LIDS[0]] < 0.2
