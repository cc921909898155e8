"""How far a voice is in a text that is spoken while it is still being written."""

import math

CHARACTERS_A_WORD = 6
"""With the space behind it, as words a minute are counted."""

SPEAKER_TIMEOUT = 10.0
"""Seconds without a report after which the rate stands in for the speaker again."""

_KEPT = 65536
"""Characters of text that are kept to find the next word."""


class Voice:
    """The place of the voice, in characters since the start of the text.

    A speaker reports its place. Without a speaker, the voice is taken to speak all that is written
    at a steady rate, without a pause. Times are of any one clock, in seconds.
    """

    def __init__(self, words_a_minute: float) -> None:
        self.written = 0
        """Characters of text so far."""
        self.end_of_words = 0
        """Where the last word of the text ends so far: what is written from here on shows when the
        voice gets here, because speakers leave out white space and stops."""
        self._rate = words_a_minute * CHARACTERS_A_WORD / 60.0
        self._place = 0.0
        self._since = -math.inf
        self._speaker_until = -math.inf
        """When the rate stands in for the speaker."""
        self._reported = False
        """Whether the speaker has reported since it was last given time to begin."""
        self._count = 0
        self._start = 0
        """The place from which the speaker counts."""
        self._text = ""
        """The end of what was written."""

    def place(self, now: float) -> float:
        """How far the voice is."""
        moving = max(0.0, now - max(self._since, self._speaker_until))
        return min(self._place + moving * self._rate, float(self.written))

    def reaches(self, place: int) -> float:
        """When the voice gets to a place in what is written, if no report changes that;
        -infinity if it is there."""
        if place <= self._place:
            return -math.inf
        began = max(self._since, self._speaker_until)
        return began + (place - self._place) / self._rate

    def wrote(self, text: str, now: float) -> None:
        """More text for the voice."""
        self._stand(self.place(now), now)
        if self._place >= self.written and self._reported:  # the speaker may need time to begin
            self._speaker_until, self._reported = now + SPEAKER_TIMEOUT, False
        words = len(text)
        while words and not text[words - 1].isalnum():
            words -= 1
        if words:
            self.end_of_words = self.written + words
        self.written += len(text)
        self._text = (self._text + text)[-_KEPT:]

    def report(self, count: int, now: float) -> None:
        """The speaker has spoken so many characters since the start of the text. 0 begins another
        count: at the next word after the place that the voice has reached."""
        if count == 0 and self._count > 0:
            self._start = self._next_word(int(self.place(now)))
        self._count = count
        self._stand(min(self._start + count, self.written), now)
        self._speaker_until, self._reported = now + SPEAKER_TIMEOUT, True

    def speak_at(self, words_a_minute: float, now: float) -> None:
        """Change the rate."""
        self._stand(self.place(now), now)
        self._rate = words_a_minute * CHARACTERS_A_WORD / 60.0

    def _stand(self, place: float, now: float) -> None:
        self._place, self._since = place, now

    def _next_word(self, place: int) -> int:
        kept_from = self.written - len(self._text)
        while kept_from <= place < self.written and not self._text[place - kept_from].isalnum():
            place += 1
        return place
