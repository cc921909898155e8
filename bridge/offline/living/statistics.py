"""Half an hour of a living face in figures, beside those of people and of a recording.

The recording is ARKit capture at 60 fps, of one performer at rest. Where it gives a single number,
ours may differ by a fifth.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from bridge.face.blink import Blink, BlinkSettings
from bridge.face.gaze import LARGE_SHIFT, Gaze, GazeSettings
from bridge.face.idle import Idle, IdleSettings
from bridge.face.layer import Frame, PerStream
from bridge.face.saccade import duration
from bridge.offline.living import signals
from bridge.offline.living.take import Take, play
from protocols.arkit import BLENDSHAPES

MINUTES = 30.0
SEED = 1

SKIN: Mapping[str, tuple[float, float]] = {
    "mouthSmile": (0.05, 0.09),
    "cheekSquint": (0.06, 0.06),
    "noseSneer": (0.04, 0.06),
    "jawOpen": (0.05, 0.05),
    "mouthLowerDown": (0.05, 0.05),
    "eyeSquint": (0.03, 0.03),
    "mouthShrugLower": (0.02, 0.02),
    "eyeWide": (0.02, 0.02),
    "browInnerUp": (0.015, 0.015),
}
"""Standard deviations in the recording while the lids were open, least and most."""
EYES: Mapping[str, tuple[float, float]] = {
    "eyeLookDown": (0.05, 0.05),
    "eyeBlink": (0.05, 0.05),
}

_PEOPLE, _EVINGER = "Bentivoglio 1997", "Evinger 1994"
_RECORDING, _TALKING_HEAD = "ARKit recording", "TalkingHead"
_PARALLEL = 15
"""Streams over which the minutes are spread where no frame depends on one long before."""
_SHIFT_SECONDS = 1.2


class Statistic(NamedTuple):
    """A figure of ours, and what it should be."""

    what: str
    here: tuple[float, ...]
    """One number, or the least and the most."""
    expected: str
    """What is published or recorded, for people to read."""
    least: float
    most: float
    source: str
    digits: int = 2

    @property
    def met(self) -> bool:
        """Whether every number is within the range."""
        return all(self.least <= number <= self.most for number in self.here)


def statistics(minutes: float = MINUTES, seed: int = SEED) -> list[Statistic]:
    """All of them, each of so many minutes."""
    rest = play([_idle(seed), _blinking(seed)], minutes)
    blinks = signals.blinks(rest.shape("eyeBlink")[:, 0])
    return [
        *_blinks(rest, blinks, minutes, seed),
        *_drift(rest, blinks),
        *_saccades(minutes, seed),
        *_contact(minutes, seed),
        _blinks_with_shifts(minutes, seed),
    ]


def _idle(seed: int) -> Idle:
    return Idle(PerStream(IdleSettings(seed=seed)))


def _blinking(seed: int, gaze: Gaze | None = None) -> Blink:
    return Blink(PerStream(BlinkSettings(seed=seed)), gaze)


def _looking(seed: int) -> Gaze:
    return Gaze(PerStream(GazeSettings(on=True, seed=seed)))


def _speak(number: int, frame: Frame) -> None:
    frame.speaking.fill(True)


def _blinks(
    rest: Take, blinks: Sequence[signals.Blink], minutes: float, seed: int
) -> Iterator[Statistic]:
    talk = play([_blinking(seed)], minutes, names=["eyeBlinkLeft"], each=_speak)
    talking = len(signals.blinks(talk.shape("eyeBlink")[:, 0])) / minutes
    partial = np.mean([blink.depth < signals.WHOLE for blink in blinks])
    gaps = [(after.first - before.last) / rest.fps for before, after in pairwise(blinks)]
    # The second blink of a double one is no beginning of its own.
    seconds = sum(gap < signals.DOUBLE for gap in gaps)
    double = seconds / (len(blinks) - seconds)
    closing = [1000 * (blink.shut - blink.first) / rest.fps for blink in blinks]
    opening = [1000 * (blink.last - blink.leaves) / rest.fps for blink in blinks]
    at_rest = len(blinks) / minutes
    yield Statistic("blinks a minute at rest", (at_rest,), "17 (8–21)", 8, 21, _PEOPLE, 1)
    yield Statistic(
        "blinks a minute while speaking", (talking,), "26 (10.5–32.5)", 10.5, 32.5, _PEOPLE, 1
    )
    yield Statistic("share of partial blinks", (float(partial),), ".52", 0.42, 0.62, _EVINGER)
    yield Statistic("share of double blinks", (double,), "some .15", 0.1, 0.2, "people")
    yield Statistic(
        "lids close in, 90 % of blinks, ms", _most_of(closing), "50–100", 49, 101, _RECORDING, 0
    )
    yield Statistic(
        "lids open in, 90 % of blinks, ms", _most_of(opening), "67–330", 66, 331, _RECORDING, 0
    )
    # A lid that closes to .94 leaves a slit on most avatars.
    deepest = _most_of([blink.depth for blink in blinks])
    yield Statistic("lids close to", deepest, ".50–.94, on avatars 1", 0.49, 1.0, _RECORDING)


def _most_of(values: Sequence[float]) -> tuple[float, float]:
    least, most = np.percentile(values, [5, 95]).tolist()
    return least, most


def _drift(rest: Take, blinks: Sequence[signals.Blink]) -> Iterator[Statistic]:
    """Of the frames with open lids."""
    open_ = {name: signals.without(rest.shape(name)[:, 0], blinks) for name in (*SKIN, *EYES)}
    for name, (least, most) in {**SKIN, **EYES}.items():
        expected = f"{least:.2g}".lstrip("0") + (f"–{most:.2g}" if most > least else "")
        slack = (0.0, 0.0) if most > least else (0.2 * least, 0.2 * most)
        yield Statistic(
            f"standard deviation of {name}",
            (float(open_[name].std()),),
            expected.replace("–0.", "–."),
            least - slack[0],
            most + slack[1],
            _RECORDING,
            3,
        )
    for names, what, percent, expected, least, most in (
        (SKIN, "skin", 50, ".1–.2", 0.1, 0.2),
        (SKIN, "skin", 90, ".3–.7", 0.3, 0.7),
        (EYES, "eyes and lids", 50, "below 1.2", 0.0, 1.2),
        (EYES, "eyes and lids", 90, "below 4.8", 0.0, 4.8),
    ):
        found = [signals.power_below(open_[name], rest.fps, percent / 100) for name in names]
        yield Statistic(
            f"{percent} % of the power of {what} is below, Hz",
            (min(found), max(found)),
            expected,
            least,
            most,
            _RECORDING,
        )
    moving = {name.removesuffix("Left").removesuffix("Right") for name in BLENDSHAPES}
    others = sorted(moving - SKIN.keys() - EYES.keys())
    largest = max(float(np.ptp(rest.shape(name))) for name in others)
    yield Statistic("movement of any other shape", (largest,), "none", 0, 0, _RECORDING, 0)


def _saccades(minutes: float, seed: int) -> Iterator[Statistic]:
    take = play([_looking(seed)], minutes, fps=600, streams=_PARALLEL, names=())
    found = [
        one for stream in range(_PARALLEL) for one in signals.saccades(take.eyes[:, stream], 600)
    ]
    for degrees in (5, 10, 20):
        seconds = [one.seconds for one in found if abs(one.degrees - degrees) < 0.1 * degrees]
        expected = 1000 * duration(degrees)
        yield Statistic(
            f"a saccade of {degrees}° lasts, ms",
            (1000 * float(np.median(seconds)),),
            f"{expected:.0f} (21 + 2.2 a degree)",
            0.9 * expected,
            1.1 * expected,
            "main sequence",
            0,
        )
    small = sum(one.degrees < signals.SMALL for one in found) / (60 * minutes)
    yield Statistic("microsaccades a second", (small,), "1–2", 1, 2, "people", 1)


def _contact(minutes: float, seed: int) -> Iterator[Statistic]:
    def share(*, speaking: bool) -> float:
        take = play(
            [_looking(seed)],
            minutes,
            fps=20,
            streams=_PARALLEL,
            names=(),
            each=lambda _, frame: frame.speaking.fill(speaking),
        )
        return float((np.linalg.norm(take.eyes, axis=2) < signals.CONTACT).mean())

    yield Statistic(
        "share of eye contact", (share(speaking=False),), ".2", 0.15, 0.25, _TALKING_HEAD
    )
    yield Statistic(
        "share of eye contact while speaking",
        (share(speaking=True),),
        ".5–.8",
        0.5,
        0.8,
        _TALKING_HEAD,
    )


def _blinks_with_shifts(minutes: float, seed: int) -> Statistic:
    """Eyes that a source sends from one side to the other, and that would else not blink."""
    gaze = Gaze(PerStream(GazeSettings(microsaccades=0.0, seed=seed)))
    lids = Blink(PerStream(BlinkSettings(rate=0.0, double=0.0, seed=seed)), gaze)
    fps, frames = 60, round(60 * _SHIFT_SECONDS)
    side = np.radians(0.5 * LARGE_SHIFT + 2.0)

    def shift(number: int, frame: Frame) -> None:
        frame.look_at[:] = (side if number // frames % 2 else -side, 0.0)

    take = play(
        [gaze, lids],
        minutes,
        fps=fps,
        streams=_PARALLEL,
        names=["eyeBlinkLeft"],
        each=shift,
    )
    # The first is no shift: it begins at the middle.
    whole = len(take.weights) // frames * frames
    lids_of_shifts = take.weights[:whole, :, 0].reshape(-1, frames, _PARALLEL)[1:]
    share = float((lids_of_shifts.max(axis=1) > signals.SHUT).mean())
    what = f"share of gaze shifts over {LARGE_SHIFT:.0f}° with a blink"
    return Statistic(what, (share,), ".97", 0.94, 1.0, _EVINGER)
