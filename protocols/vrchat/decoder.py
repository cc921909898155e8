"""Reads a face from avatar parameters, as VRChat receives them."""

from protocols.face import DecodeError, Received
from protocols.osc.packets import Message, decode
from protocols.vrchat.layout import (
    ACTIVE,
    EYE_ANGLES,
    EYES_CLOSED,
    PARAMETER,
    VERSION,
    split_bit,
)

_MOST_NAMES = 4096
_SIGN = -1


class VRChatDecoder:
    """Keeps the last value of each parameter, as an avatar does, because senders send only changes.
    Other OSC messages are ignored.

    Nothing marks the end of a frame, so a frame is complete when a datagram contains a name again.
    The frame has all values that the avatar shows then, also older ones.

    The name of a parameter is the part after the last `v2/`, or the whole name if it has none.
    Booleans named after a parameter and a power of two are combined to one number if there is no
    gap from 1 on; all bits set are 1. A float of the same name takes precedence.
    """

    def __init__(self) -> None:
        self._floats: dict[str, float] = {}
        self._bits: dict[str, dict[int, bool]] = {}
        self._about: dict[str, str | int | float] = {}
        self._news: set[str] = set()

    def feed(self, datagram: bytes) -> list[Received]:
        messages = decode(datagram)
        names = {message.address for message in messages if _is_ours(message.address)}
        frames = []
        if self._news & names:
            frames.append(self._face())
            self._news = set()
        for message in messages:
            if message.address in names:
                self._read(message)
        if len(self._news) < _MOST_NAMES:
            self._news |= names
        return frames

    def _read(self, message: Message) -> None:
        match message:
            case "/avatar/change", (str(avatar), *_):
                self._about["avatar"] = avatar
            case address, (float(closed), *_) if address == EYES_CLOSED:
                self._about["eyes_closed"] = closed
            case address, (float(lp), float(ly), float(rp), float(ry), *_) if address == EYE_ANGLES:
                self._about |= {
                    "left_pitch": lp,
                    "left_yaw": ly,
                    "right_pitch": rp,
                    "right_yaw": ry,
                }
            case address, (bool(on), *_) if address.startswith(PARAMETER):
                self._read_boolean(_name(address), on)
            case address, (int(value) | float(value), *_) if address.startswith(PARAMETER):
                self._check_room(self._floats, _name(address))
                self._floats[_name(address)] = float(value)
            case address, _:
                raise DecodeError(f"unexpected arguments in {address}")

    def _read_boolean(self, name: str, on: bool) -> None:
        if name.rpartition("/")[2] in ACTIVE:
            self._about[name.rpartition("/")[2]] = on
        elif bit := split_bit(name):
            parameter, place = bit
            self._check_room(self._bits, parameter)
            self._bits.setdefault(parameter, {})[place] = on

    def _check_room(self, known: dict[str, float] | dict[str, dict[int, bool]], name: str) -> None:
        if len(known) >= _MOST_NAMES and name not in known:
            raise DecodeError(f"more than {_MOST_NAMES} parameters")

    def _face(self) -> Received:
        numbers = {name: _number(bits) for name, bits in self._bits.items()}
        complete = {name: value for name, value in numbers.items() if value is not None}
        return Received(complete | self._floats, dict(self._about))


def _is_ours(address: str) -> bool:
    return address.startswith(PARAMETER) or address in (EYES_CLOSED, EYE_ANGLES, "/avatar/change")


def _name(address: str) -> str:
    """The part of a parameter's name after the last `v2/`, or the whole name if it has none."""
    whole = address.removeprefix(PARAMETER)
    _, version, name = f"/{whole}".rpartition(f"/{VERSION}")
    return name if version else whole


def _number(bits: dict[int, bool]) -> float | None:
    """The number that the booleans encode; None while some are missing."""
    places = sorted(place for place in bits if place != _SIGN)
    if not places or places != list(range(len(places))):
        return None
    size = sum(bits[place] << place for place in places) / ((1 << len(places)) - 1)
    return -size if bits.get(_SIGN) else size
