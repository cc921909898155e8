"""Bytes from anywhere made into plain text.

Arduinos end a text with NUL, Windows writes UTF-16, programs for a terminal send colours, phones
send typographic quotes, and keyboards in East Asia type full-width digits. None of that changes
what a sender means.
"""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TERMINAL_CODE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_EVIDENCE = 4
"""Bytes at the start of a stream whose NULs show whether it is UTF-16 without a mark."""
_NO_WIDTH = (
    *range(0x200B, 0x2010),  # zero-width spaces, joiners and marks of direction
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *(0xAD, 0x7F, 0xFE0E, 0xFE0F, 0xFEFF),
)
_PLAIN = {
    **dict.fromkeys(_NO_WIDTH),
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full-width ASCII
    **dict.fromkeys((0x2010, 0x2011, 0x2013, 0x2212, 0xFE63), "-"),
    **dict.fromkeys((0x2018, 0x2019), "'"),
    **dict.fromkeys((0x201C, 0x201D), '"'),
    **dict.fromkeys((0xA0, 0x3000), " "),
    0x3001: ",",
}
"""What `str.translate` makes of characters that look like others, or like nothing."""
_LOOKALIKE = re.compile(f"[{''.join(map(chr, _PLAIN))}]")


def decode(data: bytes) -> str:
    """One whole message as text. What is not valid in its encoding becomes U+FFFD."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    without_mark = _utf16(data) if b"\0" in data else None
    return data.decode(without_mark or "utf-8", "replace")


def clean(text: str) -> str:
    """The text without what the sender did not mean to send.

    A text that ends with NUL ends there. Colours and characters without width are dropped. Signs
    and digits that look like ASCII become ASCII. Other scripts stay as they are.
    """
    text = text.strip(" \t\r\n\0")
    if text.isascii() and text.isprintable():
        return text
    text = text.partition("\0")[0]
    if "\x1b" in text:
        text = _TERMINAL_CODE.sub("", text)
    if _LOOKALIKE.search(text):
        text = text.translate(_PLAIN)
    return text.strip()


class Transcoder:
    """Turns a stream of bytes that may be UTF-16 into UTF-8."""

    def __init__(self) -> None:
        self._start = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._decided = False

    def feed(self, data: bytes) -> bytes:
        """What can be passed on once `data` has come."""
        if not self._decided:
            data = self._start + data
            if len(data) < 2 or (len(data) < _EVIDENCE and b"\0" in data):
                self._start = data
                return b""
            self._decide(data)
        if self._decoder is None:
            return data
        return self._decoder.decode(data).replace("\ufeff", "").encode("utf-8", "replace")

    def end(self) -> bytes:
        """What was kept back and is the end."""
        return b"" if self._decided else self._start

    def _decide(self, data: bytes) -> None:
        self._decided = True
        encoding = next((e for mark, e in _MARKS[1:] if data.startswith(mark)), None)
        encoding = encoding or _utf16(data[:_EVIDENCE])
        if encoding is not None:
            self._decoder = codecs.getincrementaldecoder(encoding)("replace")


def _utf16(data: bytes) -> str | None:
    """The kind of UTF-16 that bytes with NULs in them are, by where the NULs stand."""
    while len(data) > 2 and data.endswith(b"\0\0"):
        data = data[:-2]
    if len(data) % 2:
        return None
    first, second = data[::2], data[1::2]
    if 0 not in first and 2 * second.count(0) > len(first):
        return "utf-16-le"
    if 0 not in second and 2 * first.count(0) > len(second):
        return "utf-16-be"
    return None
