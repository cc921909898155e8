"""Log lines on standard error, for people."""

import logging
import sys


def configure_logging(level: str) -> logging.Handler:
    """Write log lines of `level` and above to standard error; returns the handler."""
    # Programs without a console (pythonw) have no standard error.
    handler = logging.StreamHandler(sys.stderr) if sys.stderr else logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    return handler


def set_level(level: str) -> None:
    """From here on write log lines of `level` and above."""
    logging.getLogger().setLevel(level.upper())
