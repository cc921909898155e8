"""The layers of a bridge in their order, and their settings as the configuration has them."""

from collections.abc import Callable
from typing import Any, TypeVar

from bridge.config.face import FaceSection, StreamFace
from bridge.face.blink import Blink, BlinkSettings
from bridge.face.correctives import Correctives
from bridge.face.eye_rotations import EyeRotations
from bridge.face.gaze import Gaze, GazeSettings
from bridge.face.idle import Idle, IdleSettings
from bridge.face.layer import Layers, PerStream
from bridge.face.lean import Lean, LeanSettings
from bridge.face.mouth import Mouth, MouthSettings
from bridge.face.overlay import Overlay, OverlayFaces, OverlaySettings, OverlaySpeech
from bridge.face.played import Played
from bridge.face.speed_limit import SpeedLimit, SpeedLimitSettings
from bridge.face.symmetry import Symmetry
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
        lean=Lean(settings["lean"]),
        # After what moves by itself, so that neither a drift nor a blink is added to a mouth or to
        # eyes that belong to speech or to another program.
        mouth=Mouth(settings["mouth"]),
        overlay=Overlay(settings["overlay"], overlays),
        correctives=Correctives(on=face.correctives),
        eye_rotations=EyeRotations(),
        played=Played(overlays.played),
    )


def layer_settings(face: FaceSection, symmetry: float) -> dict[str, Any]:
    """What `Layers.configure` takes: by the name of a layer its settings."""
    return {
        "symmetry": symmetry,
        "tuning": _per_stream(face, _tuning),
        "speed_limit": _per_stream(face, _speed_limit),
        "mouth": _per_stream(face, lambda of: MouthSettings(of.mouth)),
        "overlay": _per_stream(face, lambda of: OverlaySettings(of.merge)),
        "gaze": _per_stream(face, _gaze),
        "blink": _per_stream(face, _blink),
        "idle": _per_stream(face, _idle),
        "lean": _per_stream(face, lambda of: LeanSettings(of.lean, of.lean_side)),
        "correctives": face.correctives,
    }


def _per_stream(face: FaceSection, make: Callable[[StreamFace], S]) -> PerStream[S]:
    return PerStream(make(face), {name: make(face.of(name)) for name in face.streams})


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
    return GazeSettings(
        on=face.gaze and not face.still,
        microsaccades=0.0 if face.still else GazeSettings().microsaccades,
        head=face.head_follows,
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
