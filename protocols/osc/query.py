"""OSCQuery: JSON over HTTP that lists the OSC port and the OSC addresses of a program.

Source: the proposal by Vidvox (github.com/Vidvox/OSCQueryProposal).
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from protocols.face import DecodeError

WRITE_ONLY = 2
_WRITABLE = frozenset({WRITE_ONLY, 3})
_DEEPEST = 32
_MOST_NODES = 50_000
_ATTRIBUTES = frozenset({"FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "VALUE", "DESCRIPTION"})

Json = dict[str, Any]


class HostInfo(NamedTuple):
    """What a program reports about itself at `?HOST_INFO`."""

    name: str
    osc_host: str
    osc_port: int


class Answer(NamedTuple):
    """An HTTP answer: its status and its JSON body."""

    status: int
    body: bytes = b""


class Directory:
    """The addresses that a program accepts."""

    def __init__(self, host: HostInfo, addresses: Mapping[str, str]) -> None:
        """`addresses`: OSC addresses with their type tags."""
        self._host: Json = {
            "NAME": host.name,
            "OSC_IP": host.osc_host,
            "OSC_PORT": host.osc_port,
            "OSC_TRANSPORT": "UDP",
            "EXTENSIONS": {"ACCESS": True, "VALUE": False, "DESCRIPTION": False},
        }
        self._root = _node("/")
        for address, tags in addresses.items():
            self._add(address, tags)

    def answer(self, path: str, query: str = "") -> Answer:
        """The answer to a GET for `path` and `query`, both as they are in the URL."""
        if query == "HOST_INFO":
            return _found(self._host)
        node = self._root
        for word in filter(None, unquote(path).split("/")):
            below = node.get("CONTENTS", {})
            if word not in below:
                return Answer(404)
            node = below[word]
        if not query:
            return _found(node)
        if query not in _ATTRIBUTES:
            return Answer(400)
        return _found({query: node[query]}) if query in node else Answer(204)

    def _add(self, address: str, tags: str) -> None:
        node, path = self._root, ""
        for word in address.strip("/").split("/"):
            path += f"/{word}"
            node = node.setdefault("CONTENTS", {}).setdefault(word, _node(path))
        node |= {"TYPE": tags, "ACCESS": WRITE_ONLY}


def _node(path: str) -> Json:
    return {"FULL_PATH": path, "ACCESS": 0}


def _found(answer: Json) -> Answer:
    return Answer(200, json.dumps(answer).encode())


def read_host_info(body: bytes) -> HostInfo:
    """Read the answer to `?HOST_INFO`.

    Raises:
        DecodeError: it contains no UDP port for OSC.
    """
    said = _read(body)
    port = said.get("OSC_PORT")
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536:
        raise DecodeError("HOST_INFO has no OSC_PORT")
    if str(said.get("OSC_TRANSPORT", "UDP")).upper() != "UDP":
        raise DecodeError("the program accepts OSC over TCP only")
    return HostInfo(str(said.get("NAME", ""))[:200], str(said.get("OSC_IP", ""))[:200], port)


def read_addresses(body: bytes) -> dict[str, str]:
    """The addresses that a program accepts, with their type tags, from its tree or a part of it.

    Raises:
        DecodeError: it is not such a tree, is deeper than 32, or has more than 50,000 nodes.
    """
    found: dict[str, str] = {}
    waiting = [(_read(body), 0)]
    seen = 0
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        address, tags = node.get("FULL_PATH"), node.get("TYPE")
        if isinstance(address, str) and isinstance(tags, str) and _is_writable(node):
            found[address] = tags
        below = node.get("CONTENTS", {})
        if not isinstance(below, dict):
            raise DecodeError("the CONTENTS of an OSCQuery node are not a map")
        if (below and depth == _DEEPEST) or seen + len(waiting) + len(below) > _MOST_NODES:
            raise DecodeError(
                f"the tree is deeper than {_DEEPEST} or has more than {_MOST_NODES} nodes"
            )
        waiting += [(child, depth + 1) for child in below.values() if isinstance(child, dict)]
    return found


def _is_writable(node: Json) -> bool:
    access = node.get("ACCESS", WRITE_ONLY)
    return isinstance(access, int) and access in _WRITABLE


def _read(body: bytes) -> Json:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise DecodeError("expected JSON from OSCQuery") from None
    if not isinstance(said, dict):
        raise DecodeError("expected a JSON map from OSCQuery")
    return said
