"""What a layer is: a step after the model that changes every stream's face, once a frame."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.cues import VISEMES
from protocols.arkit import BLENDSHAPES


@dataclass(slots=True)
class Frame:
    """One frame of every stream, which layers change in place. Row n of each array is stream n."""

    weights: NDArray[np.float32]
    """[streams, 52] in reference order, within [0, 1] when the first layer gets them."""
    rotations: NDArray[np.float32]
    """[streams, 3, 3]: head, left eye and right eye, as `protocols.face.Face` has them."""
    feelings: NDArray[np.float64]
    """[streams, 3]: valence, arousal and dominance now. Layers only read it."""
    speaking: NDArray[np.bool_]
    """[streams]: whether a source says that the stream speaks. Layers only read it, like what
    follows."""
    visemes: NDArray[np.float32]
    """[streams, 15]: how the mouth speaks, from 0 to 1, in the order of `VISEMES`."""
    look_at: NDArray[np.float64]
    """[streams, 2]: yaw and pitch in radians that a source wants the stream to look at, signed like
    the rotations; NaN where no source does."""
    cut: NDArray[np.bool_]
    """[streams]: whether the goal has changed in this frame and is to be shown at once."""
    now: float = 0.0
    """Seconds on the frame clock. A layer reads no clock."""
    dt: float = 0.0
    """Seconds since the frame before, 0 in the first."""

    @classmethod
    def of(cls, streams: int) -> "Frame":
        """A neutral frame of so many streams."""
        return cls(
            weights=np.zeros((streams, len(BLENDSHAPES)), np.float32),
            rotations=np.zeros((streams, 3, 3), np.float32),
            feelings=np.zeros((streams, 3)),
            speaking=np.zeros(streams, np.bool_),
            visemes=np.zeros((streams, len(VISEMES)), np.float32),
            look_at=np.full((streams, 2), np.nan),
            cut=np.zeros(streams, np.bool_),
        )


class Layer(Protocol):
    """One step. All calls come from the frame thread; none may wait, log or raise."""

    def add_rows(self, streams: Sequence[str]) -> None:
        """Streams have come; their rows are the last ones, in this order."""
        ...

    def remove_rows(self, rows: Sequence[int]) -> None:
        """The streams in these rows, in ascending order, have ended; the other rows move up."""
        ...

    def apply(self, frame: Frame) -> None:
        """Change the frame in place. Called once a frame."""
        ...

    def configure(self, settings: Any) -> None:
        """Go on with other settings, from the face as it is. Each layer says what it takes."""
        ...


S = TypeVar("S")
T = TypeVar("T")


def without(items: Sequence[T], rows: Sequence[int]) -> list[T]:
    """The items of the streams that stay when those in these rows end."""
    ended = set(rows)
    return [item for row, item in enumerate(items) if row not in ended]


def moved_up(row: int, rows: Sequence[int]) -> int | None:
    """The new row of a stream when those in these rows, in ascending order, end; None if it is one
    of them."""
    before = bisect_left(rows, row)
    return None if before < len(rows) and rows[before] == row else row - before


@dataclass(frozen=True, slots=True)
class PerStream(Generic[S]):
    """A layer's settings: those of streams with settings of their own, and those of all others."""

    default: S
    named: Mapping[str, S] = field(default_factory=dict)
    states: Mapping[str, "PerStream[S]"] = field(default_factory=dict)
    """The same for each state of a character."""

    def of(self, stream: str, state: str = "") -> S:
        """The settings of a stream in a state; those without a state if there is none of that
        name."""
        if state and (within := self.states.get(state)) is not None:
            return within.of(stream)
        return self.named.get(stream, self.default)


class RowLayer(Generic[S]):
    """A layer that keeps arrays with a row for each stream, and has settings for each."""

    def __init__(self, settings: PerStream[S]) -> None:
        self._settings = settings
        self._streams: list[str] = []
        self._states: list[str] = []
        """The state of each stream's character; empty for none."""
        self._kept: dict[str, tuple[tuple[int, ...], float, Any]] = {}

    def _keep(self, name: str, *shape: int, fill: float = 0.0, dtype: Any = np.float32) -> None:
        """Have an array [streams, *shape] of this name; a new row holds `fill`."""
        self._kept[name] = (shape, fill, dtype)
        setattr(self, name, np.full((0, *shape), fill, dtype))

    def add_rows(self, streams: Sequence[str]) -> None:
        for name, (shape, fill, dtype) in self._kept.items():
            new = np.full((len(streams), *shape), fill, dtype)
            setattr(self, name, np.concatenate([getattr(self, name), new]))
        first = len(self._streams)
        self._streams += streams
        self._states += [""] * len(streams)
        for row, stream in enumerate(streams, first):
            self._begin(row, stream)
            self._set(row, self._settings.of(stream))
        self._note()

    def remove_rows(self, rows: Sequence[int]) -> None:
        for name in self._kept:
            setattr(self, name, np.delete(getattr(self, name), rows, axis=0))
        self._streams = without(self._streams, rows)
        self._states = without(self._states, rows)
        self._note()

    def configure(self, settings: PerStream[S]) -> None:
        self._settings = settings
        for row in range(len(self._streams)):
            self._set(row, self._of(row))
        self._note()

    def enter(self, row: int, state: str, frame: Frame) -> None:
        """The character of a stream is in another state from now on."""
        before = self._of(row)
        self._states[row] = state
        if (settings := self._of(row)) != before:
            self._set(row, settings)
            self._note()

    def _of(self, row: int) -> S:
        """The settings of a stream now."""
        return self._settings.of(self._streams[row], self._states[row])

    def _begin(self, row: int, stream: str) -> None:
        """A stream has come. Put its state into its row, where the fill is not enough."""

    def _set(self, row: int, settings: S) -> None:
        """Put these settings into a stream's row. Called when it comes, and when they change."""
        raise NotImplementedError

    def _note(self) -> None:
        """Rows have come, gone or changed. Called once after all of them."""


@runtime_checkable
class Stateful(Protocol):
    """A layer that does something else in another state of a character."""

    def enter(self, row: int, state: str, frame: Frame) -> None:
        """A stream's state is another from now on; empty for none. `frame` still has the face
        that was shown last. Called before `apply`."""
        ...


class Layers:
    """Layers by their names, applied in the order in which they are given."""

    def __init__(self, **layers: Layer) -> None:
        self._layers = layers
        self._stateful = [layer for layer in layers.values() if isinstance(layer, Stateful)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def add_rows(self, streams: Sequence[str]) -> None:
        for layer in self._layers.values():
            layer.add_rows(streams)

    def remove_rows(self, rows: Sequence[int]) -> None:
        for layer in self._layers.values():
            layer.remove_rows(rows)

    def apply(self, frame: Frame) -> None:
        for layer in self._layers.values():
            layer.apply(frame)

    def enter(self, row: int, state: str, frame: Frame) -> None:
        """Tell every layer that has to know."""
        for layer in self._stateful:
            layer.enter(row, state, frame)

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Hand each layer named in `settings` its new ones; the others keep theirs."""
        for name, value in settings.items():
            self._layers[name].configure(value)
