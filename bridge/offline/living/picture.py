"""A minute of a living face as a picture: lids, gaze, brow and smile. Needs matplotlib."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.cues import Cues
from bridge.emotion.mixer import Mixer
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import Update, named_update
from bridge.face.blink import Blink, BlinkSettings
from bridge.face.correctives import Correctives
from bridge.face.eye_rotations import EyeRotations
from bridge.face.gaze import Gaze, GazeSettings
from bridge.face.idle import Idle, IdleSettings
from bridge.face.layer import Layers, PerStream
from bridge.face.mouth import Mouth, MouthSettings
from bridge.face.symmetry import Symmetry
from bridge.frames.clock import Tick
from bridge.frames.interpolation import Spring
from bridge.frames.pipeline import Pipeline
from bridge.model import checkpoint
from bridge.model.engine import Engine
from protocols.arkit import INDEX

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FPS = 60
MINUTE = 60.0
SEED = 3
"""An ordinary minute: neither rich in blinks nor poor."""


class Scene(NamedTuple):
    """From a moment on, something else happens."""

    begins: float
    what: str
    update: Update


SCENES = (
    Scene(0.0, "at rest", named_update("neutral")),
    Scene(15.0, "speaking", Update((), "", cues=Cues(speaking=True))),
    Scene(30.0, "happy", named_update("happiness", 0.8)),
    Scene(45.0, "sad", named_update("sadness")),
)
_SILENT = Update((), "", cues=Cues(speaking=False))


class Minute(NamedTuple):
    """What the picture shows, by frames."""

    seconds: NDArray[np.float64]
    weights: NDArray[np.float32]
    """[frames, 52]"""
    gaze: NDArray[np.float32]
    """[frames, 2]: yaw and pitch of the left eye in degrees."""


def minute() -> Minute:
    """Play the scenes with all movement on, also that which is off by default."""
    clock = [0.0]
    mixer = Mixer(now=lambda: clock[0])
    box = mixer.mailbox("picture")
    arrays, _ = checkpoint.load(checkpoint.BUILTIN)
    pipeline = Pipeline(mixer, Spring(), Engine(arrays), _layers())
    scenes = list(SCENES)
    frames = round(MINUTE * FPS)
    shown = Minute(
        np.arange(frames) / FPS,
        np.zeros((frames, len(INDEX)), np.float32),
        np.zeros((frames, 2), np.float32),
    )
    for frame in range(frames):
        clock[0] = frame / FPS
        if scenes and clock[0] >= scenes[0].begins:
            if scenes[0].update.parts:
                box.post(_SILENT)
            box.post(scenes.pop(0).update)
        pipeline.advance(Tick(frame, clock[0], clock[0]))
        face = pipeline.faces[MAIN_STREAM]
        shown.weights[frame] = face.weights
        shown.gaze[frame] = np.degrees(face.rotations[1, :2])
    return shown


def _layers() -> Layers:
    gaze = Gaze(PerStream(GazeSettings(on=True, seed=SEED)))
    return Layers(
        symmetry=Symmetry(),
        idle=Idle(PerStream(IdleSettings(eyes=False, seed=SEED))),
        gaze=gaze,
        blink=Blink(PerStream(BlinkSettings(seed=SEED)), gaze),
        mouth=Mouth(PerStream(MouthSettings())),
        correctives=Correctives(),
        eye_rotations=EyeRotations(),
    )


def draw(shown: Minute, path: Path) -> None:
    """Write the picture, as SVG or PNG by the name's ending."""
    import matplotlib as mpl  # noqa: PLC0415 - an extra
    from matplotlib.figure import Figure  # noqa: PLC0415

    # Text stays text, and the same minute gives the same file.
    style: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "minute", "font.size": 9}
    with mpl.rc_context(style):
        figure = Figure(figsize=(10, 6.4), layout="constrained")
        lids, gaze, brow, smile = figure.subplots(4, 1, sharex=True)
        _line(lids, shown.seconds, shown.weights[:, INDEX["eyeBlinkLeft"]], "lids\n(eyeBlink)")
        yaw, pitch = shown.gaze.T
        _line(gaze, shown.seconds, yaw, "gaze\n(degrees)", label="to its right")
        _line(gaze, shown.seconds, pitch, "gaze\n(degrees)", colour="tab:orange", label="down")
        gaze.legend(loc="upper left", ncols=2, frameon=False)
        _line(brow, shown.seconds, shown.weights[:, INDEX["browInnerUp"]], "brow\n(browInnerUp)")
        _line(
            smile, shown.seconds, shown.weights[:, INDEX["mouthSmileLeft"]], "smile\n(mouthSmile)"
        )
        for axes in (lids, brow, smile):
            axes.set_ylim(0, 1.02)
        gaze.set_ylim(-22, 22)
        smile.set(xlabel="seconds", xlim=(0, MINUTE))
        for axes in (lids, gaze, brow, smile):
            for scene in SCENES[1:]:
                axes.axvline(scene.begins, color="0.75", linewidth=0.8)
        for scene in SCENES:
            lids.text(scene.begins + 0.3, 1.06, scene.what, fontweight="bold", clip_on=False)
        figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix == ".svg" else None)


def _line(
    axes: "Axes",
    seconds: NDArray[np.float64],
    values: NDArray[np.float32],
    name: str,
    *,
    colour: str = "tab:blue",
    label: str = "",
) -> None:
    axes.plot(seconds, np.round(values, 4), linewidth=0.9, color=colour, label=label)
    axes.set_ylabel(name)
    axes.spines[["top", "right"]].set_visible(False)
