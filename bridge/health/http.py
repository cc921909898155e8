"""As much of HTTP as it takes to answer one question: what was asked, and the bytes of an answer.

Written by hand because a web framework costs a sixth of the whole bridge's memory, and parses what
a flood brings in one go, which holds up frames (RFC 9112 is the source).
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from bridge.config.address import is_loopback

LARGEST_REQUEST = 16384
"""Bytes. A browser sends the cookies of every other program at this host along."""

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_REQUEST_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/1\.[01]")
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:\[\]]+))(?::[0-9]*)?")


class Answer(NamedTuple):
    """What is told."""

    status: HTTPStatus
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = {}

    def encode(self, method: str = "GET") -> bytes:
        """As bytes. A HEAD is answered like a GET, without the body."""
        headers = {
            "Content-Type": self.content_type,
            "Content-Length": str(len(self.body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Connection": "close",
            **self.headers,
        }
        lines = [f"HTTP/1.1 {self.status.value} {self.status.phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode("ascii")
        return head if method == "HEAD" else head + self.body


class HttpError(Exception):
    """A request that is not answered as it wishes."""

    def __init__(self, status: HTTPStatus, why: str, **headers: str) -> None:
        super().__init__(why)
        self.answer = Answer(status, f"{why}\n".encode(), headers=headers)


class HttpRequest(NamedTuple):
    """What is asked."""

    method: str
    path: str


def is_whole(received: bytearray, size: int, known: int = 0) -> bool:
    """Whether the first `size` bytes hold a request's whole head, when the first `known` of them
    do not. There is no body in what is answered here."""
    return _END_OF_HEAD.search(received, max(0, known - 3), size) is not None


def read_request(received: bytes) -> HttpRequest:
    """What the head of a request asks for.

    Raises:
        HttpError: it is nonsense, wants to change something, or was not meant for this machine.
    """
    head = _END_OF_HEAD.split(received, maxsplit=1)[0].decode("latin-1")
    first, *lines = re.split(r"\r?\n", head)
    asked = _REQUEST_LINE.fullmatch(first)
    if asked is None:
        raise HttpError(HTTPStatus.BAD_REQUEST, "this is not HTTP/1.1")
    hosts = [
        value.strip(" \t")
        for name, colon, value in (line.partition(":") for line in lines)
        if colon and name.casefold() == "host"
    ]
    # A web page may have its own name lead to this machine, to read what is answered here; the
    # browser still says the page's name.
    if len(hosts) != 1 or not _names_this_machine(hosts[0]):
        raise HttpError(
            HTTPStatus.FORBIDDEN, "only what is asked of localhost or 127.0.0.1 is answered"
        )
    if asked[1] not in {"GET", "HEAD"}:
        raise HttpError(
            HTTPStatus.METHOD_NOT_ALLOWED, "there is nothing to change", Allow="GET, HEAD"
        )
    return HttpRequest(asked[1], asked[2].partition("?")[0])


def _names_this_machine(host: str) -> bool:
    named = _HOST.fullmatch(host)
    return named is not None and is_loopback(named[1] or named[2])
