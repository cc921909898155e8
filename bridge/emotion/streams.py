"""The names of streams."""

import zlib

MAIN_STREAM = "main"
"""The stream of an update that names none."""
EVERY_STREAM = "*"
"""The setting of an output that shows every stream."""
LONGEST_STREAM = 64
"""Bytes of UTF-8. A stream's name is used in subjects, addresses and topics."""

_NOT_IN_A_STREAM = set(" /#+*?,[]{}")
_CUT = LONGEST_STREAM - 9
_LONGEST_SENT = 256
"""Characters of a name that can be made into an allowed one."""


def is_stream_name(name: str) -> bool:
    """Whether `name` is allowed as the name of a stream."""
    # A lone surrogate, which JSON can spell, is not printable.
    return (
        name.isprintable()
        and not _NOT_IN_A_STREAM & set(name)
        and 1 <= len(name.encode()) <= LONGEST_STREAM
    )


def allowed_stream(name: str) -> str:
    """The name of a stream that comes nearest to `name`; always the same for the same name.

    A slash becomes a hyphen, and everything else that is not allowed an underscore. A name that is
    too long is cut, and ends in a checksum that tells it from others. Without a letter or a digit,
    or far too long, it is empty, which is not a name.
    """
    if is_stream_name(name):
        return name
    name = name.strip()
    if len(name) > _LONGEST_SENT or not any(map(str.isalnum, name)):
        return ""
    plain = "".join(map(_allowed, name.replace("/", "-")))
    encoded = plain.encode()
    if len(encoded) <= LONGEST_STREAM:
        return plain
    return f"{encoded[:_CUT].decode('utf-8', 'ignore')}-{zlib.crc32(encoded):08x}"


def _allowed(character: str) -> str:
    return character if character.isprintable() and character not in _NOT_IN_A_STREAM else "_"
