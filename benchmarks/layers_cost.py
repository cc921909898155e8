"""What the layers of a living face add to a frame, hot and at a real frame rate."""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

from benchmarks.figure import Figure
from benchmarks.frame import FPS, FrameHere
from bridge.config.face import FaceSection
from bridge.face.overlay import OverlayFaces
from bridge.frames.face_layers import face_layers

ROUNDS = 60
FRAMES_A_ROUND = 100
PACED_FRAMES = 400
GOAL = 120e-6
"""Seconds that all layers may add to a frame at a real 60 a second."""
STREAMS = (1, 64)
"""One face, and as many as a bridge has at most unless it is told otherwise."""

Way = Callable[[int], None]


def measure() -> list[Figure]:
    """Frames with all layers as they are by default, and without them, by turns."""
    figures = []
    for count in STREAMS:
        streams = [str(number) for number in range(count)]
        layers = face_layers(FaceSection(seed=1), 1.0, OverlayFaces())
        ways = {
            "with": FrameHere(layers, streams).make,
            "without": FrameHere(streams=streams).make,
        }
        hot, paced = _hot(ways), _paced(ways)
        of = "" if count == 1 else f", {count} streams"
        figures.append(_figure(f"one frame with all layers, beside without{of}", hot))
        at_rate = f"one frame at {FPS} a second with all layers, beside without{of}"
        figures.append(_figure(at_rate, paced, GOAL if count == 1 else None))
    return figures


def _figure(what: str, seconds: Mapping[str, float], goal: float | None = None) -> Figure:
    more = seconds["with"] - seconds["without"]
    return Figure(
        what,
        f"{seconds['with'] * 1e6:.0f} µs",
        f"{seconds['without'] * 1e6:.0f} µs",
        seconds["with"] / seconds["without"],
        f"at most {goal * 1e6:.0f} µs more" if goal else "",
        more <= goal if goal else None,
    )


def _hot(ways: Mapping[str, Way]) -> dict[str, float]:
    """Seconds a frame, one after the other."""
    rounds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        first = number * FRAMES_A_ROUND
        for name, make in ways.items():
            make(first)  # brings this way back into the caches
            start = time.perf_counter()
            for frame in range(first, first + FRAMES_A_ROUND):
                make(frame)
            rounds[name].append((time.perf_counter() - start) / FRAMES_A_ROUND)
    return _medians(rounds)


def _paced(ways: Mapping[str, Way]) -> dict[str, float]:
    """The same with a sleep before each frame, in which the caches go cold, as they do live."""
    frames: dict[str, list[float]] = {name: [] for name in ways}
    first = ROUNDS * FRAMES_A_ROUND
    for frame in range(first, first + PACED_FRAMES):
        for name, make in ways.items():
            time.sleep(1 / FPS)
            start = time.perf_counter()
            make(frame)
            frames[name].append(time.perf_counter() - start)
    return _medians(frames)


def _medians(of: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: median(some) for name, some in of.items()}


if __name__ == "__main__":
    for figure in measure():
        print("  ".join(figure.cells()))
