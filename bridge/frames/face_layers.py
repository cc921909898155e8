"""The layers of a bridge in their order, and their settings as the configuration has them."""

from collections.abc import Callable
from typing import Any, TypeVar

from bridge.config.face import FaceSection
from bridge.config.stream_face import StreamFace
from bridge.face.blink import Blink, BlinkSettings
from bridge.face.correctives import Correctives
from bridge.face.eye_rotations import EyeRotations
from bridge.face.gaze import Gaze, GazeSettings
from bridge.face.idle import Idle, IdleSettings
from bridge.face.layer import Layers, PerStream
from bridge.face.lean import Lean, LeanSettings
from bridge.face.mood import MoodSettings
from bridge.face.mouth import Mouth, MouthSettings
from bridge.face.nod import Nods, NodSettings
from bridge.face.overlay import Overlay, OverlayFaces, OverlaySettings, OverlaySpeech
from bridge.face.played import Played
from bridge.face.speed_limit import SpeedLimit, SpeedLimitSettings
from bridge.face.symmetry import Symmetry
from bridge.face.transition import Transition
from bridge.face.tuning import ShapeTuning, Tuning, TuningSettings

S = TypeVar("S")


def face_layers(face: FaceSection, symmetry: float, overlays: OverlayFaces) -> Layers:
    """The layers in the order in which they are applied.

    Args:
        symmetry: 0 leaves left and right as the model says, 1 makes them equal.
        overlays: the faces of other programs, which inputs receive.
    """
    settings = layer_settings(face, symmetry)
    gaze = Gaze(settings["gaze"])
    return Layers(
        symmetry=Symmetry(symmetry),
        tuning=Tuning(settings["tuning"]),
        speed_limit=SpeedLimit(settings["speed_limit"]),
        overlay_speech=OverlaySpeech(overlays),
        gaze=gaze,
        blink=Blink(settings["blink"], gaze),
        idle=Idle(settings["idle"]),
        nods=Nods(settings["nods"]),
        lean=Lean(settings["lean"]),
        # After what moves by itself, so that neither a drift nor a blink is added to a mouth or to
        # eyes that belong to speech or to another program.
        mouth=Mouth(settings["mouth"]),
        overlay=Overlay(settings["overlay"], overlays),
        # After every layer that a state changes.
        transition=Transition(),
        correctives=Correctives(on=face.correctives),
        eye_rotations=EyeRotations(),
        played=Played(overlays.played),
    )


def layer_settings(face: FaceSection, symmetry: float) -> dict[str, Any]:
    """What `Layers.configure` takes: by the name of a layer its settings."""
    faces = _faces(face)
    return {
        "symmetry": symmetry,
        "tuning": _each(faces, _tuning),
        "speed_limit": _each(faces, _speed_limit),
        "mouth": _each(faces, lambda of: MouthSettings(of.mouth)),
        "overlay": _each(faces, lambda of: OverlaySettings(of.merge)),
        "gaze": _each(faces, _gaze),
        "blink": _each(faces, _blink),
        "idle": _each(faces, _idle),
        "lean": _each(faces, lambda of: LeanSettings(of.lean, of.lean_side)),
        "nods": _each(faces, lambda of: NodSettings(0.0 if of.still else of.nods, of.seed)),
        "correctives": face.correctives,
    }


def mood_settings(face: FaceSection) -> PerStream[MoodSettings]:
    """What `Mood` takes."""
    return _each(_faces(face), _mood)


def _faces(face: FaceSection) -> PerStream[StreamFace]:
    """The settings of every stream, also in every state."""
    states = {
        name: PerStream(
            face.in_state(state), {stream: face.in_state(state, stream) for stream in face.streams}
        )
        for name, state in face.all_states.items()
    }
    usual: StreamFace = face
    return PerStream(usual, {name: face.of(name) for name in face.streams}, states)


def _each(faces: PerStream[StreamFace], make: Callable[[StreamFace], S]) -> PerStream[S]:
    return PerStream(
        make(faces.default),
        {stream: make(face) for stream, face in faces.named.items()},
        {state: _each(within, make) for state, within in faces.states.items()},
    )


def _tuning(face: StreamFace) -> TuningSettings:
    return TuningSettings(
        face.style,
        face.strength,
        face.upper,
        face.lower,
        {name: ShapeTuning(**shape.model_dump()) for name, shape in face.shapes.items()},
    )


def _speed_limit(face: StreamFace) -> SpeedLimitSettings:
    return SpeedLimitSettings(on=bool(face.speed_limit), factor=float(face.speed_limit))


def _gaze(face: StreamFace) -> GazeSettings:
    usual, contact = GazeSettings(), face.eye_contact
    return GazeSettings(
        on=face.gaze and not face.still,
        contact=usual.contact if contact is None else contact,
        speaking_contact=usual.speaking_contact if contact is None else contact,
        microsaccades=0.0 if face.still else usual.microsaccades,
        head=face.head_follows,
        away=None if face.look_away is None else (face.look_away[0], face.look_away[1]),
        seed=face.seed,
    )


def _blink(face: StreamFace) -> BlinkSettings:
    usual = BlinkSettings()
    rate = usual.rate if face.blink is True else float(face.blink)
    return BlinkSettings(
        on=rate > 0 and not face.still,
        rate=rate,
        speaking_rate=usual.speaking_rate * rate / usual.rate,
        seed=face.seed,
    )


def _mood(face: StreamFace) -> MoodSettings:
    if face.mood is None:
        return MoodSettings()
    mood = face.mood
    return MoodSettings(
        on=True, strength=mood.strength, half_life=60.0 * mood.half_life, shows=mood.shows
    )


def _idle(face: StreamFace) -> IdleSettings:
    amount = float(face.idle)
    return IdleSettings(
        on=amount > 0 and not face.still,
        amount=amount,
        breath=amount,
        sway=amount,
        eyes=not face.gaze,
        seed=face.seed,
    )
