"""An update, which every source posts."""

import math
from typing import NamedTuple

from bridge.emotion.cleaning import clean
from bridge.emotion.cues import Cues
from bridge.emotion.names import EmotionError, parts_of
from bridge.emotion.points import Part, Parts, Vad, mean_point
from bridge.emotion.streams import LONGEST_STREAM, MAIN_STREAM, is_stream_name

_LONGEST_LABEL = 60

GESTURE_HOLD = 1.5
"""Seconds that a gesture without a hold shows. People's expressions last .5 to 4 s."""


class UpdateError(ValueError):
    """Text or values that are not an update; the message says what was wrong."""


class Note(NamedTuple):
    """Something that the reader of the log may want to know about an update, once."""

    kind: str
    """One word; of each kind a source logs one."""
    text: str


class Then(NamedTuple):
    """What a source's stream goes on to when its gesture has ended."""

    parts: Parts
    """None for what the source showed before the gesture."""
    label: str


PREVIOUS = Then((), "previous")
"""Go back to what the source showed before."""


class Update(NamedTuple):
    """A feeling for one stream. `clamped` says which numbers were out of range, if any."""

    parts: Parts
    """1 to `MOST_PARTS`; none in an update that has only cues and leaves the feeling as it is."""
    label: str
    """What the sender wrote, for people to read: an emotion's name, or the three numbers."""
    stream: str = MAIN_STREAM
    hold: float | None = None
    """Seconds until the update expires; infinity for never; None for the default of the source."""
    fade: float | None = None
    """Seconds that the movement takes; None for the default of the interpolation."""
    clamped: str = ""
    cues: Cues | None = None
    """What is said beside the feeling."""
    notes: tuple[Note, ...] = ()
    """For the log."""
    then: Then | None = None
    """What comes after the hold, which makes this update a gesture; None if nothing does."""

    @property
    def target(self) -> Vad:
        """The weighted mean of the points."""
        return mean_point(self.parts)


def point_update(
    valence: float,
    arousal: float,
    dominance: float,
    *,
    stream: str = MAIN_STREAM,
    hold: float | None = None,
    fade: float | None = None,
) -> Update:
    """An update for a point; numbers outside -1 to 1 are clamped, and `clamped` says so.

    Raises:
        UpdateError: a number is not finite, or the stream, hold or fade is out of bounds.
    """
    point = Vad(valence, arousal, dominance)
    if not point.is_finite():
        raise UpdateError("a number is not finite")
    inside = point.clamped()
    numbers = " ".join(f"{axis:g}" for axis in point)
    clamped = "" if inside == point else f"{numbers} is outside -1 to 1"
    parts = (Part(inside, 1.0),)
    return checked(Update(parts, numbers_label(inside), stream, hold, fade, clamped))


def named_update(
    name: str,
    intensity: float = 1.0,
    *,
    stream: str = MAIN_STREAM,
    hold: float | None = None,
    fade: float | None = None,
) -> Update:
    """An update for an emotion's name or mixture; an intensity outside 0 to 1 is clamped.

    Raises:
        UpdateError: the name is unknown, the intensity is not finite, or the stream, hold or fade
            is out of bounds.
    """
    if not math.isfinite(intensity):
        raise UpdateError("the intensity is not finite")
    inside = min(1.0, max(0.0, intensity))
    clamped = "" if inside == intensity else f"intensity {intensity:g} is outside 0 to 1"
    try:
        parts = parts_of(name, inside)
    except EmotionError as problem:
        raise UpdateError(problem) from None
    label = f"{' '.join(clean(name).casefold().split())} {inside:g}"
    return checked(Update(parts, label, stream, hold, fade, clamped))


def checked(update: Update, sent_stream: str | None = None) -> Update:
    """The same update, if its stream, hold and fade are within bounds. A gesture without a hold
    gets `GESTURE_HOLD`.

    Args:
        sent_stream: the stream's name as it was sent, for the message.

    Raises:
        UpdateError: one of them is out of bounds, or a gesture has no emotion or no end.
    """
    if not is_stream_name(update.stream):
        name = update.stream if sent_stream is None else sent_stream
        raise UpdateError(
            f"stream {name[:LONGEST_STREAM]!r}: expected 1–{LONGEST_STREAM} bytes without "
            "spaces, slashes or wildcards"
        )
    if update.hold is not None and not update.hold > 0:  # also refuses NaN
        raise UpdateError(f"hold {update.hold:g}: expected more than 0 seconds, or forever")
    if update.fade is not None and not 0 <= update.fade < math.inf:
        raise UpdateError(f"fade {update.fade:g}: expected 0 seconds or more")
    if update.then is not None:
        if not update.parts:
            raise UpdateError("then: expected an emotion beside it, which shows first")
        if update.hold == math.inf:
            raise UpdateError("then: expected a hold in seconds beside it, not forever")
        if update.hold is None:
            update = update._replace(hold=GESTURE_HOLD)
    if len(update.label) > _LONGEST_LABEL:
        return update._replace(label=f"{update.label[: _LONGEST_LABEL - 1]}…")
    return update


def numbers_label(point: Vad) -> str:
    """What a point without a name is called."""
    return " ".join(f"{axis:+.2f}" for axis in point)
