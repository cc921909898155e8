"""A description of the machine."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def describe() -> list[str]:
    """The machine and the versions that influence the figures, one fact a line."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    libraries = ("numpy", "python-osc", "torch")
    return [
        f"{_processor()}, {os.cpu_count()} cores, load before the run {load}",
        f"{_system()}, Python {platform.python_version()}",
        ", ".join(f"{name} {version(name)}" for name in libraries),
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    ]


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.is_file():
        for line in facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _system() -> str:
    if hasattr(platform, "freedesktop_os_release"):
        try:
            name = platform.freedesktop_os_release()["PRETTY_NAME"]
        except (OSError, KeyError):
            pass
        else:
            return f"{name}, {platform.system()} {platform.release()}"
    return platform.platform()
