"""Blinks as people blink: at irregular intervals, half of them partial, sometimes two in a row.

Rates are those of Bentivoglio et al. 1997: 17 a minute at rest, 26 in conversation. Intervals are
skewed, log-normal-like. About half of normal blinks are partial (52 %), some 15 % are double, and
97 % of gaze shifts over 33° bring a blink that begins with them (Evinger 1994). Lids close in
50–100 ms and open in 67–330 ms (ARKit capture at 60 fps), about half as fast as they close.

An interval is a sum of rate · time that reaches a random threshold. So the rate may change while a
stream waits, and the moment of a blink does not depend on the frame rate.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.names import emotion_to_vad
from bridge.face.chance import generator, log_normal
from bridge.face.gaze import Gaze
from bridge.face.layer import Frame, PerStream, RowLayer, moved_up, without
from bridge.face.nearness import Nearness
from protocols.arkit import INDEX

SPREAD = 0.8
"""Standard deviation of an interval's logarithm: a tenth of the intervals at rest are shorter than
a second, a twentieth longer than ten."""
CLOSING = (0.052, 0.082)
"""Shortest and longest time in seconds that lids take to close."""
OPENING = (1.4, 3.8, 2.0)
"""How many times as long they take to open: least, most, most likely."""
SHUT = 1 / 60
"""Seconds that lids stay where they have closed to, so that a frame shows it."""
PARTIAL = (0.5, 0.9)
"""How far lids close in a partial blink: least and most."""
GAP = (0.03, 0.15)
"""Shortest and longest time in seconds between the two blinks of a double one."""
WITH_SHIFT = 0.97
"""The share of large gaze shifts that bring a blink."""

RATE_IN = {"fear": 0.6, "sadness": 1.4, "surprise": 0.05, "anger": 0.75, "sleepy": 0.4}
"""Factor of the rate at an emotion's point. Sleepy, anger and surprise as in stackchan-kai (which
has no blink in surprise); fear lowers the rate and sadness raises it."""
RATE_BY_AROUSAL = 0.15
"""Change of the rate's logarithm by a unit of arousal. A judgement."""
_CONE = 0.88
"""Cosine. Happiness is just outside of the cone around surprise."""
_NEAR = Nearness([emotion_to_vad(emotion) for emotion in RATE_IN], _CONE)
_LOG_FACTORS = np.log(list(RATE_IN.values()))

_FOLLOW = 0.2
"""Seconds between looks at feelings and speech. A rate need not follow them faster."""
_ROUNDING = 1e-6  # seconds; much less than a frame
_LONGEST_STALL = 1.0
_SIDES = [(INDEX[f"eyeBlink{side}"], INDEX[f"eyeWide{side}"]) for side in ("Left", "Right")]
_NEVER = math.inf
_LEAST_RATE = 1e-12
_NO_RATE = -1.0


@dataclass(frozen=True, slots=True)
class BlinkSettings:
    """How one stream blinks."""

    on: bool = True
    rate: float = 17.0
    """Blinks a minute at rest. Bentivoglio 1997: 8 to 21 in 95 % of people."""
    speaking_rate: float = 26.0
    """Blinks a minute while the stream speaks. Bentivoglio 1997: 10.5 to 32.5."""
    partial: float = 0.52
    """The share of blinks that do not close the eye, from 0 to 1. Evinger 1994."""
    double: float = 0.15
    """The share of blinks that a second one follows at once, from 0 to 1."""
    seed: int | None = None
    """Makes the blinks the same in every run; by chance when None."""


@dataclass(slots=True)
class _Lids:
    """The present or latest blink of one stream. Times are in seconds on the frame clock."""

    start: float = -math.inf
    closing: float = 1.0
    opening: float = 1.0
    depth: float = 0.0
    """How far the lids close, from 0 to 1."""
    held: list[float] = field(default_factory=lambda: [0.0, 0.0])
    """The lowest that each lid has been since the blink began, without the blink."""

    @property
    def end(self) -> float:
        return self.start + self.closing + SHUT + self.opening

    def show(self, weights: NDArray[np.float32], now: float) -> None:
        """Close the lids of [52] weights as far as they are closed at this moment."""
        shut = self.start + self.closing
        part = min(max((now - self.start) / self.closing, 0.0), 1.0)
        back = min(max((now - shut - SHUT) / self.opening, 0.0), 1.0)
        # Both ways begin and end gently. Opening is quickest at first, and has a long tail.
        left = (1.0 - back) ** 3 * (1.0 + 3.0 * back)
        closed = self.depth * part * part * (3.0 - 2.0 * part) * left
        for side, (lid, wide) in enumerate(_SIDES):
            # Lids that an emotion opens meanwhile follow it only as the blink ends.
            own = float(weights[lid])
            held = self.held[side] = max(self.held[side], own)
            own += (held - own) * left
            weights[lid] = own + (1.0 - own) * closed
            weights[wide] *= 1.0 - closed


class Blink(RowLayer[BlinkSettings]):
    """Closes the lids from where they are, alike left and right. Wide eyes give way."""

    _off: NDArray[np.bool_]
    """[streams]: whether the stream does not blink. The other arrays are [streams] too, with times
    in seconds on the frame clock."""
    _rest: NDArray[np.float64]
    """Beginnings a second at rest; `_talk` while speaking."""
    _talk: NDArray[np.float64]
    _rate: NDArray[np.float64]
    """Beginnings a second when feelings were last looked at; `_NO_RATE` before the first look."""
    _left: NDArray[np.float64]
    """What was left of the threshold then."""
    _due: NDArray[np.float64]
    """When the next blink begins if the rate stays."""
    _second: NDArray[np.float64]
    """When the second blink of a double one begins."""
    _a: NDArray[np.float64]
    """Room to calculate in, like what follows."""
    _b: NDArray[np.float64]

    def __init__(self, settings: PerStream[BlinkSettings], gaze: Gaze | None = None) -> None:
        """`gaze`: the layer whose large shifts bring blinks; it is applied before this one."""
        super().__init__(settings)
        self._gaze = gaze
        self._random: list[random.Random] = []
        self._lids: list[_Lids] = []
        self._blinking: list[int] = []
        """The rows whose lids move."""
        self._keep("_off", dtype=np.bool_)
        for name in ("_rest", "_talk", "_left", "_a", "_b"):
            self._keep(name, dtype=np.float64)
        self._keep("_rate", fill=_NO_RATE, dtype=np.float64)
        for name in ("_due", "_second"):
            self._keep(name, fill=_NEVER, dtype=np.float64)
        self._looked = 0.0
        self._look = self._next = _NEVER

    def apply(self, frame: Frame) -> None:
        now = frame.now
        if now >= self._look:
            self._follow(frame)
        if self._gaze is not None and self._gaze.large_shifts:
            for row, moment in self._gaze.large_shifts:
                self._accompany(row, moment)
        if now >= self._next:
            self._begin_what_is_due(now)
        if self._blinking:
            self._close(frame)

    def remove_rows(self, rows: Sequence[int]) -> None:
        super().remove_rows(rows)
        self._random, self._lids = without(self._random, rows), without(self._lids, rows)
        moved = (moved_up(row, rows) for row in self._blinking)
        self._blinking = [row for row in moved if row is not None]

    def _begin(self, row: int, stream: str) -> None:
        settings = self._settings.of(stream)
        self._random.append(generator(settings.seed, stream, "blink"))
        self._lids.append(_Lids())
        self._left[row] = self._threshold(row)

    def _set(self, row: int, settings: BlinkSettings) -> None:
        self._off[row] = not settings.on
        # A double blink is two blinks by one beginning.
        minute = 60.0 * (1.0 + settings.double)
        self._rest[row], self._talk[row] = settings.rate / minute, settings.speaking_rate / minute
        if not settings.on:
            self._second[row] = _NEVER
        self._look = -_NEVER

    def _follow(self, frame: Frame) -> None:
        """Sum the rate up to now, and see when the next blinks are due at the rate of now."""
        now, rate, mean = frame.now, self._a, self._b
        np.copyto(rate, self._rest)
        np.copyto(rate, self._talk, where=frame.speaking)
        change = _NEAR.of(frame.feelings) @ _LOG_FACTORS
        change += RATE_BY_AROUSAL * frame.feelings[:, 1]
        rate *= np.exp(change, out=change)
        np.maximum(rate, _LEAST_RATE, out=rate)
        np.add(rate, self._rate, out=mean)
        mean *= 0.5 * (now - self._looked)
        np.subtract(self._left, mean, out=self._left, where=self._rate > 0.0)
        np.divide(self._left, rate, out=self._due)
        self._due += now
        np.copyto(self._due, _NEVER, where=self._off)
        np.copyto(rate, _NO_RATE, where=self._off)
        np.copyto(self._rate, rate)
        # Looks keep their distance, so that they fall on the same moments at most frame rates.
        look = self._look + _FOLLOW
        self._look = look if look > now else now + _FOLLOW - _ROUNDING
        if self._off.all():
            self._look = _NEVER
        self._looked = now
        self._note_next()

    def _begin_what_is_due(self, now: float) -> None:
        for row in np.flatnonzero(np.minimum(self._due, self._second) <= now).tolist():
            while (moment := min(self._due[row], self._second[row])) <= now:
                moment = max(float(moment), now - _LONGEST_STALL)
                if moment < self._lids[row].end:  # one blink at a time
                    self._delay(row, self._lids[row].end)
                elif self._second[row] <= moment:
                    self._second[row] = _NEVER
                    self._blink(row, moment)
                else:
                    self._blink(row, moment)
                    self._wait(row, moment)
        self._note_next()

    def _accompany(self, row: int, moment: float) -> None:
        """A large gaze shift has begun."""
        if self._off[row] or moment < self._lids[row].end:
            return
        if self._random[row].random() < WITH_SHIFT:
            self._blink(row, moment)
            self._wait(row, moment)
            self._note_next()

    def _blink(self, row: int, moment: float) -> None:
        draw = self._random[row]
        partial = draw.random() < self._of(row).partial
        depth, closing = draw.uniform(*PARTIAL), draw.uniform(*CLOSING)
        opening = closing * draw.triangular(*OPENING)
        self._lids[row] = _Lids(moment, closing, opening, depth if partial else 1.0)
        if row not in self._blinking:
            self._blinking.append(row)

    def _wait(self, row: int, moment: float) -> None:
        """Draw when the next blink begins after the one of `moment`."""
        draw = self._random[row]
        settings = self._of(row)
        double, gap = draw.random() < settings.double, draw.uniform(*GAP)
        self._second[row] = self._lids[row].end + gap if double else _NEVER
        rate = float(self._rate[row])
        self._left[row] = self._threshold(row) + rate * (moment - self._looked)
        self._due[row] = self._looked + self._left[row] / rate

    def _delay(self, row: int, until: float) -> None:
        if self._second[row] <= self._due[row]:
            self._second[row] = until
        else:
            self._left[row] += self._rate[row] * (until - self._due[row])
            self._due[row] = until

    def _threshold(self, row: int) -> float:
        return log_normal(self._random[row], 1.0, SPREAD)

    def _note_next(self) -> None:
        self._next = min(self._due.min(initial=_NEVER), self._second.min(initial=_NEVER))

    def _close(self, frame: Frame) -> None:
        """Show the blinks of this moment. So few streams blink at once that NumPy is no gain."""
        ended = False
        for row in self._blinking:
            lids = self._lids[row]
            lids.show(frame.weights[row], frame.now)
            ended = ended or frame.now >= lids.end
        if ended:
            now = frame.now
            self._blinking = [row for row in self._blinking if now < self._lids[row].end]
