"""The messages of VTube Studio's public API: JSON texts over a WebSocket, and the broadcast by
which VTube Studio announces itself.

Every message names the API, its version, a type and, if its sender likes, an id that the answer
repeats. A failed request is answered by an APIError with a number. Unknown fields are nobody's
business, as the specification asks. Source: DenchiSoft/VTubeStudio, README.md and
Files/ErrorID.cs.
"""

import json
from enum import IntEnum
from typing import Any, NamedTuple

from protocols.face import DecodeError

API_NAME = "VTubeStudioPublicAPI"
API_VERSION = "1.0"
PORT = 8001
"""Where VTube Studio listens, unless its user changes it."""
BROADCAST_PORT = 47779
"""Where VTube Studio announces itself every two seconds, by UDP."""

LARGEST_MESSAGE = 1 << 20
"""Bytes. VTube Studio's longest answers to us are a few hundred, and a request of a hundred
parameters is below ten thousand."""
LONGEST_TOKEN = 64
LONGEST_ID = 64
LARGEST_VALUE = 1_000_000.0

_LONGEST_TEXT = 300  # of what is quoted to people


class ErrorId(IntEnum):
    """The errors that matter to a plugin that injects parameters."""

    INTERNAL = 0
    API_OFF = 1
    JSON_INVALID = 2
    API_NAME_INVALID = 3
    API_VERSION_INVALID = 4
    REQUEST_ID_INVALID = 5
    TYPE_MISSING = 6
    TYPE_UNKNOWN = 7
    NOT_AUTHENTICATED = 8
    TOKEN_DENIED = 50
    TOKEN_BEING_ASKED = 51
    PLUGIN_NAME_INVALID = 52
    DEVELOPER_INVALID = 53
    TOKEN_MISSING = 100
    PLUGIN_NAME_MISSING = 101
    DEVELOPER_MISSING = 102
    PARAMETER_NAME_INVALID = 350
    PARAMETER_VALUES_INVALID = 351
    PARAMETER_OF_ANOTHER_PLUGIN = 352
    EXPLANATION_TOO_LONG = 353
    PARAMETER_IS_A_DEFAULT = 354
    TOO_MANY_OF_THIS_PLUGIN = 355
    TOO_MANY_ALTOGETHER = 356
    NO_DATA = 450
    VALUE_INVALID = 451
    WEIGHT_INVALID = 452
    PARAMETER_UNKNOWN = 453
    PARAMETER_SET_BY_ANOTHER = 454
    MODE_UNKNOWN = 455


class Message(NamedTuple):
    """One message, either way."""

    kind: str
    """Its messageType, such as APIStateRequest."""
    id: str
    """Its requestID; empty if it has none."""
    data: dict[str, Any]


class Announcement(NamedTuple):
    """What VTube Studio broadcasts."""

    active: bool
    """Whether plugins may connect."""
    port: int
    instance: str
    title: str
    """Its window's title, which tells two of them on one machine apart."""


def write(kind: str, id_: str, data: dict[str, Any] | None = None) -> str:
    """One message as text."""
    message = {
        "apiName": API_NAME,
        "apiVersion": API_VERSION,
        "requestID": id_,
        "messageType": kind,
        "data": data or {},
    }
    return json.dumps(message, separators=(",", ":"), allow_nan=False)


def read(text: str | bytes) -> Message:
    """Understand one message.

    Raises:
        DecodeError: it is none of this API.
    """
    if len(text) > LARGEST_MESSAGE:
        raise DecodeError(f"a message of more than {LARGEST_MESSAGE} characters")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # bytes that are no text are a ValueError as well
        raise DecodeError("expected JSON") from None
    if not isinstance(found, dict) or found.get("apiName") != API_NAME:
        raise DecodeError(f"expected a message with the apiName {API_NAME}")
    if found.get("apiVersion") != API_VERSION:
        version = quoted(found.get("apiVersion"))
        raise DecodeError(f"version {version} of the API; expected {API_VERSION}")
    kind, id_ = found.get("messageType"), found.get("requestID", "")
    if not isinstance(kind, str) or not kind:
        raise DecodeError("a message without a messageType")
    if not isinstance(id_, str):
        raise DecodeError("a requestID that is no text")
    data = found.get("data")
    return Message(kind, id_, data if isinstance(data, dict) else {})


def read_announcement(datagram: bytes) -> Announcement:
    """Understand a broadcast of VTube Studio.

    Raises:
        DecodeError: it is something else.
    """
    message = read(datagram)
    if message.kind != "VTubeStudioAPIStateBroadcast":
        raise DecodeError(f"a {quoted(message.kind)}; expected a broadcast of VTube Studio")
    active, port = message.data.get("active"), message.data.get("port")
    instance, title = message.data.get("instanceID", ""), message.data.get("windowTitle", "")
    if not isinstance(active, bool) or type(port) is not int or not 0 < port < 65536:
        raise DecodeError("a broadcast that does not say whether and where plugins may connect")
    if not isinstance(instance, str) or not isinstance(title, str):
        raise DecodeError("a broadcast whose instance and title are no texts")
    return Announcement(active, port, instance, title)


def quoted(value: object) -> str:
    """What somebody else wrote, fit to be shown: short, and on one line."""
    if isinstance(value, dict | list):  # which may be too deep to be written out
        return "an object" if isinstance(value, dict) else "a list"
    text = str(value)[: _LONGEST_TEXT + 1]
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"
