"""The library of the Lab Streaming Layer, loaded when it is first needed."""

import os
from pathlib import Path
from typing import Any

from bridge.supervision.supervised import Unavailable

_OWN_CONFIGURATIONS = (
    Path("lsl_api.cfg"),
    Path.home() / "lsl_api" / "lsl_api.cfg",
    Path("/etc/lsl_api/lsl_api.cfg"),
)
_QUIET = "[log]\nlevel = -2\n"
"""Warnings are written to standard error, progress is not."""


def library() -> Any:
    """The module `pylsl`. May take a second the first time.

    Raises:
        Unavailable: it is not installed, or lacks its binary.
    """
    try:
        import pylsl  # noqa: PLC0415 - an extra, and it loads a binary
    except (ImportError, RuntimeError, OSError) as problem:
        why = str(problem).strip().splitlines()[0]
        raise Unavailable(f"pylsl cannot be loaded: {why}", hopeless=True) from None
    if "LSLAPICFG" not in os.environ and not any(path.exists() for path in _OWN_CONFIGURATIONS):
        pylsl.set_config_content(_QUIET)
    return pylsl
