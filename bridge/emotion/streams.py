"""What a stream of feelings may be called."""

MAIN_STREAM = "main"
"""The stream that is meant when none is named."""
EVERY_STREAM = "*"
"""What an output shows that shows them all."""
LONGEST_STREAM = 64
"""Bytes of UTF-8. A stream's name becomes part of subjects, addresses and topics."""

_NOT_IN_A_STREAM = set(" /#+*?,[]{}")


def is_stream_name(name: str) -> bool:
    """Whether a stream may be called so."""
    # A lone surrogate, which JSON can smuggle in, is not printable.
    return (
        name.isprintable()
        and not _NOT_IN_A_STREAM & set(name)
        and 1 <= len(name.encode()) <= LONGEST_STREAM
    )
