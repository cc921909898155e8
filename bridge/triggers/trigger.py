"""When a trigger fires: its emotion has stayed above a threshold for some time. Pure; the time is a
parameter."""

import math
from typing import NamedTuple

from bridge.config.trigger_section import TriggerSection
from bridge.emotion.felt import Felt
from bridge.emotion.streams import EVERY_STREAM
from bridge.triggers.strength import Strength


class Turn(NamedTuple):
    """An emotion begins or is over."""

    stream: str
    begins: bool


class Trigger:
    """One trigger, and the streams in which its emotion stands."""

    def __init__(self, section: TriggerSection) -> None:
        self.section = section
        self.fired = 0
        """How often it has fired."""
        self.fired_at = -math.inf
        """When it last fired, on the clock of `look`; -infinity if never."""
        self._strength = Strength(section.emotion)
        self._above_since: dict[str, float] = {}
        """By stream; only those in which the emotion is above but has not begun."""
        self._standing: set[str] = set()

    @property
    def standing(self) -> bool:
        """Whether the emotion stands in any stream."""
        return bool(self._standing)

    def look(self, felt: Felt, now: float) -> list[Turn]:
        """What has changed at the time `now`, in seconds. A stream that has ended feels nothing."""
        section = self.section
        if section.stream != EVERY_STREAM:
            felt = felt.only(section.stream)
        strengths = dict(zip(felt.streams, self._strength.of(felt).tolist(), strict=True))
        over = [s for s in self._standing if strengths.get(s, 0.0) < section.released_below]
        self._standing.difference_update(over)
        above = {
            stream: self._above_since.get(stream, now)
            for stream, strength in strengths.items()
            if strength >= section.above and stream not in self._standing
        }
        begun = [stream for stream, since in above.items() if now - since >= section.for_]
        for stream in begun:
            del above[stream]
            self._standing.add(stream)
            self.fired, self.fired_at = self.fired + 1, now
        self._above_since = above
        return [
            *(Turn(stream, False) for stream in over),
            *(Turn(stream, True) for stream in begun),
        ]

    def end(self) -> list[Turn]:
        """The emotion is over in every stream: the trigger is removed, or the bridge stops."""
        over, self._standing = self._standing, set()
        self._above_since = {}
        return [Turn(stream, False) for stream in over]
