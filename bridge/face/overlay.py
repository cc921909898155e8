"""The face of another program (lip-sync, a camera tracker) merged into ours, part by part.

The receiver gets one stream of faces in place of two that fight. An overlay that stops eases away.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bridge.face.layer import Frame, PerStream, RowLayer, without
from bridge.face.mouth import from_visemes
from bridge.face.played import PlayedFaces
from protocols.arkit import BLENDSHAPES, GROUPS, INDEX

FRESH = 0.5
"""Seconds without a face of the other program after which its overlay eases away."""
EASE = 0.12
"""Seconds after which 63 % of the way from our face to the merged one is gone, and back."""
_GONE = 1e-3
_JAW_MOVES = 0.03
"""How far the jaw of two faces in a row is apart when somebody speaks."""
_PAUSE = 0.4
"""Seconds without a movement of the jaw for which a stream still counts as speaking."""
_MOST_STREAMS = 1024

Merge = Literal["theirs", "add", "max", "ours"]

DEFAULT_MERGE: Mapping[str, Merge] = {
    "brow": "add",
    "eye": "max",
    "cheek": "max",
    "nose": "ours",
    "mouth": "theirs",
    "jaw": "theirs",
    "tongue": "theirs",
    "head": "theirs",
}
"""What is done with each group of shapes, and with the head's rotation."""

_VOWELS = {"a": "aa", "i": "ih", "u": "ou", "e": "E", "o": "oh"} | {
    "aa": "aa",
    "ih": "ih",
    "ou": "ou",
    "ee": "E",
    "oh": "oh",
}
"""The vowels of VRM 0 and VRM 1, which lip-sync programs send, as visemes of Oculus."""
_SHAPES = {name.casefold(): index for name, index in INDEX.items()}
_HEAD = {"headyaw": 0, "headpitch": 1, "headroll": 2}


@dataclass(frozen=True, slots=True)
class OverlayFace:
    """One face of another program."""

    weights: NDArray[np.float32]
    """(52,), each within [0, 1]."""
    given: NDArray[np.bool_]
    """(52,): the shapes that the program sends."""
    head: NDArray[np.float32] | None
    """(3,): yaw, pitch and roll in radians, if the program sends them."""
    received: float
    """Seconds of `time.perf_counter`."""
    spoke: float
    """When its jaw last moved."""


class OverlayFaces:
    """The latest face of another program for each stream. Written by inputs, read by the frame
    thread; neither waits for the other."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._faces: dict[str, OverlayFace] = {}
        self.played = PlayedFaces(now)
        """Whole faces from recordings, which replace ours."""

    def post(self, stream: str, values: Mapping[str, float], about: Mapping[str, object]) -> bool:
        """Take one face as a decoder read it. Values that are not finite are ignored.

        Args:
            values: weights by ARKit names in any spelling, or by VRM's vowels; also head rotations.
            about: what else the frame said, for its head rotation.

        Returns:
            Whether there was anything in it.
        """
        weights = np.zeros(len(BLENDSHAPES), np.float32)
        given = np.zeros(len(BLENDSHAPES), np.bool_)
        vowels: dict[str, float] = {}
        for name, value in values.items():
            plain = _plain(name)
            if not math.isfinite(value):
                continue
            if (index := _SHAPES.get(plain)) is not None:
                weights[index] = min(max(value, 0.0), 1.0)
                given[index] = True
            elif (viseme := _VOWELS.get(plain)) is not None:
                vowels[viseme] = min(max(value, 0.0), 1.0)
        if vowels:
            spoken, shapes = from_visemes(vowels)
            np.maximum(weights, spoken, out=weights)
            given |= shapes
        head = _head({**about, **values})
        if head is None and not given.any():
            return False
        if stream not in self._faces and len(self._faces) >= _MOST_STREAMS:
            del self._faces[min(self._faces, key=lambda other: self._faces[other].received)]
        now = self._now()
        before = self._faces.get(stream)
        jaw = INDEX["jawOpen"]
        moved = before is not None and abs(weights[jaw] - before.weights[jaw]) > _JAW_MOVES
        spoke = now if moved else -math.inf if before is None else before.spoke
        self._faces[stream] = OverlayFace(weights, given, head, now, spoke)
        return True

    def get(self, stream: str) -> OverlayFace | None:
        """The latest face for a stream, however old."""
        return self._faces.get(stream)

    def __bool__(self) -> bool:
        return bool(self._faces)


def _plain(name: str) -> str:
    """One spelling for `EyeBlinkLeft`, `eyeBlink_L` and `eye_blink_left`."""
    plain = name.casefold()
    if plain.endswith(("_l", "_r")):
        plain = plain[:-2] + ("left" if plain.endswith("_l") else "right")
    return plain.replace("_", "")


def _head(said: Mapping[str, object]) -> NDArray[np.float32] | None:
    head = np.zeros(3, np.float32)
    found = False
    for name, value in said.items():
        axis = _HEAD.get(name.casefold())
        if axis is not None and isinstance(value, int | float) and math.isfinite(value):
            head[axis] = value
            found = True
    return head if found else None


@dataclass(frozen=True, slots=True)
class OverlaySettings:
    """How the face of another program is merged into that of one stream."""

    merge: Mapping[str, Merge] = field(default_factory=lambda: dict(DEFAULT_MERGE))
    """By group, or `head`: take theirs, add it to ours, take the stronger, or keep ours."""


class OverlaySpeech:
    """Comes before the mouth: while an overlay moves the jaw, its stream counts as speaking."""

    def __init__(self, faces: OverlayFaces) -> None:
        self._faces = faces
        self._streams: list[str] = []

    def add_rows(self, streams: Sequence[str]) -> None:
        self._streams += streams

    def remove_rows(self, rows: Sequence[int]) -> None:
        self._streams = without(self._streams, rows)

    def configure(self, settings: None) -> None:
        """There is nothing to set."""

    def apply(self, frame: Frame) -> None:
        if not self._faces:
            return
        for row, stream in enumerate(self._streams):
            face = self._faces.get(stream)
            if face is not None and frame.now - face.spoke < _PAUSE:
                frame.speaking[row] = True


class Overlay(RowLayer[OverlaySettings]):
    """Merges the latest face of another program into each stream that has one."""

    _level: NDArray[np.float32]
    """[streams]: how far the way to the merged face is gone, from 0 to 1."""
    _theirs: NDArray[np.bool_]
    """[streams, 52]: the shapes that are merged so; `_add` and `_max` likewise."""
    _add: NDArray[np.bool_]
    _max: NDArray[np.bool_]
    _head: NDArray[np.bool_]
    """[streams]: whether their head turns ours."""

    def __init__(self, settings: PerStream[OverlaySettings], faces: OverlayFaces) -> None:
        super().__init__(settings)
        self._faces = faces
        self._keep("_level")
        for kind in ("theirs", "add", "max"):
            self._keep(f"_{kind}", len(BLENDSHAPES), dtype=np.bool_)
        self._keep("_head", dtype=np.bool_)

    def apply(self, frame: Frame) -> None:
        if not self._faces:
            return
        ease = -math.expm1(-frame.dt / EASE)
        for row, stream in enumerate(self._streams):
            face = self._faces.get(stream)
            if face is None:
                continue
            fresh = frame.now - face.received < FRESH
            level = float(self._level[row])
            level += (fresh - level) * ease
            self._level[row] = level if level > _GONE else 0.0
            if self._level[row]:
                self._merge(frame, row, face)

    def _merge(self, frame: Frame, row: int, face: OverlayFace) -> None:
        ours, theirs, level = frame.weights[row], face.weights, self._level[row]
        merged = np.where(self._theirs[row], theirs, ours)
        merged = np.where(self._add[row], ours + theirs, merged)
        merged = np.where(self._max[row], np.maximum(ours, theirs), merged)
        merged = np.where(face.given, np.minimum(merged, 1.0), ours)
        ours += (merged - ours) * level
        if face.head is not None and self._head[row]:
            head = frame.rotations[row, 0]
            head += (face.head - head) * level

    def _set(self, row: int, settings: OverlaySettings) -> None:
        merge = {**DEFAULT_MERGE, **settings.merge}
        for group, shapes in GROUPS.items():
            for shape in shapes:
                for kind in ("theirs", "add", "max"):
                    getattr(self, f"_{kind}")[row, INDEX[shape]] = merge[group] == kind
        self._head[row] = merge["head"] != "ours"
