"""The sentences of a chatbot's text that have no tag."""

from bridge.emotion.words.sentences import Sentence, Sentences


class Untagged:
    """Takes clean text and the places of tags in it, in order, and gives back the sentences whose
    feeling only their words say.

    A tag counts until the end of its line: no sentence that it stands in or before is given.
    """

    def __init__(self, start: int = 0) -> None:
        """`start`: the characters of the text that are in front of what comes."""
        self._sentences = Sentences(start)
        self._tagged = False
        """Whether there was a tag in this line."""

    @property
    def may_end(self) -> bool:
        """As `Sentences.may_end`."""
        return self._sentences.may_end

    def feed(self, text: str) -> list[Sentence]:
        """The sentences that are complete once `text` has come."""
        found: list[Sentence] = []
        for line in text.replace("\r", "\n").splitlines(keepends=True):
            found += self._given(self._sentences.feed(line))
            if line.endswith("\n"):
                self._tagged = False
        return found

    def tag(self) -> list[Sentence]:
        """A tag with an emotion comes next. A sentence that has begun but not ended is not
        given."""
        found = self._given(self._sentences.pause())
        self._sentences.flush()
        self._tagged = True
        return found

    def pause(self) -> list[Sentence]:
        """As `Sentences.pause`."""
        return self._given(self._sentences.pause())

    def flush(self) -> list[Sentence]:
        """As `Sentences.flush`."""
        return self._given(self._sentences.flush())

    def _given(self, sentences: list[Sentence]) -> list[Sentence]:
        return [] if self._tagged else sentences
