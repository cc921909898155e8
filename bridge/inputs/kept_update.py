"""A stream's last update in a form that another bridge can go on from: JSON with the points, the
label, and the moment when it expires on the wall clock."""

import json
import math

from bridge.emotion.points import MOST_PARTS, Part, Vad, weighted
from bridge.emotion.update import PREVIOUS, Update, UpdateError, checked
from bridge.supervision.text import printable

_VERSION = 1
_LONGEST_LABEL = 60


def kept(update: Update, hold: float, now: float) -> bytes | None:
    """What to keep of an update; None for one that leaves nothing to go on from: cues, and a
    gesture that goes back to what was there before.

    Args:
        hold: seconds until an update without a hold expires; infinity for never.
        now: seconds since 1970.
    """
    if not update.parts or update.then == PREVIOUS:
        return None
    lasts = hold if update.hold is None else update.hold
    parts, label = update.parts, update.label
    if update.then is not None:  # kept is what comes after the gesture
        parts, label, lasts = update.then.parts, update.then.label, lasts + hold
    return json.dumps(
        {
            "version": _VERSION,
            "label": label,
            "parts": [
                [*(round(axis, 6) for axis in point), round(share, 6)] for point, share in parts
            ],
            "until": None if math.isinf(lasts) else round(now + lasts, 3),
        },
        ensure_ascii=False,
    ).encode()


def restored(value: bytes, stream: str, now: float, *, fade: float | None = None) -> Update | None:
    """The update that was kept, with what is left of its hold; None if it has expired, or
    if this is not one.

    Args:
        now: seconds since 1970.
        fade: of the update.
    """
    try:
        read = json.loads(value)
        if read["version"] != _VERSION or len(read["parts"]) > MOST_PARTS:
            return None
        left = math.inf if read["until"] is None else float(read["until"]) - now
        numbers = [[float(number) for number in part] for part in read["parts"]]
        if not all(math.isfinite(number) for part in numbers for number in part):
            return None
        parts = weighted(Part(Vad(*point).clamped(), share) for *point, share in numbers)
        label = printable(str(read["label"]), _LONGEST_LABEL)
        return checked(Update(parts, label, stream, hold=left, fade=fade))
    except (ValueError, TypeError, KeyError, UpdateError, RecursionError):
        return None
