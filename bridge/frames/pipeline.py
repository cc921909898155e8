"""The straight line for one frame: mixer → interpolation → model → layers.

Runs on the frame thread. Nothing in it waits, logs or grows. It allocates only when a stream comes
or ends.
"""

import time
from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.felt import NOTHING_FELT, Felt
from bridge.emotion.mixed_stream import NEUTRAL_PARTS, StreamCues
from bridge.emotion.mixer import Mixer
from bridge.face.eye_rotations import EyeRotations
from bridge.face.layer import Frame, Layers, without
from bridge.face.mood import Mood
from bridge.face.symmetry import Symmetry
from bridge.frames.clock import Tick
from bridge.frames.interpolation import Interpolation, Spring
from bridge.frames.mixture import Mixture
from bridge.link.look import Look
from bridge.model.engine import AnyEngine
from protocols.arkit import BLENDSHAPES
from protocols.face import Faces

_AT_REST = 0.01
"""How near to 0 each of valence, arousal and dominance is in a face that counts as neutral."""


_ZERO, _ONE = np.array(0.0, np.float32), np.array(1.0, np.float32)
"""As arrays, because a number would be made into one in every frame."""


def bare_layers(*, symmetry: float = 1.0) -> Layers:
    """The face as the model says it, made symmetric."""
    return Layers(symmetry=Symmetry(symmetry), eye_rotations=EyeRotations())


class Pipeline:
    """Every stream's face, brought up to date once a frame."""

    def __init__(
        self,
        mixer: Mixer,
        interpolation: Interpolation,
        engine: AnyEngine,
        layers: Layers | None = None,
        mood: Mood | None = None,
        *,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Put a pipeline together.

        Args:
            layers: the steps after the model; `bare_layers()` if not given.
            mood: the moods of streams; none if not given.
            stopwatch: measures what each stage costs, in seconds; no frame time comes from it.
        """
        self.faces = Faces()
        """The face of each stream; overwritten in place every frame."""
        self.felt = NOTHING_FELT
        """What each stream feels, replaced every frame. Any thread may read it."""
        self.layers = bare_layers() if layers is None else layers
        self.mood = Mood() if mood is None else mood
        self._mixer: Mixer | None = mixer
        self._mixture = Mixture(interpolation)
        self._engine = engine
        self._frame = Frame.of(0)
        self._cues: list[StreamCues] = []
        """The cues of each stream, as the layers know them."""
        self._modelled: Frame | None = None
        """The frame whose feelings the model has seen, if they have not changed since."""
        self._weights: NDArray[np.float32] = np.zeros((0, len(BLENDSHAPES)), np.float32)
        """[streams, 52]: what the model said of them."""
        self._emotions: NDArray[np.float64] = np.zeros((0, 3))
        """[streams, 3]: feelings without moods, while there are moods."""
        self._speaking: NDArray[np.bool_] = np.zeros(0, np.bool_)
        """[streams]: whether sources say that they speak; layers may find that others do."""
        self._cut = False
        """Whether the latest frame cut to a goal."""
        self._then: float | None = None
        self._leaving: float | None = None
        """The half-life in seconds with which every face eases to neutral at the end."""
        self._left = 1.0
        self._stopwatch = stopwatch
        self.stage_seconds = {"movement": 0.0, "model": 0.0, "layers": 0.0}
        """Seconds spent in each stage so far."""
        self.posted = float("inf")
        """When the first update was posted that the latest frame is the first to show, in seconds
        of `time.perf_counter`; infinity if it shows no new one."""

    @property
    def engine(self) -> AnyEngine:
        """What turns feelings into faces now."""
        return self._engine

    @property
    def feelings(self) -> dict[str, tuple[float, ...]]:
        """Where each stream is now: valence, arousal, dominance."""
        return self._by_stream(self._frame.feelings)

    def first_feelings(self, count: int) -> dict[str, tuple[float, ...]]:
        """Where each of the first streams is now."""
        return self._by_stream(self._frame.feelings[:count])

    @property
    def emotions(self) -> dict[str, tuple[float, ...]]:
        """Where each stream is now, without its mood."""
        return self._by_stream(self._emotions if self.mood.on else self._frame.feelings)

    @property
    def moods(self) -> dict[str, tuple[float, ...]]:
        """The mood of each stream; empty while moods are off."""
        return self._by_stream(self.mood.value) if self.mood.on else {}

    def look(self, faces_of: Collection[str]) -> Look:
        """A copy of what every stream shows, with the whole face of the streams in `faces_of`.
        Called on the frame thread between two frames; elsewhere it may mix two of them."""
        found = ((name, self.faces.get(name)) for name in faces_of)
        return Look(
            self.faces.names,
            self.faces.feelings.tobytes(),
            self._frame.speaking.tobytes(),
            {name: f.weights.tobytes() + f.rotations.tobytes() for name, f in found if f},
        )

    def advance(self, tick: Tick) -> None:
        """Bring every face to the moment of `tick`."""
        began = self._stopwatch()
        self._listen(tick.now)
        frame = self._frame
        frame.dt = 0.0 if self._then is None else max(0.0, tick.now - self._then)
        frame.now = self._then = tick.now
        self._mixture.advance(frame.dt)
        if self.mood.on:
            self._modelled = None
            np.copyto(self._emotions, self._mixture.feelings)
            self._mixture.shift(self.mood.advance(self._emotions, frame.dt))
        still = self._mixture.still and frame is self._modelled
        if not still:
            self.felt = Felt(self.faces.names, *self._mixture.parts)
            np.copyto(frame.feelings, self._mixture.feelings)
            np.copyto(self.faces.feelings, frame.feelings, casting="same_kind")
        moved = self._stopwatch()
        if not still:
            self._model(frame)
        np.copyto(frame.weights, self._weights)
        frame.rotations.fill(0.0)  # the model has none; layers add to them
        modelled = self._stopwatch()
        self.layers.apply(frame)
        if self._leaving is not None:
            self._ease_away(frame, self._leaving)
        self._date(tick)
        stages = self.stage_seconds
        stages["movement"] += moved - began
        stages["model"] += modelled - moved
        stages["layers"] += self._stopwatch() - modelled

    def change(
        self, *, interpolation: Interpolation | None = None, engine: AnyEngine | None = None
    ) -> None:
        """Go on with other parts, from the feelings shown now. Called between two frames."""
        if interpolation is not None and self._mixer is not None:
            self._mixture.move_by(interpolation)
        if engine is not None:
            self._engine, self._modelled = engine, None
            self._mixture.forget_faces()

    def come_to_rest(self, half_life: float) -> None:
        """From here on listen to no source and ease every stream to neutral."""
        self._mixer = None
        self._leaving = half_life
        self._frame.speaking.fill(False)
        self._frame.visemes.fill(0.0)
        self._frame.look_at.fill(np.nan)
        self.posted = float("inf")
        self._mixture.move_by(Spring(half_life, half_life))
        for row in range(len(self.faces)):
            self._mixture.retarget(row, NEUTRAL_PARTS, None)

    def rest(self, tick: Tick) -> None:
        """The neutral face exactly: every weight 0."""
        self._frame.weights[:] = 0.0
        self._frame.rotations[:] = 0.0
        self.faces.feelings[:] = 0.0
        self._date(tick)

    def _listen(self, now: float) -> None:
        """Take from the mixer which streams came and ended, and where each is heading."""
        if self._mixer is None:
            return
        settled = self._mixer.settle(now, self._is_at_rest)
        self.posted = settled.posted
        if settled.ended:
            self._remove_streams(settled.ended)
        if settled.came:
            self._add_streams(settled.came)
        if self._cut:
            self._frame.cut.fill(False)
            self._cut = False
        for goal in settled.goals:
            self._mixture.retarget(goal.row, goal.parts, goal.fade)
            if goal.fade == 0.0:
                self._frame.cut[goal.row] = self._cut = True
        for row, cues in settled.cues:
            self._take_cues(row, cues)
        np.copyto(self._frame.speaking, self._speaking)

    def _model(self, frame: Frame) -> None:
        """The faces of the present feelings, before any layer."""
        faces = self._mixture.faces(self._engine)
        if self._weights.shape != faces.shape:
            self._weights = np.zeros_like(faces)
        # fmax and fmin, because unlike clip they also turn a NaN into a number.
        np.fmax(faces, _ZERO, out=self._weights)
        np.fmin(self._weights, _ONE, out=self._weights)
        self._modelled = None if self._mixture.shifted else frame

    def _ease_away(self, frame: Frame, half_life: float) -> None:
        """Whatever moves a face, a feeling or a layer, it comes to rest."""
        self._left *= 0.5 ** (frame.dt / half_life)
        frame.weights *= np.float32(self._left)
        frame.rotations *= np.float32(self._left)

    def _take_cues(self, row: int, cues: StreamCues) -> None:
        frame, before = self._frame, self._cues[row]
        self._cues[row] = cues
        if cues.moods_forgotten != before.moods_forgotten:
            self.mood.forget(row)
        if cues.state != before.state:
            self.mood.enter(row, cues.state, frame)
            self.layers.enter(row, cues.state, frame)
        self._speaking[row] = cues.speaking
        frame.visemes[row] = 0.0 if cues.visemes is None else cues.visemes
        frame.look_at[row] = np.nan if cues.look_at is None else np.radians(cues.look_at)

    def _is_at_rest(self, row: int) -> bool:
        if row >= len(self.faces):
            return True
        if self.mood.on:  # it is to end, so its mood goes first
            self.mood.forget(row)
        return float(np.abs(self._frame.feelings[row]).max()) < _AT_REST

    def _by_stream(self, rows: NDArray[np.float64]) -> dict[str, tuple[float, ...]]:
        names = self.faces.names
        return {stream: tuple(row) for stream, row in zip(names, rows.tolist(), strict=False)}

    def _date(self, tick: Tick) -> None:
        self.faces.date(tick.frame, tick.seconds, tick.timestamp, tick.time_of_day)

    def _add_streams(self, streams: Sequence[str]) -> None:
        self._mixture.add_rows(len(streams))
        self.layers.add_rows(streams)
        self.mood.add_rows(streams)
        self._cues += [StreamCues()] * len(streams)
        rows = np.arange(len(self.faces))
        self._make_room((*self.faces.names, *streams), rows)

    def _remove_streams(self, rows: Sequence[int]) -> None:
        self._mixture.remove_rows(rows)
        self.layers.remove_rows(rows)
        self.mood.remove_rows(rows)
        self._cues = without(self._cues, rows)
        stay = np.delete(np.arange(len(self.faces)), rows)
        self._make_room(without(self.faces.names, rows), stay)

    def _make_room(self, names: Sequence[str], rows: NDArray[np.intp]) -> None:
        """Give every stream its row in new arrays; the next lines of `advance` fill them. Until
        then they hold the faces that were shown last.

        Args:
            rows: where the first of them were.
        """
        frame, count = Frame.of(len(names)), len(rows)
        for name in ("weights", "rotations", "visemes", "look_at"):
            getattr(frame, name)[:count] = getattr(self._frame, name)[rows]
        frame.now, frame.dt = self._frame.now, self._frame.dt
        self._frame = frame
        self._emotions = np.zeros((len(names), 3))
        speaking = np.zeros(len(names), np.bool_)
        speaking[:count] = self._speaking[rows]
        self._speaking = speaking
        felt = np.zeros((len(names), 3), np.float32)
        self.faces.show(names, frame.weights, frame.rotations, felt)
