"""Numbers in text: points as people, spreadsheets and sensors write them."""

import re
from collections.abc import Sequence

from bridge.emotion.message import Axes, Message
from bridge.emotion.scale import AXES, Scales
from bridge.emotion.update import UpdateError

MOST_COLUMNS = 64

_CLOSING = {"(": ")", "[": "]"}
_SEPARATORS = re.compile(r"[\s,;]+")
_DECIMAL_COMMAS = re.compile(r"[-+]?\d+(?:,\d+)?(?:(?:\s*;\s*|\s+)[-+]?\d+(?:,\d+)?)+")
_COMMA_BETWEEN_DIGITS = re.compile(r"(?<=\d),(?=\d)")


def to_number(text: str) -> float | None:
    """The number that a text is, perhaps a percentage or with a decimal comma; else None."""
    text = text.strip()
    divisor = 1.0
    if text.endswith("%"):
        text, divisor = text[:-1], 100.0
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        return float(text) / divisor
    except ValueError:
        return None


def with_decimal_points(text: str) -> str:
    """The text with points for the commas between digits."""
    return _COMMA_BETWEEN_DIGITS.sub(".", text)


def read_numbers(text: str) -> list[float] | None:
    """All numbers of a text that holds nothing else; None if it holds something else.

    They are separated by spaces, commas or semicolons, and may stand in brackets. Commas are
    decimal where every number has one, or where semicolons separate.
    """
    text = text.strip()
    if text[:1] in _CLOSING:
        if not text.endswith(_CLOSING[text[0]]):
            return None
        text = text[1:-1]
    text = text.strip(" \t;,")
    if not text or text[0] not in "+-.0123456789niNI":  # NaN and infinity are refused as such
        return None
    if _has_decimal_commas(text):
        text = with_decimal_points(text)
    words = _SEPARATORS.split(text, MOST_COLUMNS)
    numbers = []
    for word in words:
        number = to_number(word)
        if number is None:
            return None
        numbers.append(number)
    return numbers


def _has_decimal_commas(text: str) -> bool:
    if "," not in text or "." in text or not _DECIMAL_COMMAS.fullmatch(text):
        return False
    return ";" in text or all("," in word for word in text.split())


def read_row(text: str, columns: Sequence[str]) -> dict[str, str] | None:
    """The cells of a row by their columns; None when it has another number of cells."""
    for separator in ("\t", ";", ","):
        if separator in text:
            cells = text.split(separator, MOST_COLUMNS)
            break
    else:
        cells = text.split(None, MOST_COLUMNS)
    if len(cells) != len(columns):
        return None
    return dict(zip(columns, (cell.strip() for cell in cells), strict=True))


def message_of(
    numbers: Sequence[float], scales: Scales, columns: Sequence[str] = (), *, stream: str
) -> Message:
    """A message of two or three numbers, or of as many as there are columns.

    Args:
        columns: what each number is; names that are not axes are skipped. Without them numbers are
            valence, arousal and, if there is a third, dominance.

    Raises:
        UpdateError: there are too few or too many, or one is outside its scale.
    """
    named = _by_axis(numbers, columns)
    axes, clamped = scales.axes([named.get(axis) for axis in AXES])
    return Message(axes, stream=stream, clamped=clamped)


def _by_axis(numbers: Sequence[float], columns: Sequence[str]) -> dict[str, float]:
    of_axes = [column for column in columns if column in AXES]
    for names in (columns, of_axes):
        if names and len(names) == len(numbers):
            return dict(zip(names, numbers, strict=True))
    if columns:
        raise UpdateError(
            f"expected {len(columns)} columns ({', '.join(columns)}), not {len(numbers)}"
        )
    if len(numbers) not in (2, 3):
        raise UpdateError(
            f"expected two or three numbers (valence, arousal, dominance), not {len(numbers)}"
        )
    return dict(zip(AXES, numbers, strict=False))


def is_complete(axes: Axes) -> bool:
    """Whether valence and arousal are there; dominance can be estimated."""
    return axes[0] is not None and axes[1] is not None
