"""The state of a running bridge as plain data."""

import math
from collections.abc import Sequence
from typing import Any

from bridge import __version__
from bridge.health.vitals import RecentFrames, Vitals, named, shortened
from bridge.supervision.supervised import Supervised


def report(
    vitals: Vitals, recent: RecentFrames, reasons: Sequence[str], now: float
) -> dict[str, Any]:
    """What `/healthz` answers and `affect-bridge status` shows. Times are durations in seconds.

    Args:
        reasons: why the bridge is not healthy; empty if it is.
        now: the monotonic time.
    """
    return {
        "healthy": not reasons,
        "reasons": list(reasons),
        "version": __version__,
        "uptime_seconds": round(now - vitals.clock.start, 1),
        "frames": {
            "wanted_per_second": vitals.clock.fps,
            "achieved_per_second": None if recent.rate is None else round(recent.rate, 1),
            "sent": vitals.frames.frames,
            "dropped": vitals.clock.dropped,
            "stalls": vitals.clock.stalls,
        },
        "inputs": [
            {
                **_state(name, supervised, now),
                "updates": supervised.part.mailbox.updates,
                "overwrites": supervised.part.mailbox.overwrites,
                "refused": sum(supervised.part.complaints.rejects.copy().values()),
            }
            for name, supervised in named(vitals.inputs)
        ],
        "outputs": [
            {
                **_state(name, supervised, now),
                "trouble": supervised.part.trouble,
                "packets": supervised.part.packets,
                "bytes": supervised.part.bytes,
                "errors": supervised.part.errors,
            }
            for name, supervised in named(vitals.outputs)
        ],
        "streams": [
            {
                "name": stream,
                "label": shortened(vitals.mixer.label(stream)),
                **dict(zip(("valence", "arousal", "dominance"), map(_place, point), strict=True)),
            }
            for stream, point in vitals.pipeline.feelings.items()
        ],
    }


def _state(name: str, supervised: Supervised[Any], now: float) -> dict[str, Any]:
    return {
        "name": name,
        "state": supervised.state.value,
        "seconds_in_state": round(now - supervised.since, 1),
        "failures": supervised.failures,
        "problem": shortened(supervised.problem),
    }


def _place(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None  # JSON has no NaN
