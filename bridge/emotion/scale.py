"""The scale of a sender's numbers: which number is neutral, and which are the ends."""

from collections.abc import Sequence
from typing import NamedTuple

from bridge.emotion.update import UpdateError

AXES = ("valence", "arousal", "dominance")

LEEWAY = 0.05
"""How far outside its scale a number may be, as a part of the scale's width. It is clamped then."""

_EARLIEST_TIME = 1e8
"""Seconds since 1970. Nobody's scale goes so far."""
_FIRST = 50
_HIGH = 0.5
_USUAL_SCALES = ((1, 5), (1, 9), (0, 10), (0, 100), (-100, 100))


class Scale(NamedTuple):
    """The numbers from one end to the other, with neutral in the middle unless it is given."""

    low: float = -1.0
    high: float = 1.0
    neutral: float | None = None
    invert: bool = False
    """The low end means the high end."""

    def outside(self, number: float) -> bool:
        """Whether the number is further outside than `LEEWAY`."""
        leeway = LEEWAY * (self.high - self.low)
        return not self.low - leeway <= number <= self.high + leeway

    def axis(self, number: float) -> float:
        """The number on an axis from -1 to 1, with neutral at 0."""
        neutral = (self.low + self.high) / 2 if self.neutral is None else self.neutral
        reach = self.high - neutral if number > neutral else neutral - self.low
        place = min(1.0, max(-1.0, (number - neutral) / reach)) if reach else 0.0
        return -place if self.invert else place

    def fraction(self, number: float) -> float:
        """The number on an axis from 0 to 1."""
        place = min(1.0, max(0.0, (number - self.low) / (self.high - self.low)))
        return 1.0 - place if self.invert else place

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


class Scales(NamedTuple):
    """The scale of each axis, and of the intensity of a named emotion."""

    valence: Scale = Scale()
    arousal: Scale = Scale()
    dominance: Scale = Scale()
    intensity: Scale = Scale(0.0, 1.0)

    def axes(
        self, numbers: Sequence[float | None]
    ) -> tuple[tuple[float | None, float | None, float | None], str]:
        """Valence, arousal and dominance as sent (None: not sent), on axes from -1 to 1, and what
        was clamped in words.

        Raises:
            UpdateError: a number is not finite, or too far outside its scale.
        """
        placed: list[float | None] = []
        for number, scale in zip(numbers, self[:3], strict=True):
            if number is not None and scale.outside(number):
                sent = [other for other in numbers if other is not None]
                raise UpdateError(_why_outside(sent, number, scale))
            placed.append(None if number is None else scale.axis(number))
        valence, arousal, dominance = placed
        return (valence, arousal, dominance), "; ".join(
            f"{number:g} is outside {scale}"
            for number, scale in zip(numbers, self[:3], strict=True)
            if number is not None and not scale.low <= number <= scale.high
        )

    def intensity_of(self, number: float) -> tuple[float, str]:
        """An intensity as sent, from 0 to 1, and what was clamped in words.

        Raises:
            UpdateError: it is not finite, or too far outside its scale.
        """
        scale = self.intensity
        if scale.outside(number):
            raise UpdateError(_why_no_intensity(number, scale))
        inside = scale.low <= number <= scale.high
        return scale.fraction(number), "" if inside else f"intensity {number:g} is outside {scale}"


UNSCALED = Scales()
"""Where no setting says otherwise: -1 to 1, and 0 to 1 for intensities."""


class RangeWatch:
    """Looks at the first points of a source that has no scale of its own: numbers that are never
    negative may be on a scale from 0 to 1."""

    QUESTION = (
        f"the first {_FIRST} points had no number below 0; if 0.5 is neutral, set `scale: [0, 1]`"
    )

    def __init__(self) -> None:
        self._left = _FIRST
        self._highest = 0.0

    def see(self, axes: Sequence[float | None]) -> bool:
        """Look at one more point; whether it is time to ask the question."""
        if not self._left:
            return False
        sent = [axis for axis in axes if axis is not None]
        self._left = 0 if min(sent, default=0.0) < 0 else self._left - 1
        self._highest = max(self._highest, *sent)
        return not self._left and min(sent, default=0.0) >= 0 and self._highest > _HIGH


def _why_outside(numbers: Sequence[float], number: float, scale: Scale) -> str:
    if number - number != 0:  # NaN or infinity
        return "a number is not finite"
    if abs(number) >= _EARLIEST_TIME:
        return (
            f"{number:.12g} looks like a time; name the columns, as in "
            "`columns: [time, valence, arousal]`"
        )
    outside = f"{number:g} is outside {scale}"
    if scale != Scale():
        outside += ", the `scale` of this input"
    first, *rest = numbers
    if number == first and len(rest) > 1 and not any(map(scale.outside, rest)):
        named = ", ".join(AXES[: len(rest)])
        return f"{outside}; if it is a time or a frame number, set `columns: [time, {named}]`"
    if scale != Scale():
        return outside
    return f"{outside}; if the numbers have another scale, set `scale: {_guess(numbers)}`"


def _guess(numbers: Sequence[float]) -> str:
    for low, high in _USUAL_SCALES:
        if all(low <= number <= high for number in numbers):
            return f"[{low}, {high}]"
    return "[lowest, highest]"


def _why_no_intensity(number: float, scale: Scale) -> str:
    if number - number != 0:
        return "the intensity is not finite"
    outside = f"intensity {number:g} is outside {scale}"
    if scale != UNSCALED.intensity:
        return f"{outside}, the `scale` of this input"
    if not 0 <= number <= 100:
        return outside
    hint = f"set `scale: {{intensity: [0, {10 if number <= 10 else 100}]}}`"
    return f"{outside}; for a percentage write {number:g}%, or {hint}"
