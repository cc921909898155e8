"""Memory, CPU and start time of the process, for Prometheus."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import ProcessCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class ProcessMetrics(Collector):
    """prometheus_client's metrics of the process. It yields none where it cannot read the boot
    time, as in a hardened service; then the main ones are computed here."""

    def __init__(self, started: float, proc: str = "/proc") -> None:
        """Describe this process.

        Args:
            started: its start, in seconds since 1970.
            proc: where Linux mounts procfs.
        """
        self._usual = ProcessCollector(proc=proc, registry=None)
        self._started, self._proc = started, proc

    def collect(self) -> Iterator[Metric]:
        try:
            found = list(self._usual.collect())
        except Exception:  # it does not expect a restricted /proc
            found = []
        yield from found
        known = {metric.name for metric in found}
        yield from (metric for metric in self._chief() if metric.name not in known)

    def _chief(self) -> Iterator[Metric]:
        yield CounterMetricFamily(
            "process_cpu_seconds",
            "Total user and system CPU time spent in seconds.",
            value=time.process_time(),
        )
        yield GaugeMetricFamily(
            "process_start_time_seconds",
            "Start time of the process since unix epoch in seconds.",
            value=self._started,
        )
        try:
            pages = int(Path(self._proc, "self", "statm").read_text("ascii").split()[1])
            memory = float(pages * os.sysconf("SC_PAGE_SIZE"))
        except (OSError, ValueError, IndexError, AttributeError):
            return
        yield GaugeMetricFamily(
            "process_resident_memory_bytes", "Resident memory size in bytes.", value=memory
        )
