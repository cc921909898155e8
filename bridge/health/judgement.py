"""Is all well? If not, why, in words."""

from collections.abc import Iterable
from typing import Any

from bridge.health.vitals import RecentFrames, Vitals, named, shortened
from bridge.supervision.supervised import AWAY, State, Supervised

_FRAMES_MISSING = 5
_SHORTEST_PAUSE = 0.25
"""So many frames, and so many seconds, may be missing before frames no longer leave on time."""

_FEWEST_FRAMES = 0.8
"""Of the frames that are wanted: fewer are no face that moves well."""


def reasons(vitals: Vitals, recent: RecentFrames, grace: float, now: float) -> list[str]:
    """What is wrong, one sentence each; empty if all is well.

    An input that is away is no reason for `grace` seconds. Outputs wait for programs that come
    and go, so one that is away is no reason while another is up.

    Args:
        now: the monotonic time.
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
        yield f"the frame loop has failed ({type(frames.failure).__name__})"
    elif now - since > max(_SHORTEST_PAUSE, _FRAMES_MISSING / fps):
        yield f"no frame has left for {now - since:.1f} s"
    elif recent.stalled:
        yield f"frames stood still for {vitals.clock.latest_stall:.1f} s a moment ago"
    elif (rate := recent.rate) is not None and rate < _FEWEST_FRAMES * fps:
        yield f"only {rate:.1f} of {fps:g} frames a second leave: the machine is too busy"


def _of_inputs(inputs: Iterable[Supervised[Any]], grace: float, now: float) -> Iterable[str]:
    parts = named(inputs)
    for name, part in parts:
        if part.state is State.FAILED:
            yield f"input {name} is given up: {part.problem}"
        elif part.state in AWAY and now - part.since > grace:
            yield f"input {name} {_away(part, now)}"
    # Standard input that has ended is missed only when nobody else can speak.
    if parts and all(part.state is State.ENDED for _, part in parts):
        yield "every input has ended"


def _of_outputs(outputs: Iterable[Supervised[Any]], grace: float, now: float) -> Iterable[str]:
    parts = named(outputs)
    for name, part in parts:
        if part.state is State.FAILED:
            yield f"output {name} is given up: {part.problem}"
    missing = [(name, part) for name, part in parts if part.state is not State.FAILED]
    if any(part.state is State.UP or _in_grace(part, grace, now) for _, part in missing):
        return
    for name, part in missing:
        yield f"no output is up: {name} {_away(part, now)}"


def _in_grace(part: Supervised[Any], grace: float, now: float) -> bool:
    return part.state in AWAY and now - part.since <= grace


def _away(part: Supervised[Any], now: float) -> str:
    """`has been waiting to retry for 42 s: no broker there`."""
    seconds = f"{now - part.since:.0f} s"
    if part.state is State.ENDED:
        return f"has ended {seconds} ago"
    problem = f": {shortened(part.problem)}" if part.problem else ""
    return f"has been {part.state.value} for {seconds}{problem}"
