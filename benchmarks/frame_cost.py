"""The cost of one frame: from a moving feeling to the bytes of VMC and Live Link."""

import math
import time
from collections.abc import Callable
from fractions import Fraction
from statistics import median

import torch

from benchmarks.figure import Figure
from benchmarks.reference import ReferenceFrame
from bridge.emotion.mixer import Mixer
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import point_update
from bridge.frames.clock import Tick
from bridge.frames.interpolation import Spring
from bridge.frames.pipeline import Pipeline
from bridge.model import checkpoint
from bridge.model.engine import Engine
from protocols.livelink import LiveLinkEncoder
from protocols.vmc import VmcEncoder

FPS = 60
ROUNDS = 25
FRAMES_A_ROUND = 100
UPDATE_EVERY = 6
"""Frames. Ten updates a second: the rate of a sensor, faster than any chatbot."""
PACED_FRAMES = 150
GOAL = 0.1

Way = Callable[[int], None]
"""Makes the frame with this number."""


class FrameHere:
    """A frame as the daemon makes it, without sending."""

    def __init__(self) -> None:
        mixer = Mixer(shown=[MAIN_STREAM])
        arrays, _ = checkpoint.load(checkpoint.BUILTIN)
        self._mailbox = mixer.mailbox("benchmark")
        self._pipeline = Pipeline(mixer, Spring(), Engine(arrays))
        self._vmc = VmcEncoder()
        self._live_link = LiveLinkEncoder(
            "AffectBridge", "00000000-0000-0000-0000-000000000000", Fraction(FPS)
        )

    def make(self, frame: int) -> None:
        if frame % UPDATE_EVERY == 0:
            self._mailbox.post(point_update(*moving_feeling(frame)))
        self._pipeline.advance(Tick(frame, frame / FPS, frame / FPS))
        face = self._pipeline.faces[MAIN_STREAM]
        self._vmc.encode(face)
        self._live_link.encode(face)


class FrameByReference:
    """The same frame by PyTorch and python-osc, with a number of threads."""

    def __init__(self, reference: ReferenceFrame, threads: int) -> None:
        self._reference = reference
        self._threads = threads

    def make(self, frame: int) -> None:
        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        self._reference.datagrams(moving_feeling(frame), frame, frame / FPS)


def moving_feeling(frame: int) -> tuple[float, float, float]:
    """A point on a closed path through the cube."""
    turn = frame / 40
    return math.sin(turn), math.sin(1.3 * turn), math.sin(1.7 * turn)


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
