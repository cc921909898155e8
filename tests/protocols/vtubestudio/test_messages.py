"""Messages of VTube Studio's API, typed from its README."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.face import DecodeError
from protocols.vtubestudio.messages import (
    Announcement,
    Message,
    quoted,
    read,
    read_announcement,
    write,
)

STATE = """{
    "apiName": "VTubeStudioPublicAPI", "apiVersion": "1.0", "timestamp": 1625405710728,
    "messageType": "APIStateResponse", "requestID": "MyIDWithLessThan64Characters",
    "data": {"active": true, "vTubeStudioVersion": "1.9.0", "currentSessionAuthenticated": false}
}"""
BROADCAST = b"""{
    "apiName": "VTubeStudioPublicAPI", "apiVersion": "1.0", "timestamp": 1630159656406,
    "messageType": "VTubeStudioAPIStateBroadcast", "requestID": "VTubeStudioAPIStateBroadcast",
    "data": {
        "active": false, "port": 8001, "instanceID": "93aa0d0494304fddb057ae8a295c4e59",
        "windowTitle": "VTube Studio"
    }
}"""


def test_a_message_of_the_readme_is_understood() -> None:
    kind, id_, data = read(STATE)
    assert (kind, id_) == ("APIStateResponse", "MyIDWithLessThan64Characters")
    assert data["active"] is True


def test_a_written_message_has_the_fields_of_the_readme() -> None:
    assert json.loads(write("APIStateRequest", "SomeID")) == {
        "apiName": "VTubeStudioPublicAPI",
        "apiVersion": "1.0",
        "requestID": "SomeID",
        "messageType": "APIStateRequest",
        "data": {},
    }


@given(kind=st.text(min_size=1), id_=st.text(), data=st.dictionaries(st.text(), st.integers()))
def test_what_is_written_is_read_back(kind: str, id_: str, data: dict[str, int]) -> None:
    assert read(write(kind, id_, data)) == Message(kind, id_, data)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "expected JSON"),
        ("[" * 100_000, "expected JSON"),
        ('{"apiName":' + "9" * 5000 + "}", "expected JSON"),
        (b"\xff\xfe\xfd", "expected JSON"),
        ("7", "apiName VTubeStudioPublicAPI"),
        ('{"apiName": "Other"}', "apiName VTubeStudioPublicAPI"),
        (STATE.replace('"1.0"', '"2.0"'), "expected version 1.0 of the API, got 2.0"),
        (STATE.replace("APIStateResponse", ""), "has no messageType"),
        (STATE.replace('"MyIDWithLessThan64Characters"', "[]"), "requestID"),
        (" " * 2_000_000, "more than 1048576"),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(text: str | bytes, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        read(text)


def test_a_broadcast_says_where_plugins_may_connect() -> None:
    assert read_announcement(BROADCAST) == Announcement(
        False, 8001, "93aa0d0494304fddb057ae8a295c4e59", "VTube Studio"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"8001", b"0"),
        (b"8001", b"65536"),
        (b"8001", b"8001.0"),
        (b"8001", b"true"),
        (b"false", b"0"),
        (b'"VTube Studio"', b"[]"),
        (b"VTubeStudioAPIStateBroadcast", b"APIStateResponse"),
    ],
)
def test_a_broadcast_of_something_else_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(DecodeError):
        read_announcement(BROADCAST.replace(old, new))


@given(data=st.data())
def test_mutated_messages_are_read_or_refused_with_decode_error(
    mutated: Callable[[Sequence[bytes]], st.SearchStrategy[bytes]], data: st.DataObject
) -> None:
    datagram = data.draw(mutated([STATE.encode(), BROADCAST]) | st.binary())
    for reader in (read, read_announcement):
        with suppress(DecodeError):
            reader(datagram)


@pytest.mark.parametrize(
    "value", ["a\nb", "\x1b[2J", "x" * 1000, "\ud800", [["deep"] * 9], {"a": 1}, None, 10**400]
)
def test_a_quotation_is_short_and_harmless_to_a_terminal(value: object) -> None:
    text = quoted(value)
    assert text.isprintable()
    assert len(text) <= 320
