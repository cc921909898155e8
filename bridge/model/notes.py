"""Shows the user of a command what is decided about a file of another program."""

import contextlib
import logging
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def notes_shown() -> Iterator[None]:
    """Print on standard error what this room logs about a model while it is read."""
    room = logging.getLogger("bridge.model")
    handler = logging.StreamHandler(sys.stderr)
    before = room.level, room.propagate
    room.addHandler(handler)
    room.setLevel(logging.INFO)
    room.propagate = False  # a handler of the whole program would print it again
    try:
        yield
    finally:
        room.removeHandler(handler)
        room.level, room.propagate = before
