"""OSCQuery: JSON over HTTP in which a program that speaks OSC says where it listens, and to what.

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
    """What a program says of itself under `?HOST_INFO`."""

    name: str
    osc_host: str
    osc_port: int


class Answer(NamedTuple):
    """An answer over HTTP: its status, and its body of JSON."""

    status: int
    body: bytes = b""


class Directory:
    """What a program lists: the addresses that it takes."""

    def __init__(self, host: HostInfo, takes: Mapping[str, str]) -> None:
        """`takes`: addresses and their type tags."""
        self._host: Json = {
            "NAME": host.name,
            "OSC_IP": host.osc_host,
            "OSC_PORT": host.osc_port,
            "OSC_TRANSPORT": "UDP",
            "EXTENSIONS": {"ACCESS": True, "VALUE": False, "DESCRIPTION": False},
        }
        self._root = _node("/")
        for address, tags in takes.items():
            self._add(address, tags)

    def answer(self, path: str, query: str = "") -> Answer:
        """Answers GET for a path and what stands behind its `?`, both as they came."""
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
    """What a program says of itself.

    Raises:
        DecodeError: it does not say a port to send OSC to by UDP.
    """
    said = _read(body)
    port = said.get("OSC_PORT")
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536:
        raise DecodeError("a HOST_INFO without an OSC_PORT")
    if str(said.get("OSC_TRANSPORT", "UDP")).upper() != "UDP":
        raise DecodeError("a HOST_INFO of a program that takes OSC by TCP only")
    return HostInfo(str(said.get("NAME", ""))[:200], str(said.get("OSC_IP", ""))[:200], port)


def read_addresses(body: bytes) -> dict[str, str]:
    """The addresses that a program takes, with their type tags, out of its tree or a part of it.

    Raises:
        DecodeError: it is no such tree, deeper than 32, or has more than 50,000 nodes.
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
            raise DecodeError("an OSCQuery node whose CONTENTS are no map")
        if (below and depth == _DEEPEST) or seen + len(waiting) + len(below) > _MOST_NODES:
            raise DecodeError(f"a tree deeper than {_DEEPEST} or of more than {_MOST_NODES} nodes")
        waiting += [(child, depth + 1) for child in below.values() if isinstance(child, dict)]
    return found


def _is_writable(node: Json) -> bool:
    access = node.get("ACCESS", WRITE_ONLY)
    return isinstance(access, int) and access in _WRITABLE


def _read(body: bytes) -> Json:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise DecodeError("expected JSON, as OSCQuery answers in it") from None
    if not isinstance(said, dict):
        raise DecodeError("expected a map in JSON, as OSCQuery answers with it")
    return said
