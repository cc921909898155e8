"""The cost of one frame: from a moving feeling to the bytes of VMC and Live Link."""

import time
from collections.abc import Callable
from statistics import median

import torch

from benchmarks.figure import Figure
from benchmarks.frame import FPS, FrameHere, moving_feeling
from benchmarks.reference import ReferenceFrame

ROUNDS = 25
FRAMES_A_ROUND = 100
PACED_FRAMES = 150
GOAL = 0.04

Way = Callable[[int], None]
"""Makes the frame with this number."""


class FrameByReference:
    """The same frame by PyTorch and python-osc, with a number of threads."""

    def __init__(self, reference: ReferenceFrame, threads: int) -> None:
        self._reference = reference
        self._threads = threads

    def make(self, frame: int) -> None:
        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        self._reference.datagrams(moving_feeling(frame), frame, frame / FPS)


def measure() -> list[Figure]:
    """Alternate between the ways and compare the medians."""
    reference = ReferenceFrame()
    default_threads = torch.get_num_threads()
    ways = {
        "": FrameHere().make,
        "1 thread": FrameByReference(reference, 1).make,
        f"{default_threads} threads, its default": FrameByReference(
            reference, default_threads
        ).make,
    }
    hot = {name: [_a_round(way, 0)] for name, way in ways.items()}
    for number in range(1, ROUNDS + 1):
        for name, way in ways.items():
            hot[name].append(_a_round(way, number * FRAMES_A_ROUND))
    # The first round is a warm-up.
    here, *others = (median(rounds[1:]) * 1e6 for rounds in hot.values())
    figures = [
        Figure(
            f"one frame, beside PyTorch and python-osc ({name})",
            f"{here:.0f} µs",
            f"{other:.0f} µs",
            here / other,
            f"at most {GOAL}",
            here / other <= GOAL,
        )
        for name, other in zip(list(ways)[1:], others, strict=True)
    ]
    return [*figures, _at_frame_rate(ways[""], ways["1 thread"])]


def _a_round(make: Way, first: int) -> float:
    """Seconds per frame, one frame after the other."""
    make(first)  # loads the weights of this way into the caches
    start = time.perf_counter()
    for frame in range(first, first + FRAMES_A_ROUND):
        make(frame)
    return (time.perf_counter() - start) / FRAMES_A_ROUND


def _at_frame_rate(here: Way, other: Way) -> Figure:
    """The same with a sleep before each frame: the caches go cold, as in a running daemon."""
    seconds: dict[Way, list[float]] = {here: [], other: []}
    for frame in range(PACED_FRAMES):
        for way, noted in seconds.items():
            time.sleep(1 / FPS)
            start = time.perf_counter()
            way(frame)
            noted.append(time.perf_counter() - start)
    ours, theirs = (median(noted) * 1e6 for noted in seconds.values())
    return Figure(
        f"one frame at {FPS} a second, beside PyTorch and python-osc (1 thread)",
        f"{ours:.0f} µs",
        f"{theirs:.0f} µs",
        ours / theirs,
    )
