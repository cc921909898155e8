"""What one message says about a feeling, before it is an update."""

from typing import Literal, NamedTuple

from bridge.emotion import dominance as dominances
from bridge.emotion import scores
from bridge.emotion.cues import Cues
from bridge.emotion.names import EmotionError
from bridge.emotion.points import NEUTRAL, Part, Parts, Vad
from bridge.emotion.scores import Scored
from bridge.emotion.streams import MAIN_STREAM, allowed_stream
from bridge.emotion.update import Note, Then, Update, UpdateError, checked, numbers_label

Axes = tuple[float | None, float | None, float | None]
"""Valence, arousal and dominance from -1 to 1; None for one that was not sent."""

Dominance = Literal["estimate", "keep"]


class Message(NamedTuple):
    """A point or labels, and what goes with them."""

    axes: Axes = (None, None, None)
    scores: tuple[Scored, ...] = ()
    """Labels with their scores. They count only while `axes` is empty."""
    label: str = ""
    """What to call a point, when the sender had a name for it too."""
    stream: str = MAIN_STREAM
    hold: float | None = None
    fade: float | None = None
    clamped: str = ""
    notes: tuple[Note, ...] = ()
    own: bool = False
    """The scores are intensities, never a distribution."""
    cues: Cues | None = None
    """What is said beside the feeling. A message may have nothing else."""
    then: Then | None = None
    """What follows the hold, if the message is a gesture."""

    @property
    def has_point(self) -> bool:
        """Whether it has at least one axis."""
        return self.axes != (None, None, None)

    def update(self, last: Vad = NEUTRAL, dominance: Dominance = "estimate") -> Update:
        """The update that this message is.

        Args:
            last: the point that the same source sent last for the stream. Axes that are missing
                keep its values.
            dominance: where valence and arousal come without dominance, estimate it or keep it.

        Raises:
            UpdateError: an unknown name, or a stream, hold or fade out of bounds.
        """
        notes = list(self.notes)
        stream = allowed_stream(self.stream)
        if stream and stream != self.stream:
            notes.append(Note("renamed", f"the stream {self.stream[:80]!r} is called {stream!r}"))
        if self.has_point:
            point = self._point(last, dominance, notes)
            parts: Parts = (Part(point, 1.0),)
            label = self.label or numbers_label(point)
        elif self.cues is not None and not self.scores:
            parts, label = (), ""
        else:
            try:
                parts = scores.blend(self.scores, own=self.own)
            except EmotionError as problem:
                raise UpdateError(problem) from None
            label = scores.label(self.scores)
        update = Update(
            *(parts, label, stream, self.hold, self.fade, self.clamped),
            cues=self.cues,
            notes=tuple(notes),
            then=self.then,
        )
        return checked(update, self.stream)

    def _point(self, last: Vad, dominance: Dominance, notes: list[Note]) -> Vad:
        valence, arousal, given = self.axes
        estimated = given is None and dominance == "estimate"
        if estimated and valence is not None and arousal is not None:
            notes.append(Note("estimated", "dominance is estimated from valence and arousal"))
            given = dominances.estimate(valence, arousal)
        axes = zip((valence, arousal, given), last, strict=True)
        return Vad(*(old if new is None else new for new, old in axes))
