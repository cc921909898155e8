"""The counters of a running bridge, for Prometheus. They are read only when they are scraped."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from bridge import __version__
from bridge.frames.histogram import Histogram
from bridge.health.process import ProcessMetrics
from bridge.health.vitals import Vitals, named, named_triggers
from bridge.supervision.supervised import State, Supervised

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_ALWAYS_COUNTED = ("nonsense", "too_many")
"""Reasons that every source reports, from 0 on: Prometheus cannot compute a rate from a counter
that first appears as 1."""


class Metrics:
    """Reads all counters on each scrape."""

    def __init__(self, vitals: Vitals, is_healthy: Callable[[], bool]) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_BridgeCollector(vitals, is_healthy))
        started = time.time() - (time.perf_counter() - vitals.clock.start)
        self._registry.register(ProcessMetrics(started))

    def exposition(self) -> bytes:
        """Every metric in Prometheus' text format."""
        return generate_latest(self._registry)


class _BridgeCollector(Collector):
    def __init__(self, vitals: Vitals, is_healthy: Callable[[], bool]) -> None:
        self._vitals, self._is_healthy = vitals, is_healthy

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(
            "affect_bridge_build", "The version of affect-bridge.", {"version": __version__}
        )
        yield _gauge(
            "affect_bridge_healthy", "1 if /healthz answers 200, else 0.", self._is_healthy()
        )
        yield InfoMetricFamily(
            "affect_bridge_engine",
            "What turns feelings into faces: table or network.",
            {"engine": self._vitals.pipeline.engine.name},
        )
        yield from self._frames()
        yield from self._sources()
        yield from self._outputs()
        yield from self._triggers()
        yield from self._parts()

    def _frames(self) -> Iterator[Metric]:
        vitals = self._vitals
        yield _gauge(
            "affect_bridge_wanted_frames_per_second",
            "The configured frame rate.",
            vitals.clock.fps,
        )
        yield _counter(
            "affect_bridge_frames",
            "Frames computed and handed to the outputs.",
            vitals.frames.frames,
        )
        yield _counter(
            "affect_bridge_dropped_frames",
            "Frames skipped because they were too late.",
            vitals.clock.dropped,
        )
        yield _counter(
            "affect_bridge_stalls",
            "Pauses of more than a second between frames.",
            vitals.clock.stalls,
        )
        yield _histogram(
            "affect_bridge_frame_lateness_seconds",
            "How late each frame began.",
            vitals.frames.lateness,
        )
        stages = CounterMetricFamily(
            "affect_bridge_stage_seconds",
            "Time spent in each stage of a frame: movement, model, layers and sending.",
            labels=["stage"],
        )
        spent = {**vitals.pipeline.stage_seconds, "sending": vitals.frames.sending_seconds}
        for stage, seconds in spent.items():
            stages.add_metric([stage], seconds)
        yield stages
        yield _histogram(
            "affect_bridge_update_to_datagram_seconds",
            "Time from an update to the end of the first frame that shows it.",
            vitals.frames.response,
        )
        yield _gauge("affect_bridge_streams", "Streams at present.", len(vitals.pipeline.faces))
        yield _gauge(
            "affect_bridge_max_streams", "The limit of streams.", vitals.mixer.most_streams
        )
        yield _counter(
            "affect_bridge_refused_streams",
            "Updates refused because there were too many streams.",
            vitals.mixer.refused_streams,
        )

    def _sources(self) -> Iterator[Metric]:
        updates = CounterMetricFamily(
            "affect_bridge_updates", "Updates accepted from each source.", labels=["source"]
        )
        overwrites = CounterMetricFamily(
            "affect_bridge_mailbox_overwrites",
            "Updates that the same source replaced before a frame used them.",
            labels=["source"],
        )
        rejects = CounterMetricFamily(
            "affect_bridge_rejects",
            "Updates refused from each source, by reason.",
            labels=["source", "reason"],
        )
        for name, supervised in named(self._vitals.inputs):
            source = supervised.part
            updates.add_metric([name], source.mailbox.updates)
            overwrites.add_metric([name], source.mailbox.overwrites)
            refused = dict.fromkeys(_ALWAYS_COUNTED, 0) | source.complaints.rejects.copy()
            for reason, count in refused.items():
                rejects.add_metric([name, reason], count)
        yield from (updates, overwrites, rejects)

    def _outputs(self) -> Iterator[Metric]:
        frames = CounterMetricFamily(
            "affect_bridge_output_frames",
            "Frames that each output offered to the network.",
            labels=["output"],
        )
        packets = CounterMetricFamily(
            "affect_bridge_sent_packets", "Packets sent by each output.", labels=["output"]
        )
        sent = CounterMetricFamily(
            "affect_bridge_sent_bytes", "Bytes sent by each output.", labels=["output"]
        )
        errors = CounterMetricFamily(
            "affect_bridge_send_errors",
            "Packets of each output that could not be sent.",
            labels=["output"],
        )
        troubled = GaugeMetricFamily(
            "affect_bridge_output_troubled",
            "1 if the output is up but its receiver gets no frames, else 0.",
            labels=["output"],
        )
        for name, supervised in named(self._vitals.outputs):
            output = supervised.part
            frames.add_metric([name], output.frames)
            packets.add_metric([name], output.packets)
            sent.add_metric([name], output.bytes)
            errors.add_metric([name], output.errors)
            troubled.add_metric([name], bool(output.trouble))
        yield from (frames, packets, sent, errors, troubled)

    def _triggers(self) -> Iterator[Metric]:
        triggers = named_triggers(self._vitals.triggers)
        if not triggers:
            return
        fired = CounterMetricFamily(
            "affect_bridge_triggers_fired", "How often each trigger fired.", labels=["trigger"]
        )
        missed = CounterMetricFamily(
            "affect_bridge_triggers_missed",
            "How often each trigger fired while its program was not connected.",
            labels=["trigger"],
        )
        for name, running in triggers:
            fired.add_metric([name], running.trigger.fired)
            missed.add_metric([name], running.missed)
        yield from (fired, missed)

    def _parts(self) -> Iterator[Metric]:
        states = GaugeMetricFamily(
            "affect_bridge_part_state",
            "1 for the present state of each input and output, 0 for the other states.",
            labels=["kind", "part", "state"],
        )
        failures = CounterMetricFamily(
            "affect_bridge_part_failures",
            "How often each input and output failed.",
            labels=["kind", "part"],
        )
        kinds: dict[str, Iterable[Supervised[Any]]] = {
            "input": self._vitals.inputs,
            "output": self._vitals.outputs,
        }
        for kind, parts in kinds.items():
            for name, supervised in named(parts):
                for state in State:
                    value = state.value.replace(" ", "_")
                    states.add_metric([kind, name, value], supervised.state is state)
                failures.add_metric([kind, name], supervised.failures)
        yield from (states, failures)


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value=value)


def _counter(name: str, documentation: str, value: float) -> Metric:
    return CounterMetricFamily(name, documentation, value=value)


def _histogram(name: str, documentation: str, histogram: Histogram) -> Metric:
    counts = list(accumulate(list(histogram.counts)))
    bounds = [str(bound) for bound in histogram.bounds]
    buckets = list(zip([*bounds, "+Inf"], map(float, counts), strict=True))
    return HistogramMetricFamily(name, documentation, buckets=buckets, sum_value=histogram.sum)
