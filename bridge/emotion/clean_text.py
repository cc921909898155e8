"""The text of a chatbot as it is read and spoken: without its tags, and without the gaps that they
leave."""

from collections.abc import Collection

from bridge.emotion.tags import DIALECTS, Dialect, Piece, Tag, TagReader

_BLANKS = " \t"


class CleanText:
    """Takes text as it is written, cut anywhere, and gives back clean text and tags, in order.

    A tag is written with a blank on each side, or with one behind it at the start of a line. So one
    blank behind a tag goes with it, where white space or nothing is before the tag: `Hello [joy]
    there` is `Hello there`, and `[joy] Hi` is `Hi`. The blank before a tag has already left then,
    because text is never held back for a tag that may follow. No other character is changed.
    """

    def __init__(self, dialects: Collection[Dialect] = DIALECTS) -> None:
        self._tags = TagReader(dialects)
        self._ends_in_space = True
        """Whether the clean text so far ends in white space, or is empty."""
        self._behind_tag = False

    @property
    def held(self) -> str:
        """Text that may still become a tag, as `TagReader.held`."""
        return self._tags.held

    def choose(self, dialects: Collection[Dialect]) -> None:
        """Look for other kinds of tags from now on."""
        self._tags.choose(dialects)

    def feed(self, text: str) -> list[Piece]:
        """The pieces that are certain once `text` has come."""
        return self._close_gaps(self._tags.feed(text))

    def flush(self) -> list[Piece]:
        """The pieces of what was held. Half a tag is text."""
        return self._close_gaps(self._tags.flush())

    def _close_gaps(self, pieces: list[Piece]) -> list[Piece]:
        closed: list[Piece] = []
        for piece in pieces:
            if isinstance(piece, Tag):
                self._behind_tag = True
                closed.append(piece)
                continue
            gap = self._behind_tag and self._ends_in_space and piece[0] in _BLANKS
            self._behind_tag = False
            text = piece[1:] if gap else piece
            if text:
                self._ends_in_space = text[-1].isspace()
                closed.append(text)
        return closed
