"""The messages of VTube Studio's public API: JSON texts over a WebSocket, and the broadcast with
which VTube Studio announces itself.

A message contains the name of the API, its version, a type and optionally an id, which the answer
repeats. The answer to a failed request is an APIError with a number. Unknown fields are ignored, as
the specification demands. Source: DenchiSoft/VTubeStudio, README.md and Files/ErrorID.cs.
"""

import json
from enum import IntEnum
from typing import Any, NamedTuple

from protocols.face import DecodeError

API_NAME = "VTubeStudioPublicAPI"
API_VERSION = "1.0"
PORT = 8001
"""The default port of VTube Studio."""
BROADCAST_PORT = 47779
"""The UDP port to which VTube Studio announces itself every two seconds."""

LARGEST_MESSAGE = 1 << 20
"""Bytes. VTube Studio's answers have a few hundred, a request with a hundred parameters has less
than ten thousand."""
LONGEST_TOKEN = 64
LONGEST_ID = 64
LARGEST_VALUE = 1_000_000.0

_LONGEST_TEXT = 300  # of a quotation in an error message


class ErrorId(IntEnum):
    """The errors that this plugin may get."""

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
    HOTKEY_QUEUE_FULL = 200
    HOTKEY_NO_MODEL = 201
    HOTKEY_UNKNOWN = 202
    HOTKEY_TOO_SOON = 203
    HOTKEY_INVALID = 204
    HOTKEY_BAD_STATE = 205
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
    EXPRESSION_NAME_INVALID = 650
    EXPRESSION_UNKNOWN = 651
    EXPRESSION_NO_MODEL = 652


class Message(NamedTuple):
    """One message, in either direction."""

    kind: str
    """The messageType, such as APIStateRequest."""
    id: str
    """The requestID; empty if there is none."""
    data: dict[str, Any]


class Announcement(NamedTuple):
    """A broadcast of VTube Studio."""

    active: bool
    """Whether plugins may connect."""
    port: int
    instance: str
    title: str
    """The title of its window, which differs between two instances on one machine."""


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
    """Parse one message.

    Raises:
        DecodeError: it is not of this API.
    """
    if len(text) > LARGEST_MESSAGE:
        raise DecodeError(f"a message of more than {LARGEST_MESSAGE} characters")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # also for bytes that are not UTF-8
        raise DecodeError("expected JSON") from None
    if not isinstance(found, dict) or found.get("apiName") != API_NAME:
        raise DecodeError(f"expected a message with the apiName {API_NAME}")
    if found.get("apiVersion") != API_VERSION:
        version = quoted(found.get("apiVersion"))
        raise DecodeError(f"expected version {API_VERSION} of the API, got {version}")
    kind, id_ = found.get("messageType"), found.get("requestID", "")
    if not isinstance(kind, str) or not kind:
        raise DecodeError("the message has no messageType")
    if not isinstance(id_, str):
        raise DecodeError("the requestID is not text")
    data = found.get("data")
    return Message(kind, id_, data if isinstance(data, dict) else {})


def read_announcement(datagram: bytes) -> Announcement:
    """Parse a broadcast of VTube Studio.

    Raises:
        DecodeError: it is not such a broadcast.
    """
    message = read(datagram)
    if message.kind != "VTubeStudioAPIStateBroadcast":
        raise DecodeError(f"expected a broadcast of VTube Studio, got {quoted(message.kind)}")
    active, port = message.data.get("active"), message.data.get("port")
    instance, title = message.data.get("instanceID", ""), message.data.get("windowTitle", "")
    if not isinstance(active, bool) or type(port) is not int or not 0 < port < 65536:
        raise DecodeError("the broadcast has no valid `active` and `port`")
    if not isinstance(instance, str) or not isinstance(title, str):
        raise DecodeError("the instanceID or the windowTitle is not text")
    return Announcement(active, port, instance, title)


def quoted(value: object) -> str:
    """A value from another program as short text on one line, safe to log."""
    if isinstance(value, dict | list):  # these may be too deep to print
        return "an object" if isinstance(value, dict) else "a list"
    text = str(value)[: _LONGEST_TEXT + 1]
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"
