"""What a dialect consists of: its addresses, its settings, its encoder and its decoder.

The module of each dialect defines `DIALECT = Dialect(…)`. `protocols.dialects` lists them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from protocols.face import CrowdEncoder, Decoder, Encoder


class Shown(NamedTuple):
    """What an encoder sends, and where to: all that it needs besides the dialect's settings."""

    stream: str = "main"
    path: str = ""
    """The part of the output's address after host and port. `{stream}` is not filled in."""
    rate: Fraction = Fraction(60)
    """Faces a second that this output sends."""
    divisor: int = 1
    """The daemon's frames for each face sent."""
    machine: str = "localhost"
    """The host name of the sender, for ids that must differ between machines."""


class FaceRequest(NamedTuple):
    """A request for faces. The dialects of phone apps send only to receivers that request them."""

    ports: tuple[int, ...] = (0,)
    """The ports of the requesting host to send to; 0 is the port that the request came from."""
    seconds: float = 0.0
    """For how long to send. Infinity: until the receiver is gone. 0: stop."""
    settings: Mapping[str, Any] = {}
    """Settings for the encoder, which replace those of the output."""


@dataclass(frozen=True)
class Asking:
    """How a receiver requests faces from a phone app."""

    read: Callable[[bytes], FaceRequest]
    """Decodes a request, or raises `DecodeError`."""
    write: Callable[[int], bytes]
    """Writes the request for faces to this port. `listen` sends it every second."""


@dataclass(frozen=True)
class Dialect:
    """One dialect of faces over UDP."""

    scheme: str
    """The scheme of its addresses."""
    encoder: Callable[..., Encoder]
    """Makes the encoder of one stream from a `Shown` and, by keyword, the dialect's settings.

    The keyword arguments are the settings. Each has a default and is annotated with its type, a
    description and, if needed, bounds or a function that checks the value
    (`Annotated[int, "Bits a number.", Ge(1)]`). Raises ValueError for settings that the dialect
    cannot express. The docstring describes the dialect to its users.
    """
    decoder: Callable[[], Decoder]
    port: int | Callable[[Mapping[str, Any]], int] | None = None
    """The default port, if there is one. It may depend on the settings."""
    path: str = ""
    """What may follow the port in an address, for example `subject`; empty if nothing may."""
    crowd: Callable[[Callable[[str], Any]], CrowdEncoder] | None = None
    """Makes the encoder of many streams at once, from what makes the encoder of one stream. None
    where datagrams have no fixed layout."""
    asking: Asking | None = None
    """Set for the dialects of phone apps: the output listens at its address for requests."""
    largest: int = field(default=1400)
    """The most bytes of a datagram. More than 1400 only if the dialect cannot split a frame."""
