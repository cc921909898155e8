"""OSCQuery's JSON: our answers, and reading the answers of others."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.face import DecodeError
from protocols.osc.query import Directory, HostInfo, read_addresses, read_host_info

US = HostInfo("AffectBridge-1", "127.0.0.1", 9010)


@pytest.fixture
def directory() -> Directory:
    return Directory(US, {"/avatar/change": "s", "/avatar/é": "f"})


def body(directory: Directory, path: str, query: str = "") -> Any:
    answer = directory.answer(path, query)
    assert answer.status == 200
    return json.loads(answer.body)


# The attributes as the proposal writes them.
CHANGE = {"FULL_PATH": "/avatar/change", "TYPE": "s", "ACCESS": 2}


def test_the_root_lists_what_we_take(directory: Directory) -> None:
    root = body(directory, "/")
    assert (root["FULL_PATH"], root["ACCESS"]) == ("/", 0)
    avatar = root["CONTENTS"]["avatar"]
    assert (avatar["FULL_PATH"], avatar["ACCESS"]) == ("/avatar", 0)
    assert avatar["CONTENTS"]["change"] == CHANGE


@pytest.mark.parametrize("path", ["/avatar/change", "/avatar/change/", "//avatar/change"])
def test_a_path_is_answered_with_its_node(directory: Directory, path: str) -> None:
    assert body(directory, path) == CHANGE


def test_a_path_may_be_escaped(directory: Directory) -> None:
    assert body(directory, "/avatar/%C3%A9")["FULL_PATH"] == "/avatar/é"


@pytest.mark.parametrize("path", ["/", "/avatar/change", "/nowhere"])
def test_host_info_is_answered_wherever_it_is_asked_for(directory: Directory, path: str) -> None:
    info = body(directory, path, "HOST_INFO")
    assert info["NAME"] == "AffectBridge-1"
    assert (info["OSC_IP"], info["OSC_PORT"], info["OSC_TRANSPORT"]) == ("127.0.0.1", 9010, "UDP")
    assert info["EXTENSIONS"]["ACCESS"] is True


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/avatar/change", "TYPE", 200),
        ("/avatar/change", "VALUE", 204),
        ("/avatar/change", "NONSENSE", 400),
        ("/avatar/changes", "", 404),
        ("/avatar/change/x", "", 404),
        ("/CONTENTS", "", 404),
    ],
)
def test_an_attribute_is_answered_or_the_reason_why_not(
    directory: Directory, path: str, query: str, status: int
) -> None:
    answer = directory.answer(path, query)
    assert answer.status == status
    assert answer.body == (b'{"TYPE": "s"}' if status == 200 else b"")


def test_we_read_what_we_answer(directory: Directory) -> None:
    assert read_host_info(directory.answer("/", "HOST_INFO").body) == US
    addresses = {"/avatar/change": "s", "/avatar/é": "f"}
    assert read_addresses(directory.answer("/").body) == addresses


# The tree of a VRChat client, shortened, as vrchat-community's library writes it.
VRCHAT = {
    "DESCRIPTION": "root node",
    "FULL_PATH": "/",
    "ACCESS": 0,
    "CONTENTS": {
        "avatar": {
            "FULL_PATH": "/avatar",
            "ACCESS": 0,
            "CONTENTS": {
                "change": {
                    "DESCRIPTION": "",
                    "FULL_PATH": "/avatar/change",
                    "ACCESS": 1,
                    "TYPE": "s",
                    "VALUE": ["avtr_1"],
                },
                "parameters": {
                    "FULL_PATH": "/avatar/parameters",
                    "ACCESS": 0,
                    "CONTENTS": {
                        "v2": {
                            "FULL_PATH": "/avatar/parameters/v2",
                            "ACCESS": 0,
                            "CONTENTS": {
                                "JawOpen": {
                                    "FULL_PATH": "/avatar/parameters/v2/JawOpen",
                                    "ACCESS": 3,
                                    "TYPE": "f",
                                    "VALUE": [0.0],
                                },
                                "JawX1": {
                                    "FULL_PATH": "/avatar/parameters/v2/JawX1",
                                    "ACCESS": 3,
                                    "TYPE": "T",
                                    "VALUE": [False],
                                },
                            },
                        }
                    },
                },
            },
        }
    },
}


def test_what_vrchat_takes_is_read_and_what_it_only_tells_is_not() -> None:
    assert read_addresses(json.dumps(VRCHAT).encode()) == {
        "/avatar/parameters/v2/JawOpen": "f",
        "/avatar/parameters/v2/JawX1": "T",
    }


def test_a_part_of_a_tree_is_read_as_well() -> None:
    part = VRCHAT["CONTENTS"]["avatar"]["CONTENTS"]["parameters"]["CONTENTS"]["v2"]  # type: ignore[index]
    assert len(read_addresses(json.dumps(part).encode())) == 2


def nested(depth: int) -> bytes:
    return b'{"CONTENTS":{"x":' * depth + b"{}" + b"}}" * depth


@pytest.mark.parametrize(
    "tree",
    [
        b"",
        b"[]",
        b"1",
        b'"/"',
        b"{",
        b"\xff\xfe",
        b'{"CONTENTS": []}',
        b'{"CONTENTS": "x"}',
        nested(33),
        nested(100_000),
        b'{"CONTENTS":{' + b",".join(b'"%d":{}' % n for n in range(50_000)) + b"}}",
    ],
)
def test_what_is_no_tree_or_no_reasonable_one_is_refused(tree: bytes) -> None:
    with pytest.raises(DecodeError):
        read_addresses(tree)


@pytest.mark.parametrize(
    "info",
    [
        b"{}",
        b'{"OSC_PORT": "9000"}',
        b'{"OSC_PORT": 0}',
        b'{"OSC_PORT": 65536}',
        b'{"OSC_PORT": true}',
        b'{"OSC_PORT": 9000.0}',
        b'{"OSC_PORT": 9000, "OSC_TRANSPORT": "TCP"}',
        b"not JSON",
    ],
)
def test_a_host_info_without_a_port_for_udp_is_refused(info: bytes) -> None:
    with pytest.raises(DecodeError):
        read_host_info(info)


def test_a_host_info_needs_no_more_than_a_port() -> None:
    assert read_host_info(b'{"OSC_PORT": 9000}') == HostInfo("", "", 9000)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["CONTENTS", "FULL_PATH", "TYPE", "ACCESS", "OSC_PORT", "x"]),
            inner,
            max_size=5,
        )
    ),
)


@given(said=json_values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40))
def test_any_bytes_are_read_or_refused_with_decode_error(said: bytes) -> None:
    for read in (read_addresses, read_host_info):
        try:
            read(said)
        except DecodeError:
            continue


@given(path=st.text(max_size=20), query=st.text(max_size=20))
def test_any_path_has_an_answer(path: str, query: str) -> None:
    assert Directory(US, {"/a": "f"}).answer(path, query).status in (200, 204, 400, 404)
