"""The metrics of the process, with a complete, restricted, malformed or missing /proc."""

import os
import sys
import time

import psutil
import pytest

from bridge.health.process import ProcessMetrics

CHIEF = {
    "process_cpu_seconds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
}


def values(started=1000.0, proc="/proc"):
    return {m.name: m.samples[0].value for m in ProcessMetrics(started, str(proc)).collect()}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a /proc like this")
def test_on_an_ordinary_linux_memory_and_start_are_the_kernel_s():
    found = values()
    process = psutil.Process()
    assert found["process_resident_memory_bytes"] == pytest.approx(
        process.memory_info().rss, rel=0.05
    )
    assert found["process_start_time_seconds"] == pytest.approx(process.create_time(), abs=2.0)
    assert found["process_open_fds"] > 2


@pytest.mark.skipif(not hasattr(os, "sysconf"), reason="Windows knows no size of pages")
def test_the_main_metrics_are_there_even_if_only_processes_are_visible(tmp_path):
    """As under systemd's ProcSubset=pid, which hides /proc/stat."""
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "statm").write_text("9000 1000 300 1 0 2000 0\n")
    found = values(started=time.time(), proc=tmp_path)
    assert found.keys() >= CHIEF
    assert found["process_resident_memory_bytes"] == 1000 * os.sysconf("SC_PAGE_SIZE")
    assert found["process_cpu_seconds"] == pytest.approx(time.process_time(), abs=1.0)
    assert found["process_start_time_seconds"] == pytest.approx(time.time(), abs=5.0)


@pytest.mark.parametrize("nonsense", ["", "x", "1 y", "\N{SNOWMAN}"])
def test_where_proc_tells_nothing_or_nonsense_nothing_fails(tmp_path, nonsense):
    assert values(proc=tmp_path / "nowhere").keys() == CHIEF - {"process_resident_memory_bytes"}
    (tmp_path / "self").mkdir()
    for name in ("stat", "self/stat", "self/statm", "self/limits"):
        (tmp_path / name).write_text(nonsense, encoding="utf-8")
    assert "process_cpu_seconds" in values(proc=tmp_path)
    (tmp_path / "stat").write_text("btime 1700000000\n")
    assert "process_cpu_seconds" in values(proc=tmp_path)
