"""Rendering: the frame path of a configuration, on a virtual clock."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bridge.config.reading import read_settings
from bridge.config.settings import Settings
from bridge.emotion import dominance
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import Update, point_update
from bridge.frames.clock import Tick
from bridge.frames.virtual import VirtualRun, ticks
from bridge.recording.events import TimedUpdate
from bridge.rendering.rendered import Rendered, collected
from protocols.face import Face

Config = Settings | Mapping[str, Any] | Path | str | None

_SEED = 0
_LONGEST = 10_000_000
"""Frames: 46 hours at 60 frames a second."""


class RenderError(ValueError):
    """Nothing can be rendered; the message says why."""


def render(vad: ArrayLike, times: ArrayLike, fps: float = 60.0, config: Config = None) -> Rendered:
    """The face of a feeling that changes, at each frame.

    Args:
        vad: (n, 3) or (n, 2): valence, arousal and dominance at each time, -1 to 1. Without
            dominance it is estimated from the other two. A row with a NaN is left out.
        times: (n,): seconds, ascending. The first frame is at the first of them, the last at or
            before the last.
        fps: frames a second, 1 to 240.
        config: a configuration: its path, a mapping of settings, or `Settings`. Its inputs and
            outputs are not used. Movements by chance are the same in every run: `face.seed` is 0
            unless it is set.

    Raises:
        ValueError: arrays of other shapes, times that go back, numbers outside -1 to 1, or a
            configuration that cannot be used.
    """
    points, moments = _checked(vad, times)
    settings = seeded(settings_of(config))
    updates = [
        TimedUpdate(at, _update(point))
        for at, point in zip(moments, points, strict=True)
        if not any(map(math.isnan, point))
    ]
    frames = played(settings, updates, float(fps), until=moments[-1])
    return collected(frames)[MAIN_STREAM]


def settings_of(config: Config) -> Settings:
    """The settings of a configuration in any of its forms.

    Raises:
        ConfigError: a mistake in it.
    """
    if isinstance(config, Settings):
        return config
    if isinstance(config, Mapping):
        return read_settings(None, dict(config))
    return read_settings(None if config is None else Path(config))


def seeded(settings: Settings) -> Settings:
    """The same, with a seed for what moves by chance, so that each rendering gives the same."""
    if settings.face.seed is not None:
        return settings
    face = settings.face.model_copy(update={"seed": _SEED})
    return settings.model_copy(update={"face": face})


def played(
    settings: Settings,
    updates: Sequence[TimedUpdate],
    fps: float | None = None,
    *,
    until: float | None = None,
) -> Iterator[tuple[Tick, Mapping[str, Face]]]:
    """Every frame from the first update to the last one, or to `until`. A stream comes with its
    first update.

    Args:
        updates: in the order of their times.
        fps: frames a second; as configured when not given.

    Raises:
        RenderError: there is no update, or there would be too many frames.
        CheckpointError: the model cannot be read.
        UpdateError: there are too many streams.
    """
    fps = settings.fps if fps is None else fps
    if not updates:
        raise RenderError("there are no updates to render")
    if not 1 <= fps <= 240:
        raise RenderError(f"fps {fps:g}: expected 1 to 240 frames a second")
    start = updates[0].time
    seconds = (updates[-1].time if until is None else until) - start
    if seconds * fps > _LONGEST:
        raise RenderError(
            f"{seconds:.0f} seconds at {fps:g} frames a second are more than {_LONGEST} frames; "
            "if the times are milliseconds, set `time: milliseconds`"
        )
    run = VirtualRun(settings)
    posted = ((t.time, t.update, t.source, t.priority, t.default_hold) for t in updates)
    return run.play(posted, ticks(start, seconds, fps))


def _checked(vad: ArrayLike, times: ArrayLike) -> tuple[list[list[float]], list[float]]:
    points = np.asarray(vad, dtype=np.float64)
    moments = np.asarray(times, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] not in (2, 3):
        raise RenderError(f"vad of shape {points.shape}: expected (n, 3) or (n, 2)")
    if moments.shape != points.shape[:1] or not len(moments):
        raise RenderError(
            f"times of shape {moments.shape}: expected a time for each of {len(points)} points"
        )
    if not np.isfinite(moments).all() or (np.diff(moments) < 0).any():
        raise RenderError("times: expected finite seconds that never decrease")
    outside = points[np.abs(points) > 1.0]
    if len(outside):
        raise RenderError(
            f"vad {outside[0]:g}: expected numbers from -1 to 1; convert numbers of another "
            f"scale first"
        )
    return points.tolist(), moments.tolist()


def _update(point: Sequence[float]) -> Update:
    valence, arousal, *rest = point
    third = rest[0] if rest else dominance.estimate(valence, arousal)
    return point_update(valence, arousal, third)
