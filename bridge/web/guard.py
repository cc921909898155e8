"""Who may use the interface: no other website, nobody without the token, and nobody too often."""

import hmac
import ipaddress
import re
from collections.abc import Awaitable, Callable, Collection
from urllib.parse import urlsplit

from aiohttp import web

from bridge.supervision.allowance import Allowance
from bridge.web.files import is_file
from bridge.web.refusal import Refusal

MOST_REQUESTS = 1000
"""Requests a second."""

_HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^\s:\[\]]+))(?::[0-9]*)?")

_PERMISSIONS = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Allow-Private-Network": "true",
    "Access-Control-Max-Age": "600",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """Lets a request in, or refuses it."""

    def __init__(
        self, token: str | None, hosts: Collection[str] = (), origins: Collection[str] = ()
    ) -> None:
        self._token = None if token is None else token.encode()
        self._hosts = {host.casefold() for host in hosts} | {"localhost"}
        self._origins = {origin.casefold().rstrip("/") for origin in origins}
        self._allowance = Allowance(MOST_REQUESTS)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check a request before it is handled."""
        try:
            self.check(request)
            if request.method == "OPTIONS":  # a browser asks before it sends
                return web.Response(status=204, headers=_PERMISSIONS | _allowed(request))
            if not is_file(request.path):
                self._check_token(request)
            return await handler(request)
        except Refusal as refusal:
            return refusal.response()

    async def permit(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let a foreign page that is allowed read the answer. Called before each is sent."""
        origin = request.headers.get("Origin", "")
        if origin.casefold() in self._origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Vary"] = "Origin"

    def check(self, request: web.Request) -> str | None:
        """Refuse what another website sends, and floods. Returns the origin of a foreign page that
        is allowed.

        Raises:
            Refusal: why.
        """
        self._check_host(request)
        origin = self._check_origin(request)
        if not self._allowance.take():
            raise Refusal(
                429,
                "too many requests",
                f"at most {MOST_REQUESTS} requests a second",
                Retry_After="1",
            )
        return origin

    def _check_host(self, request: web.Request) -> None:
        # A website can point its own name at this machine to get past the browser's rules (DNS
        # rebinding). The browser still sends the website's name. An address is no such name.
        sent = request.headers.getall("Host", [])
        if len(sent) == 1 and (found := _HOST.fullmatch(sent[0])):
            name = found["six"] or found["name"].rstrip(".").casefold()
            if name in self._hosts or _is_address(name):
                return
        raise Refusal(
            403,
            f"the Host header {', '.join(sent)[:100]!r} is not allowed",
            "localhost, an IP address, or a name in the setting web.hosts",
        )

    def _check_origin(self, request: web.Request) -> str | None:
        origin = request.headers.get("Origin")
        if origin is None:
            if request.headers.get("Sec-Fetch-Site") == "cross-site" and not _follows_link(request):
                raise _foreign("a page of another site")
            return None
        if origin.casefold() in self._origins:
            return origin
        if urlsplit(origin).netloc.casefold() != request.headers["Host"].casefold():
            raise _foreign(repr(origin[:100]))
        return None

    def _check_token(self, request: web.Request) -> None:
        if self._token is None:
            return
        kind, _, sent = request.headers.get("Authorization", "").partition(" ")
        if kind.casefold() != "bearer":
            # A browser cannot set a header for server-sent events and WebSockets.
            sent = request.query.get("access_token", "") if request.method == "GET" else ""
        if not hmac.compare_digest(sent.strip().encode("utf-8", "replace"), self._token):
            raise Refusal(
                401,
                "the token is wrong" if sent else "a token is needed",
                "the header Authorization: Bearer TOKEN",
                WWW_Authenticate="Bearer",
            )


def _follows_link(request: web.Request) -> bool:
    """Whether the browser opens the page itself, in a tab of its own."""
    return is_file(request.path) and request.headers.get("Sec-Fetch-Dest") == "document"


def _allowed(request: web.Request) -> dict[str, str]:
    """The methods that a path takes; nothing for a path that does not exist."""
    found = request.match_info.http_exception
    if not isinstance(found, web.HTTPMethodNotAllowed):
        return {}
    return {"Allow": ", ".join(sorted({*found.allowed_methods, "OPTIONS"}))}


def _foreign(who: str) -> Refusal:
    return Refusal(
        403,
        f"requests from {who} are not allowed",
        "a program, a page of this bridge, or an origin in the setting web.origins",
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
