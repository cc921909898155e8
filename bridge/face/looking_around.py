"""Where the eyes of one stream look when nobody tells them: at the viewer, and away.

The share of the time in eye contact comes from TalkingHead: .2 when idle, .5 to .8 while speaking
or listening. The other numbers are judgements.
"""

import math

from bridge.face.chance import Chance, log_normal

CONTACT_TIME = 2.0
"""Seconds that eye contact lasts on average."""
SPEAKING_CONTACT_TIME = 3.0
FIXATION = 0.7
"""Seconds that the eyes rest on one thing on average."""
SHORTEST_FIXATION = 0.2
AWAY_YAW, AWAY_PITCH = 9.0, 5.0
"""Degrees: how far the eyes look away to a side, and up or down (standard deviations)."""
AWAY_DOWN = 3.0
"""Degrees by which the eyes look lower when they look away."""
LEAST_AWAY, MOST_AWAY = 10.0, 16.0
"""Degrees: how far the centre of what they look at is from the viewer, at least and at most."""
APART = 2.0
"""Degrees between things that are looked at in a row (standard deviation)."""
ABOUT = 1.5
"""Degrees around a direction that is set for looking away (standard deviation)."""
APART_ON_FACE = 1.0
"""The same on the face of the viewer: the eyes and the mouth."""
MICROSACCADE = (0.1, 1.0)
"""Degrees: the smallest and the largest."""

_SPREAD = 0.5
_NEVER_MET = 10.0  # seconds to look away where there is no eye contact
Direction = tuple[float, float]
"""Yaw and pitch in degrees, as the eyes' rotations are signed."""


class LookingAround:
    """Draws where to look next. Eye contact and looking away take turns."""

    __slots__ = ("_centre", "_contact", "_draw", "_speaking", "_until")

    def __init__(self, draw: Chance) -> None:
        self._draw = draw
        self._contact: bool | None = None
        self._centre: Direction = (0.0, 0.0)
        self._until = -math.inf
        self._speaking = False

    def begin_anew(self) -> None:
        """Seek or leave eye contact at the next fixation, whatever went before."""
        self._contact, self._until = None, -math.inf

    def fixation(
        self, now: float, contact: float, *, speaking: bool, away: Direction | None = None
    ) -> tuple[Direction, float]:
        """Where to look from now on, and until when.

        Args:
            contact: the share of the time in eye contact.
            speaking: whether the stream speaks now.
            away: where about to look away to, to the right or by chance to the left; anywhere if
                not given.
        """
        if now >= self._until or speaking != self._speaking:
            self._begin(now, contact, away, speaking=speaking)
        draw = self._draw
        apart = APART_ON_FACE if self._contact else APART
        yaw, pitch = (centre + _gauss(draw, apart) for centre in self._centre)
        rest = max(SHORTEST_FIXATION, log_normal(draw, FIXATION, _SPREAD))
        return (yaw, pitch), min(now + rest, self._until)

    def microsaccade(self, offset: Direction) -> Direction:
        """A small step from `offset`, which is relative to the point of fixation: away from it, or
        back."""
        least, most = MICROSACCADE
        size = least * (most / least) ** self._draw.random()
        away = math.hypot(*offset)
        if away > most / 2:
            back = min(1.0, size / away)
            return offset[0] * (1.0 - back), offset[1] * (1.0 - back)
        angle = self._draw.gauss(0.0, 0.5) + self._draw.choice((0.0, math.pi))  # mostly sideways
        return offset[0] + size * math.cos(angle), offset[1] + size * math.sin(angle)

    def _begin(self, now: float, contact: float, away: Direction | None, *, speaking: bool) -> None:
        """Seek or leave eye contact."""
        if self._contact is None or speaking != self._speaking or not 0.0 < contact < 1.0:
            self._contact = self._draw.random() < contact
        else:
            self._contact = not self._contact
        self._speaking = speaking
        seconds = SPEAKING_CONTACT_TIME if speaking else CONTACT_TIME
        if self._contact:
            self._centre = (0.0, 0.0)
        else:
            self._centre = self._away() if away is None else self._about(away)
            seconds = seconds * (1.0 - contact) / contact if contact > 0.0 else _NEVER_MET
        self._until = now + max(SHORTEST_FIXATION, log_normal(self._draw, seconds, _SPREAD))

    def _away(self) -> Direction:
        yaw = self._draw.gauss(0.0, AWAY_YAW)
        pitch = AWAY_DOWN + self._draw.gauss(0.0, AWAY_PITCH)
        distance = math.hypot(yaw, pitch) or 1.0
        scale = min(max(distance, LEAST_AWAY), MOST_AWAY) / distance
        return yaw * scale, pitch * scale

    def _about(self, away: Direction) -> Direction:
        yaw, pitch = away
        yaw *= self._draw.choice((1.0, -1.0))
        return yaw + _gauss(self._draw, ABOUT), pitch + _gauss(self._draw, ABOUT)


def _gauss(draw: Chance, spread: float) -> float:
    """A normal number, at most two standard deviations away."""
    return min(max(draw.gauss(0.0, spread), -2.0 * spread), 2.0 * spread)
