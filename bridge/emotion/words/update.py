"""The update that a sentence without a tag is."""

from bridge.emotion.cleaning import clean
from bridge.emotion.points import Part
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import Update, checked
from bridge.emotion.words.feeling import feeling


def sentence_update(
    sentence: str, *, stream: str = MAIN_STREAM, hold: float | None = None
) -> Update | None:
    """The update of a sentence; None if its words have no feeling. Its label is the sentence.

    Args:
        hold: seconds until it expires; None for the default of the source.

    Raises:
        UpdateError: the stream or hold is out of bounds.
        ImportError: vaderSentiment is not installed.
    """
    # Half of a character that was cut in two must not get into a label.
    sentence = clean(sentence.encode("utf-8", "replace").decode())
    point = feeling(sentence)
    if point is None:
        return None
    label = " ".join(sentence.split())
    return checked(Update((Part(point, 1.0),), label, stream, hold))
