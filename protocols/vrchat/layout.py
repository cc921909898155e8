"""The messages for a VRChat avatar: all of them, or those that VRChat lists for the avatar."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from protocols.leave import NOTHING, LeftOut
from protocols.osc.packets import SAFE_DATAGRAM
from protocols.vrchat.unified_expressions import PARAMETERS, SIGNED, SOURCES

EyeLook = Literal["parameters", "native", "both", "off"]

PARAMETER = "/avatar/parameters/"
VERSION = "v2/"
EYES_CLOSED = "/tracking/eye/EyesClosedAmount"
EYE_ANGLES = "/tracking/eye/LeftRightPitchYaw"

EYES_ACTIVE = "EyeTrackingActive"
LIPS_ACTIVE = "LipTrackingActive"
ACTIVE = (EYES_ACTIVE, "ExpressionTrackingActive", LIPS_ACTIVE)

GAZE = frozenset(f"Eye{side}{axis}" for side in ("", "Left", "Right") for axis in "XY")
LIDS = frozenset(
    f"Eye{what}{side}" for what in ("Open", "Closed", "Lid") for side in ("", "Left", "Right")
)
"""The parameters that VRChat's own eye look replaces. It has no EyeWide and EyeSquint."""

HEAD = ("Head/Yaw", "Head/Pitch", "Head/Roll")
"""The rotation of the head, which VRCFaceTracking sends like its expressions
(UnifiedHeadParameters.cs), within [-1, 1]. Unit and signs are not documented. Its modules for Live
Link and MeowFace set radians, and that for Live Link negates all three angles: positive is to the
face's own left, upwards, and to its own left shoulder."""
NAMES = (*PARAMETERS, *HEAD)
"""All parameters that can be sent."""

MOST_BITS = 8
_MOST_MESSAGES = 4096
_LONGEST_ADDRESS = 512
_NOT_IN_AN_ADDRESS = set(" #*,?[]{}")
_BIT = re.compile(r"([A-Za-z/]+?)(Negative|[1-9][0-9]*)", re.ASCII)
_KNOWN = frozenset(NAMES)
_SIGNED = SIGNED.union(HEAD)


class Bit(NamedTuple):
    """One boolean of a parameter that an avatar stores as a binary number."""

    address: str
    parameter: str
    place: int
    """The place of the bit: 0 is the lowest. −1 is the sign."""
    width: int
    """The number of bits, without the sign, that the avatar has for this parameter."""


class Layout(NamedTuple):
    """The messages of a whole face, in order."""

    switches: tuple[tuple[str, bool], ...] = ()
    """Addresses that report whether something is tracked, with the value while it is."""
    floats: tuple[tuple[str, str], ...] = ()
    """Pairs of address and parameter."""
    bits: tuple[Bit, ...] = ()
    native_lids: bool = False
    native_gaze: bool = False


def blind_layout(
    prefix: str = "",
    *,
    floats: bool = True,
    bits: int = 0,
    eye_look: EyeLook = "parameters",
    left: LeftOut = NOTHING,
) -> Layout:
    """All parameters, for an avatar whose parameters are not known.

    Raises:
        ValueError: a prefix that an address cannot contain, or nothing to send.
    """
    if not floats and not bits:
        raise ValueError("floats: false sends nothing unless bits is set, as in bits=4")
    before = PARAMETER + _folder(prefix) + VERSION
    names = [name for name in NAMES if _is_sent(name, eye_look, left)]
    switches = ((name, _switch(name, eye_look, left)) for name in ACTIVE)
    return Layout(
        tuple((PARAMETER + name, on) for name, on in switches if on is not None),
        tuple((before + name, name) for name in names) if floats else (),
        tuple(bit for name in names if bits for bit in _bits_of(before + name, name, bits)),
        native_lids=eye_look in ("native", "both") and not left.blink,
        native_gaze=eye_look in ("native", "both") and not left.gaze,
    )


def listed_layout(
    listed: Mapping[str, str], eye_look: EyeLook = "parameters", left: LeftOut = NOTHING
) -> Layout:
    """The parameters that an avatar has, with any text before `v2/`, each in its form: as a float,
    as bits, or both. With `both`, VRChat's own eye look gets only what the avatar has no parameter
    for, as in VRCFaceTracking.

    Args:
        listed: the addresses that VRChat accepts, with their type tags. Others are ignored.
    """
    switches: list[tuple[str, bool]] = []
    floats: list[tuple[str, str]] = []
    bits: list[Bit] = []
    counts: dict[str, int] = {}
    for address, tags in listed.items():
        if not address.startswith(PARAMETER) or not _can_be_sent(address):
            continue
        _, version, name = f"/{address.removeprefix(PARAMETER)}".rpartition("/" + VERSION)
        last = address.rpartition("/")[2]
        if not version:
            on = _switch(last, eye_look, left) if last in ACTIVE and tags in ("T", "F") else None
            if on is not None:
                switches.append((address, on))
        elif tags == "f" and name in _KNOWN and _is_sent(name, eye_look, left):
            floats.append((address, name))
        elif (
            tags in ("T", "F") and (bit := _bit(address, name)) and _is_sent(bit[1], eye_look, left)
        ):
            bits.append(bit)
            counts[_number(bit)] = counts.get(_number(bit), 0) + (bit.place >= 0)
    counted = [bit._replace(width=counts[_number(bit)]) for bit in bits if counts[_number(bit)]]
    has = {name for _, name in floats} | {bit.parameter for bit in counted}
    return Layout(
        tuple(switches[:_MOST_MESSAGES]),
        tuple(floats[:_MOST_MESSAGES]),
        tuple(counted[:_MOST_MESSAGES]),
        native_lids=not left.blink
        and (eye_look == "native" or (eye_look == "both" and not has & LIDS)),
        native_gaze=not left.gaze
        and (eye_look == "native" or (eye_look == "both" and not has & GAZE)),
    )


def _folder(prefix: str) -> str:
    """`FT`, `FT/` and `/FT/` as `FT/`; empty stays empty."""
    words = prefix.strip("/")
    bad = [c for c in words if c in _NOT_IN_AN_ADDRESS or not " " < c <= "~"]
    if bad:
        raise ValueError(f"prefix {prefix!r}: an OSC address cannot contain {bad[0]!r}")
    if "//" in words or len(words) > _LONGEST_ADDRESS // 2:
        raise ValueError(
            f"prefix {prefix[:60]!r}: expected words separated by single slashes, as in FT/"
        )
    return f"{words}/" if words else ""


def _can_be_sent(address: str) -> bool:
    # VRChat has parameters with characters outside ASCII.
    return address.isprintable() and len(address.encode()) <= _LONGEST_ADDRESS


def _is_sent(name: str, eye_look: EyeLook, left: LeftOut) -> bool:
    if name in HEAD:
        return not left.head
    # A parameter made of several shapes would override the other program if one of them is left.
    if not SOURCES[name].isdisjoint(left.shapes):
        return False
    return eye_look in ("parameters", "both") or name not in GAZE | LIDS


def _switch(name: str, eye_look: EyeLook, left: LeftOut) -> bool | None:
    """What an address that reports tracking says while there is a face; None: it is not sent."""
    if name == EYES_ACTIVE and (eye_look == "off" or (left.blink and left.gaze)):
        return None
    if name == EYES_ACTIVE:
        # The avatar must not read its eyes from parameters that are not sent.
        return eye_look in ("parameters", "both")
    return name != LIPS_ACTIVE or not left.speech


def _bits_of(address: str, name: str, width: int) -> Iterable[Bit]:
    for place in range(width):
        yield Bit(f"{address}{1 << place}", name, place, width)
    if name in _SIGNED:
        yield Bit(f"{address}Negative", name, -1, width)


def split_bit(name: str) -> tuple[str, int] | None:
    """The parameter and the place in the name of a bit: `JawX4` is place 2 of JawX, `JawXNegative`
    is place −1. None for any other name."""
    match = _BIT.fullmatch(name)
    if match is None:
        return None
    parameter, suffix = match.groups()
    if suffix == "Negative":
        return parameter, -1
    worth = int(suffix) if len(suffix) <= 3 else 0
    if worth.bit_count() != 1 or worth.bit_length() > MOST_BITS:
        return None
    return parameter, worth.bit_length() - 1


def _bit(address: str, name: str) -> Bit | None:
    parameter, place = split_bit(name) or ("", 0)
    return Bit(address, parameter, place, 0) if parameter in _KNOWN else None


def _number(bit: Bit) -> str:
    """The address of the number that a bit belongs to."""
    suffix = "Negative" if bit.place < 0 else str(1 << bit.place)
    return bit.address.removesuffix(suffix)


class Tagged(NamedTuple):
    """The head of a message in a bundle: size, address and type tags."""

    head: bytes
    arguments: int
    """Bytes of arguments that follow."""


def tagged(address: str, tags: str) -> Tagged:
    """The head of a message with this address and these type tags.

    Raises:
        ValueError: the message does not fit into a bundle.
    """
    head = _padded(address) + _padded(f",{tags}")
    arguments = 4 * tags.count("f")
    if 16 + 4 + len(head) + arguments > SAFE_DATAGRAM:
        raise ValueError(f"the address {address[:40]}… is too long for a datagram")
    return Tagged((len(head) + arguments).to_bytes(4, "big") + head, arguments)


def _padded(text: str) -> bytes:
    encoded = text.encode()
    return encoded.ljust(len(encoded) // 4 * 4 + 4, b"\0")
