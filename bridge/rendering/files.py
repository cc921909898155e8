"""Files that a rendering can be written to, by the ends of their names."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np

from bridge.frames.clock import Tick
from bridge.rendering.rendered import collected
from protocols.arkit import BLENDSHAPES
from protocols.face import Face
from protocols.livelink import ROTATIONS

Frames = Iterable[tuple[Tick, Mapping[str, Face]]]
Write = Callable[[Frames, Path], None]

ANGLES = tuple(name[:1].lower() + name[1:] for name in ROTATIONS)
"""The names of the rotations in a table, radians."""
COLUMNS = ("time", "stream", "valence", "arousal", "dominance", *BLENDSHAPES, *ANGLES)

_NUMBERS = ",".join(["%.6f"] * (3 + len(BLENDSHAPES) + len(ANGLES)))


def write_csv(frames: Frames, path: Path) -> None:
    """A line for each face: time, stream, feeling, 52 weights, 9 rotations."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(COLUMNS) + "\n")
        for tick, faces in frames:
            for stream, face in faces.items():
                numbers = np.concatenate((face.feeling, face.weights, face.rotations.ravel()))
                file.write(f"{tick.now:.6f},{_cell(stream)},{_NUMBERS % tuple(numbers.tolist())}\n")


def write_npz(frames: Frames, path: Path) -> None:
    """Arrays for NumPy: `times`, `feelings`, `weights` and `rotations` of one stream, and the names
    `blendshapes`. Of several streams each array has the stream in its name: `bob/weights`."""
    rendered = collected(frames)
    arrays: dict[str, np.ndarray] = {"streams": np.array(list(rendered))}
    for stream, of_stream in rendered.items():
        place = "" if len(rendered) == 1 else f"{stream}/"
        for name in ("times", "feelings", "weights", "rotations"):
            arrays[f"{place}{name}"] = getattr(of_stream, name)
    arrays["blendshapes"] = np.array(BLENDSHAPES)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


WRITERS: dict[str, Write] = {".csv": write_csv, ".npz": write_npz}
"""By the end of a name. A writer takes the frames one by one: the next overwrites the last."""


def _cell(text: str) -> str:
    if any(character in text for character in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text
