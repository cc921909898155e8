"""The part of HTTP/1.1 (RFC 9112) that is needed to read one request and write one answer.

A web framework would cost a sixth of the bridge's memory, and would parse all that a flood sends in
one go, which delays frames.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from bridge.config.address import is_loopback

LARGEST_REQUEST = 16384
"""Bytes. A browser also sends the cookies of every other program on this host."""

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_REQUEST_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/1\.[01]")
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:\[\]]+))(?::[0-9]*)?")


class Answer(NamedTuple):
    """An HTTP response."""

    status: HTTPStatus
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = {}

    def encode(self, method: str = "GET") -> bytes:
        """The response as bytes. The response to HEAD has no body."""
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
    """A request that is refused; `answer` is the response."""

    def __init__(self, status: HTTPStatus, why: str, **headers: str) -> None:
        super().__init__(why)
        self.answer = Answer(status, f"{why}\n".encode(), headers=headers)


class HttpRequest(NamedTuple):
    """An HTTP request."""

    method: str
    path: str


def is_whole(received: bytearray, size: int, known: int = 0) -> bool:
    """Whether the first `size` bytes hold a complete request head. `known`: so many bytes were
    searched before. Requests with a body are not supported."""
    return _END_OF_HEAD.search(received, max(0, known - 3), size) is not None


def read_request(received: bytes) -> HttpRequest:
    """Parse the head of a request.

    Raises:
        HttpError: it is malformed, its method is not GET or HEAD, or its host is not this machine.
    """
    head = _END_OF_HEAD.split(received, maxsplit=1)[0].decode("latin-1")
    first, *lines = re.split(r"\r?\n", head)
    asked = _REQUEST_LINE.fullmatch(first)
    if asked is None:
        raise HttpError(HTTPStatus.BAD_REQUEST, "not an HTTP/1.1 request")
    hosts = [
        value.strip(" \t")
        for name, colon, value in (line.partition(":") for line in lines)
        if colon and name.casefold() == "host"
    ]
    # A web page can point its own host name at this machine to read the answers (DNS rebinding).
    # The browser still sends the page's host name.
    if len(hosts) != 1 or not _names_this_machine(hosts[0]):
        raise HttpError(
            HTTPStatus.FORBIDDEN, "refused: the Host header must be localhost or 127.0.0.1"
        )
    if asked[1] not in {"GET", "HEAD"}:
        raise HttpError(
            HTTPStatus.METHOD_NOT_ALLOWED, "refused: use GET or HEAD", Allow="GET, HEAD"
        )
    return HttpRequest(asked[1], asked[2].partition("?")[0])


def _names_this_machine(host: str) -> bool:
    named = _HOST.fullmatch(host)
    return named is not None and is_loopback(named[1] or named[2])
