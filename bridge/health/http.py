"""The part of HTTP/1.1 (RFC 9112) that is needed to read one request and write one answer.

A web framework would cost a sixth of the bridge's memory, and would parse all that a flood sends in
one go, which delays frames.
"""

import ipaddress
import re
from collections.abc import Collection, Mapping
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


def read_request(received: bytes, hosts: Collection[str] | None = None) -> HttpRequest:
    """Parse the head of a request.

    Args:
        hosts: the names by which other machines may address this one, besides its IP addresses;
            None if only this machine may connect.

    Raises:
        HttpError: it is malformed, its method is not GET or HEAD, or its host is not this machine.
    """
    head = _END_OF_HEAD.split(received, maxsplit=1)[0].decode("latin-1")
    first, *lines = re.split(r"\r?\n", head)
    asked = _REQUEST_LINE.fullmatch(first)
    if asked is None:
        raise HttpError(HTTPStatus.BAD_REQUEST, "not an HTTP/1.1 request")
    said = [
        value.strip(" \t")
        for name, colon, value in (line.partition(":") for line in lines)
        if colon and name.casefold() == "host"
    ]
    # A web page can point its own host name at this machine to read the answers (DNS rebinding).
    # The browser still sends the page's host name.
    if len(said) != 1 or not _names_this_machine(said[0], hosts):
        expected = "localhost or 127.0.0.1" if hosts is None else "an IP address or one of hosts"
        raise HttpError(HTTPStatus.FORBIDDEN, f"refused: the Host header must be {expected}")
    if asked[1] not in {"GET", "HEAD"}:
        raise HttpError(
            HTTPStatus.METHOD_NOT_ALLOWED, "refused: use GET or HEAD", Allow="GET, HEAD"
        )
    return HttpRequest(asked[1], asked[2].partition("?")[0])


def _names_this_machine(said: str, hosts: Collection[str] | None) -> bool:
    named = _HOST.fullmatch(said)
    if named is None:
        return False
    host: str = named[1] or named[2]
    if is_loopback(host):
        return True
    return hosts is not None and (_is_ip(host) or host.casefold() in map(str.casefold, hosts))


def _is_ip(host: str) -> bool:
    """Whether it is an address, which no page can point at another machine."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
