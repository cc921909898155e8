"""The names of streams."""

MAIN_STREAM = "main"
"""The stream of an update that names none."""
EVERY_STREAM = "*"
"""The setting of an output that shows every stream."""
LONGEST_STREAM = 64
"""Bytes of UTF-8. A stream's name is used in subjects, addresses and topics."""

_NOT_IN_A_STREAM = set(" /#+*?,[]{}")


def is_stream_name(name: str) -> bool:
    """Whether `name` is allowed as the name of a stream."""
    # A lone surrogate, which JSON can spell, is not printable.
    return (
        name.isprintable()
        and not _NOT_IN_A_STREAM & set(name)
        and 1 <= len(name.encode()) <= LONGEST_STREAM
    )
