"""OSCQuery on the network: VRChat and this program find each other, so that no port is configured.

VRChat sends to every program that announces by mDNS an OSCQuery server which lists
`/avatar/change`. VRChat announces itself as `VRChat-Client-…`. Announcements go out on every
network of this machine, or on the one that `interface` names. They contain the address on which the
output receives.

Needs zeroconf, which is LGPL and installed with the extra `discovery` only.
"""

import asyncio
import contextlib
import logging
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import aiohttp
from aiohttp import web
from zeroconf import Error as ZeroconfError
from zeroconf import InterfaceChoice, IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from bridge.outputs.send_errors import in_words
from protocols.face import DecodeError
from protocols.osc.query import Directory, HostInfo, read_addresses, read_host_info

log = logging.getLogger(__name__)

HTTP_SERVICE = "_oscjson._tcp.local."
OSC_SERVICE = "_osc._udp.local."
VRCHAT = "VRChat-Client-"

Found = Callable[[int, Mapping[str, str]], Awaitable[None]]

_MOST_CLIENTS = 16
_LARGEST_TREE = 8 << 20
_ANSWER_TIMEOUT = 3.0
_GOODBYE = 0.4
_READ_AGAIN_AFTER = 2.0
"""Seconds after an avatar was loaded. VRChat may list its parameters a moment later."""
_TRY_AGAIN_AFTER = 5.0
_OPEN_AGAIN_AFTER = 30.0


class OscQueryDiscovery:
    """Announces one of our UDP ports, and reads VRChat's addresses again for each avatar."""

    def __init__(self, name: str, *, host: str, interface: str | None = None) -> None:
        """Describe it.

        Args:
            name: its name in the log.
            host: the machine whose VRChat to use; others in the network are ignored.
            interface: the IPv4 address of this machine in the one network to announce and search.
        """
        self._name, self._host, self._interface = name, host, interface
        self._clients: set[str] = set()
        self._read: str | None = None
        """The client whose addresses were read last."""
        self._readings_due: list[float] = []
        """When to read it again, by the event loop's clock."""
        self._woken = asyncio.Event()
        self._failure_logged = False

    async def run(self, listens_at: tuple[str, int], found: Found) -> None:
        """Work until cancelled.

        Args:
            listens_at: the host and port to announce.
            found: called with VRChat's OSC port and the addresses that it accepts, with their type
                tags, each time they are read.
        """
        while True:
            try:
                await self._work(listens_at, found)
            except OSError as problem:
                if not self._failure_logged:
                    self._failure_logged = True
                    log.warning(
                        "%s: discovery failed: %s; trying again every %.0f s",
                        self._name,
                        in_words(problem),
                        _OPEN_AGAIN_AFTER,
                    )
            await asyncio.sleep(_OPEN_AGAIN_AFTER)

    def avatar_changed(self) -> None:
        """Read the addresses again. Called on the event loop."""
        now = asyncio.get_running_loop().time()
        self._readings_due = [now, now + _READ_AGAIN_AFTER]
        self._woken.set()

    async def _work(self, listens_at: tuple[str, int], found: Found) -> None:
        self._clients, self._read = set(), None
        name = f"AffectBridge-{secrets.token_hex(3).upper()}"
        directory = Directory(HostInfo(name, *listens_at), {"/avatar/change": "s"})
        async with (
            _served(directory, listens_at[0]) as http_port,
            _zeroconf(self._interface) as zeroconf,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWER_TIMEOUT)) as http,
        ):
            browser = AsyncServiceBrowser(
                zeroconf.zeroconf, HTTP_SERVICE, handlers=[self._service_changed]
            )
            announcing = asyncio.ensure_future(
                self._announce(zeroconf, name, listens_at, http_port)
            )
            try:
                await self._watch(zeroconf.zeroconf, http, found)
            finally:
                announcing.cancel()
                await asyncio.gather(announcing, return_exceptions=True)
                await browser.async_cancel()

    def _service_changed(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        if not name.startswith(VRCHAT):
            return
        if state_change is ServiceStateChange.Removed:
            self._clients.discard(name)
        elif len(self._clients) < _MOST_CLIENTS:
            self._clients.add(name)
        if self._read not in self._clients:
            self._read = None
        self._woken.set()

    async def _announce(
        self, zeroconf: AsyncZeroconf, name: str, listens_at: tuple[str, int], http_port: int
    ) -> None:
        host, osc_port = listens_at
        address = socket.inet_aton("127.0.0.1" if host == "0.0.0.0" else host)  # noqa: S104
        services = [
            AsyncServiceInfo(
                kind, f"{name}.{kind}", addresses=[address], port=port, server=f"{name}.local."
            )
            for kind, port in ((HTTP_SERVICE, http_port), (OSC_SERVICE, osc_port))
        ]
        try:
            announced = await asyncio.gather(*map(zeroconf.async_register_service, services))
            await asyncio.gather(*announced)
        except (ZeroconfError, OSError) as problem:
            log.warning("%s: cannot announce to VRChat: %r", self._name, problem)
        else:
            log.info("%s: announced as %s on port %d", self._name, name, osc_port)

    async def _watch(self, zeroconf: Zeroconf, http: aiohttp.ClientSession, found: Found) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = [moment for moment in self._readings_due if moment <= loop.time()]
            self._readings_due = [moment for moment in self._readings_due if moment not in due]
            if self._read is None or due:
                await self._read_any(zeroconf, http, found)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._nap(loop.time())):
                    await self._woken.wait()
            self._woken.clear()

    def _nap(self, now: float) -> float | None:
        """Seconds until the next reading; None to wait for an event."""
        if self._readings_due:
            return max(0.0, min(self._readings_due) - now)
        return _TRY_AGAIN_AFTER if self._clients and self._read is None else None

    async def _read_any(
        self, zeroconf: Zeroconf, http: aiohttp.ClientSession, found: Found
    ) -> None:
        """Read the same client as before, or any that is announced."""
        for name in [self._read] if self._read else sorted(self._clients):
            try:
                place = await self._place(zeroconf, name)
                if place is None:
                    continue
                host = read_host_info(await _get(http, f"http://{place}/?HOST_INFO"))
                tree = await _get(http, f"http://{place}/")
                # Megabytes of JSON would block the event loop.
                listed = await asyncio.to_thread(read_addresses, tree)
            except (aiohttp.ClientError, TimeoutError, OSError, DecodeError) as problem:
                log.debug("%s: cannot read %s: %r", self._name, name, problem)
                continue
            if self._read is None:
                log.info("%s: found %s", self._name, name.partition(".")[0])
            self._read = name
            await found(host.osc_port, listed)
            return
        self._read = None

    async def _place(self, zeroconf: Zeroconf, name: str) -> str | None:
        """`address:port` of a client's server; None if it is on another machine."""
        service = AsyncServiceInfo(HTTP_SERVICE, name)
        if not await service.async_request(zeroconf, _ANSWER_TIMEOUT * 1000):
            return None
        meant = await _addresses_of(self._host)
        for address in service.parsed_addresses(IPVersion.V4Only):
            if address in meant:
                return f"{address}:{service.port}"
        log.debug("%s: %s is on another machine", self._name, name)
        return None


async def _addresses_of(host: str) -> set[str]:
    entries = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    return {str(entry[4][0]) for entry in entries}


async def _get(http: aiohttp.ClientSession, url: str) -> bytes:
    """The body under a URL.

    Raises:
        DecodeError: it is too large, or the answer is not 200.
    """
    async with http.get(url, allow_redirects=False) as response:
        if response.status != 200:
            raise DecodeError(f"{url} answered HTTP {response.status}")
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > _LARGEST_TREE:
                raise DecodeError(f"{url} answered with more than {_LARGEST_TREE} bytes")
        return bytes(body)


@contextlib.asynccontextmanager
async def _served(directory: Directory, host: str) -> AsyncIterator[int]:
    """Serve OSCQuery over HTTP while the context lasts. Yields the port."""

    async def answer(request: web.BaseRequest) -> web.Response:
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405)
        said = directory.answer(request.path, request.query_string)
        return web.Response(
            status=said.status, body=said.body, headers={"Content-Type": "application/json"}
        )

    runner = web.ServerRunner(web.Server(answer, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def _zeroconf(interface: str | None) -> AsyncIterator[AsyncZeroconf]:
    zeroconf = AsyncZeroconf(
        interfaces=InterfaceChoice.All if interface is None else [interface],
        ip_version=IPVersion.V4Only,
    )
    try:
        yield zeroconf
    finally:
        # It sends its goodbye three times, which takes longer than stopping may.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(zeroconf.async_close(), _GOODBYE)
