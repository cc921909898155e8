"""The state of a running bridge as plain data."""

import math
from collections.abc import Sequence
from typing import Any

from bridge import __version__
from bridge.emotion.mixed_stream import StreamState
from bridge.frames.histogram import Histogram
from bridge.health.vitals import RecentFrames, Vitals, named, named_triggers, shortened
from bridge.supervision.supervised import Supervised


def report(
    vitals: Vitals, recent: RecentFrames, reasons: Sequence[str], now: float
) -> dict[str, Any]:
    """What `/healthz` answers and `affect-bridge status` shows. Times are durations in seconds.

    Args:
        reasons: why the bridge is not healthy; empty if it is.
        now: the time of the frame clock.
    """
    moods = vitals.pipeline.moods
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
        "update_to_datagram_seconds": {
            "median": _bound(vitals.frames.response, 0.5),
            "p99": _bound(vitals.frames.response, 0.99),
        },
        "frame_lateness_seconds": {
            "median": _bound(vitals.frames.lateness, 0.5),
            "p99": _bound(vitals.frames.lateness, 0.99),
        },
        "max_streams": vitals.mixer.most_streams,
        "refused_streams": vitals.mixer.refused_streams,
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
                "frames": supervised.part.frames,
                "packets": supervised.part.packets,
                "bytes": supervised.part.bytes,
                "errors": supervised.part.errors,
            }
            for name, supervised in named(vitals.outputs)
        ],
        "triggers": [
            {
                "name": name,
                "standing": running.trigger.standing,
                "fired": running.trigger.fired,
                "missed": running.missed,
                "seconds_since_fired": (
                    round(now - running.trigger.fired_at, 1) if running.trigger.fired else None
                ),
            }
            for name, running in named_triggers(vitals.triggers)
        ],
        "streams": [
            _stream(stream, point, vitals.mixer.state(stream), now)
            | {"mood": None if (mood := moods.get(stream)) is None else [*map(_place, mood)]}
            for stream, point in vitals.pipeline.feelings.items()
        ],
    }


def _stream(name: str, point: Sequence[float], state: StreamState, now: float) -> dict[str, Any]:
    return {
        "name": name,
        "label": shortened(state.label),
        **dict(zip(("valence", "arousal", "dominance"), map(_place, point), strict=True)),
        "source": shortened(state.source),
        "state": state.character,
        "seconds_since_update": round(now - state.updated, 1) if state.updated > 0 else None,
    }


def _bound(histogram: Histogram, share: float) -> float | None:
    """The least bound that so large a share does not exceed; None if there is none."""
    bound = histogram.quantile(share)
    return bound if math.isfinite(bound) else None


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
