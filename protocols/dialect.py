"""What a dialect is: how it is addressed, what it can be told, and its two ends.

Each dialect's module says `DIALECT = Dialect(…)`, and `protocols.dialects` lists them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from protocols.face import Decoder, Encoder


class Shown(NamedTuple):
    """What an encoder is to show, and where: the part of an output that is not a setting."""

    stream: str = "main"
    path: str = ""
    """What stands after host and port in the output's address; `{stream}` is not filled in."""
    rate: Fraction = Fraction(60)
    """Faces a second that this output really sends."""
    divisor: int = 1
    """The daemon's frames for each face sent."""
    machine: str = "localhost"
    """The sender's host name, for ids that must differ between machines."""


class FaceRequest(NamedTuple):
    """A receiver's wish for faces, in the dialects of phones, which send only to who asks."""

    ports: tuple[int, ...] = (0,)
    """Where at the asking host the faces shall go; 0 is the port that asked."""
    seconds: float = 0.0
    """For how long; infinity is until the receiver is gone, 0 is no more."""
    settings: Mapping[str, Any] = {}
    """Settings of the encoder that the request asks for, in place of the output's own."""


@dataclass(frozen=True)
class Asking:
    """How a receiver asks a phone for its face."""

    read: Callable[[bytes], FaceRequest]
    """Understands a request, or raises `DecodeError`."""
    write: Callable[[int], bytes]
    """The request for faces to this port, for our own `listen`. It is repeated every second."""


@dataclass(frozen=True)
class Dialect:
    """One dialect of faces over UDP."""

    scheme: str
    """What addresses in this dialect begin with."""
    encoder: Callable[..., Encoder]
    """Makes the encoder of one stream from a `Shown` and, by keyword, the dialect's settings.

    The keyword arguments are the settings: each has a default and is annotated with its type,
    a sentence for people and, where a type does not say enough, bounds or a function that checks
    (`Annotated[int, "Bits a number.", Ge(1)]`). Raises ValueError for what cannot be said. The
    docstring describes the dialect to its users.
    """
    decoder: Callable[[], Decoder]
    port: int | Callable[[Mapping[str, Any]], int] | None = None
    """The usual port, if there is one; it may depend on the settings."""
    path: str = ""
    """What may follow the port in an address, in a word; empty if nothing may."""
    asking: Asking | None = None
    """Given for the dialects of phones: an output waits at its address to be asked."""
    largest: int = field(default=1400)
    """Bytes that a datagram never exceeds. More than 1400 only where the dialect cannot split."""
