"""Text for logs and terminals: safe to print, and fitted into columns."""

import unicodedata


def printable(text: str, longest: int | None = None) -> str:
    """Make text from outside safe to print: topics, payloads, names, errors of other programs.

    Every control, format (bidirectional, invisible) and unassigned character is escaped, as `\\x1b`
    or `\\u202e`. Letters of any script stay readable.

    Args:
        longest: characters that the result has at most; `…` replaces what is cut off.
    """
    cut = longest is not None and len(text) > longest
    kept = text[:longest]
    if not kept.isprintable():
        kept = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in kept)
        cut = cut or (longest is not None and len(kept) > longest)
    return f"{kept[: longest - 1]}…" if longest is not None and cut else kept


def columns(text: str) -> int:
    """The columns that a text takes: two for an ideograph, none for an accent."""
    return sum(0 if unicodedata.category(c) in {"Mn", "Me", "Cf"} else _columns_of(c) for c in text)


def shortened(text: str, most: int) -> str:
    """The text, cut to at most `most` columns; `…` replaces what is cut off."""
    if columns(text) <= most:
        return text
    if most < 1:
        return ""
    while columns(text) > most - 1:
        text = text[:-1]
    return f"{text}…"


def _columns_of(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
