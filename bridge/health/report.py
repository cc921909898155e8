"""The state of a running bridge as plain data."""

import math
from collections.abc import Sequence
from typing import Any

from bridge import __version__
from bridge.emotion.mixed_stream import StreamState
from bridge.emotion.update import Update
from bridge.frames.histogram import Histogram
from bridge.health.vitals import RecentFrames, Vitals, named, named_triggers, shortened
from bridge.outputs.output import Output
from bridge.outputs.ports import PortsOutput
from bridge.supervision.supervised import Supervised
from bridge.triggers.triggers import RunningTrigger

MOST_STREAMS = 1000
"""Streams that a report has. Of more the first are enough to read, and quick to tell."""


def report(
    vitals: Vitals, recent: RecentFrames, reasons: Sequence[str], now: float
) -> dict[str, Any]:
    """What `/healthz` answers and `affect-bridge status` shows. Times are durations in seconds.

    Args:
        reasons: why the bridge is not healthy; empty if it is.
        now: the time of the frame clock.
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
        "update_to_datagram_seconds": {
            "median": _bound(vitals.frames.response, 0.5),
            "p99": _bound(vitals.frames.response, 0.99),
        },
        "frame_lateness_seconds": {
            "median": _bound(vitals.frames.lateness, 0.5),
            "p99": _bound(vitals.frames.lateness, 0.99),
        },
        "engine": vitals.pipeline.engine.name,
        "max_streams": vitals.mixer.most_streams,
        "stream_count": len(vitals.pipeline.faces),
        "refused_streams": vitals.mixer.refused_streams,
        "inputs": [_input(*found, now) for found in named(vitals.inputs)],
        "outputs": [_output(*found, now) for found in named(vitals.outputs)],
        "triggers": [_trigger(*found, now) for found in named_triggers(vitals.triggers)],
        "streams": _streams(vitals, now),
    }


def _input(name: str, supervised: Supervised[Any], now: float) -> dict[str, Any]:
    return {
        **_state(name, supervised, now),
        "updates": supervised.part.mailbox.updates,
        "overwrites": supervised.part.mailbox.overwrites,
        "refused": sum(supervised.part.complaints.rejects.copy().values()),
        "latest": _latest(supervised.part.mailbox.latest, now),
        "latest_refusal": supervised.part.complaints.latest,
    }


def _output(name: str, supervised: Supervised[Any], now: float) -> dict[str, Any]:
    return {
        **_state(name, supervised, now),
        "stream": supervised.part.stream,
        **_ports(supervised.part),
        "trouble": supervised.part.trouble,
        "frames": supervised.part.frames,
        "packets": supervised.part.packets,
        "bytes": supervised.part.bytes,
        "errors": supervised.part.errors,
    }


def _ports(output: Output) -> dict[str, Any]:
    if not isinstance(output, PortsOutput):
        return {}
    return {"ports": dict(output.ports), "streams_without_port": output.without_port}


def _trigger(name: str, running: RunningTrigger, now: float) -> dict[str, Any]:
    trigger = running.trigger
    return {
        "name": name,
        "standing": trigger.standing,
        "fired": trigger.fired,
        "missed": running.missed,
        "seconds_since_fired": round(now - trigger.fired_at, 1) if trigger.fired else None,
    }


def _streams(vitals: Vitals, now: float) -> list[dict[str, Any]]:
    feelings = vitals.pipeline.first_feelings(MOST_STREAMS)
    moods = vitals.pipeline.moods
    return [
        {
            **_stream(stream, point, vitals.mixer.state(stream), now),
            "mood": [*map(_place, moods[stream])] if stream in moods else None,
        }
        for stream, point in feelings.items()
    ]


def _stream(name: str, point: Sequence[float], state: StreamState, now: float) -> dict[str, Any]:
    return {
        "name": name,
        "label": shortened(state.label),
        **dict(zip(("valence", "arousal", "dominance"), map(_place, point), strict=True)),
        "source": shortened(state.source),
        "state": state.character,
        "seconds_since_update": round(now - state.updated, 1) if state.updated > 0 else None,
    }


def _latest(posted: tuple[Update, float] | None, now: float) -> dict[str, Any] | None:
    if posted is None:
        return None
    update, when = posted
    return {
        "stream": update.stream,
        "label": shortened(update.label) if update.parts else "",
        "seconds_ago": round(max(0.0, now - when), 1),
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
