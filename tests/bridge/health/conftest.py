"""A bridge at rest, to look at."""

from tests.bridge.resting_bridge import bridge, make_bridge, part_in

__all__ = ["bridge", "make_bridge", "part_in"]
