"""Decides whether the bridge is healthy, and lists the reasons if it is not."""

from collections.abc import Iterable
from typing import Any

from bridge.health.vitals import RecentFrames, Vitals, named, shortened
from bridge.supervision.supervised import AWAY, State, Supervised

_FRAMES_MISSING = 5
_SHORTEST_PAUSE = 0.25
"""Frames count as missing when both so many frames and so many seconds have passed without one."""

_FEWEST_FRAMES = 0.8
"""The lowest healthy share of the configured frame rate."""


def reasons(vitals: Vitals, recent: RecentFrames, grace: float, now: float) -> list[str]:
    """What is wrong, one sentence each; empty if the bridge is healthy.

    An input may be away for `grace` seconds. Avatar programs come and go, so an output may be away
    for as long as another one is up.

    Args:
        now: the time of the frame clock.
    """
    return [
        *_of_frames(vitals, recent, now),
        *_of_inputs(vitals.inputs, grace, now),
        *_of_outputs(vitals.outputs, grace, now),
    ]


def _of_frames(vitals: Vitals, recent: RecentFrames, now: float) -> Iterable[str]:
    frames, fps = vitals.frames, vitals.clock.fps
    since = max(frames.latest, vitals.clock.start)
    if frames.failure is not None:
        yield f"the frame loop failed ({type(frames.failure).__name__})"
    elif now - since > max(_SHORTEST_PAUSE, _FRAMES_MISSING / fps):
        yield f"no frame was sent for {now - since:.1f} s"
    elif recent.stalled:
        yield f"no frames were sent for {vitals.clock.latest_stall:.1f} s a moment ago"
    elif (rate := recent.rate) is not None and rate < _FEWEST_FRAMES * fps:
        yield f"only {rate:.1f} of {fps:g} frames a second are sent: the machine is too busy"


def _of_inputs(inputs: Iterable[Supervised[Any]], grace: float, now: float) -> Iterable[str]:
    parts = named(inputs)
    for name, part in parts:
        if part.state is State.FAILED:
            yield f"input {name} has failed: {part.problem}"
        elif part.state in AWAY and now - part.since > grace:
            yield f"input {name} {_away(part, now)}"
    # An input that ended (stdin) is a reason only when no other one is left.
    if parts and all(part.state is State.ENDED for _, part in parts):
        yield "every input has ended"


def _of_outputs(outputs: Iterable[Supervised[Any]], grace: float, now: float) -> Iterable[str]:
    parts = named(outputs)
    for name, part in parts:
        if part.state is State.FAILED:
            yield f"output {name} has failed: {part.problem}"
    missing = [(name, part) for name, part in parts if part.state is not State.FAILED]
    if any(part.state is State.UP or _in_grace(part, grace, now) for _, part in missing):
        return
    for name, part in missing:
        yield f"no output is up: {name} {_away(part, now)}"


def _in_grace(part: Supervised[Any], grace: float, now: float) -> bool:
    return part.state in AWAY and now - part.since <= grace


def _away(part: Supervised[Any], now: float) -> str:
    """For example `has been waiting to retry for 42 s: no broker there`."""
    seconds = f"{now - part.since:.0f} s"
    if part.state is State.ENDED:
        return f"ended {seconds} ago"
    problem = f": {shortened(part.problem)}" if part.problem else ""
    return f"has been {part.state.value} for {seconds}{problem}"
