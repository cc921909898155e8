"""Output for consoles and files whose encoding lacks some characters, such as cp1252 on Windows."""

import codecs
import io
import sys
from typing import TextIO

_ERRORS = "affect-bridge"
_SIMILAR = {
    "…": "...",
    "–": "-",
    "—": "-",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "×": "x",
    "·": "-",
    "█": "#",
    "′": "'",
    "’": "'",
    "“": '"',
    "”": '"',
}


def replace_what_cannot_be_written() -> None:
    """From now on standard output and standard error write a similar character, or an escape such
    as `\\u591c`, for each character that their encoding lacks."""
    codecs.register_error(_ERRORS, _replacement)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # None in a program without a console
            stream.reconfigure(errors=_ERRORS)


def writes_every_character(stream: TextIO) -> bool:
    """Whether all of Unicode can be written to `stream` without replacements."""
    return codecs.lookup(stream.encoding or "ascii").name.startswith("utf")


def _replacement(problem: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    lacking = problem.object[problem.start : problem.end]
    written = (_SIMILAR.get(c) or c.encode("ascii", "backslashreplace").decode() for c in lacking)
    return "".join(written), problem.end
