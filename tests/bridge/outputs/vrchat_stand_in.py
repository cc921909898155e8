"""VRChat's side of OSC and OSCQuery as its documentation describes it, on real sockets: it
announces itself, lists its avatar's parameters, and tells programs that want it of a new avatar.

Written without a look at this project's own code.
"""

import asyncio
import json
import secrets
import socket
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import oscpy.parser
from aiohttp import web
from pythonosc.osc_message_builder import OscMessageBuilder
from zeroconf import IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

LOOPBACK = "127.0.0.1"
HTTP = "_oscjson._tcp.local."
OSC = "_osc._udp.local."
PARAMETERS = "/avatar/parameters/"


class VRChat:
    """One running client."""

    def __init__(self, address: str | None = None, *, says_it_is_at: str | None = None) -> None:
        """`says_it_is_at`: another address than its own to announce."""
        # Of its own, because everybody who tests on this machine shares its loopback interface.
        self.name = f"VRChat-Client-{secrets.token_hex(3).upper()}"
        self.address = (
            address or f"127.{'.'.join(str(1 + secrets.randbelow(254)) for _ in range(3))}"
        )
        self.avatar: dict[str, str] = {}
        """The avatar's parameters by their names without the address, with their types."""
        self.answers_nonsense = False
        self.asked: list[str] = []
        """What was asked for over HTTP."""
        self.programs: dict[str, dict[str, Any]] = {}
        """HOST_INFO of the programs in the network that list /avatar/change."""
        self.announced: dict[str, tuple[str, int]] = {}
        """All other OSC services in the network, with their addresses and ports."""
        self._announced_at = says_it_is_at or self.address
        self._osc = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._osc.bind((self.address, 0))
        self._osc.setblocking(False)
        self.osc_port: int = self._osc.getsockname()[1]
        self._values: dict[str, Any] = {}
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        self._zeroconf: AsyncZeroconf | None = None
        self._looking: set[asyncio.Task[None]] = set()

    @property
    def neighbours(self) -> list[str]:
        """The programs that listen on the same address as this client."""
        return [n for n, info in self.programs.items() if info["OSC_IP"] == self.address]

    async def __aenter__(self) -> "VRChat":
        await self._runner.setup()
        await web.TCPSite(self._runner, self.address, 0).start()
        self._zeroconf = AsyncZeroconf(interfaces=[LOOPBACK], ip_version=IPVersion.V4Only)
        self._browser = AsyncServiceBrowser(
            self._zeroconf.zeroconf, [HTTP, OSC], handlers=[self._hear_of]
        )
        http_port = self._runner.addresses[0][1]
        infos = [
            AsyncServiceInfo(
                kind,
                f"{self.name}.{kind}",
                addresses=[socket.inet_aton(self._announced_at)],
                port=port,
                server=f"{self.name}.local.",
            )
            for kind, port in ((HTTP, http_port), (OSC, self.osc_port))
        ]
        for info in infos:  # without asking first whether somebody has its name
            await self._zeroconf.async_register_service(info, cooperating_responders=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._zeroconf is not None
        for task in self._looking:
            task.cancel()
        await asyncio.gather(*self._looking, return_exceptions=True)
        await self._browser.async_cancel()
        await self._zeroconf.async_close()
        await self._runner.cleanup()
        self._osc.close()

    def values(self) -> Mapping[str, Any]:
        """What every address was set to last, as oscpy reads it."""
        while True:
            try:
                datagram = self._osc.recv(65536)
            except BlockingIOError:
                return self._values
            for address, _, arguments, _ in oscpy.parser.read_packet(datagram):
                self._values[address.decode()] = arguments[0] if len(arguments) == 1 else arguments

    def forget(self) -> None:
        """A new avatar has none of the values that were set before."""
        self.values()
        self._values.clear()

    def load_avatar(self, name: str, parameters: Mapping[str, str]) -> None:
        """Load another avatar and report it."""
        self.avatar = dict(parameters)
        self.forget()
        message = OscMessageBuilder(address="/avatar/change")
        message.add_arg(name)
        for info in self.programs.values():
            self._osc.sendto(message.build().dgram, (info["OSC_IP"], info["OSC_PORT"]))

    def _hear_of(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        if state_change is ServiceStateChange.Removed:
            self.announced.pop(name, None)
            self.programs.pop(name, None)
        elif not name.startswith("VRChat-Client-"):
            task = asyncio.ensure_future(self._look_at(zeroconf, service_type, name))
            self._looking.add(task)
            task.add_done_callback(self._looking.discard)

    async def _look_at(self, zeroconf: Zeroconf, service_type: str, name: str) -> None:
        service = AsyncServiceInfo(service_type, name)
        assert await service.async_request(zeroconf, 3000)
        [address] = service.parsed_addresses()
        assert service.port is not None
        self.announced[name] = (address, service.port)
        if service_type != HTTP:
            return
        async with aiohttp.ClientSession(f"http://{address}:{service.port}") as http:
            async with http.get("/?HOST_INFO") as answer:
                info = await answer.json()
            async with http.get("/") as answer:
                tree = await answer.json()
        if tree["CONTENTS"]["avatar"]["CONTENTS"]["change"]["TYPE"] == "s":
            self.programs[name] = info

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(request.path_qs)
        if self.answers_nonsense:
            return web.Response(text="<html>")
        if request.query_string == "HOST_INFO":
            said: Any = {
                "NAME": self.name,
                "OSC_IP": self._announced_at,
                "OSC_PORT": self.osc_port,
                "OSC_TRANSPORT": "UDP",
            }
        else:
            said = self._tree()
        return web.Response(text=json.dumps(said), content_type="application/json")

    def _tree(self) -> dict[str, Any]:
        root: dict[str, Any] = {"FULL_PATH": "/", "ACCESS": 0, "CONTENTS": {}}
        for parameter, kind in self.avatar.items():
            _grow(root, ("avatar", "parameters", *parameter.split("/")), kind)
        return root


def _grow(node: dict[str, Any], words: Sequence[str], kind: str) -> None:
    path = node["FULL_PATH"].rstrip("/") + "/" + words[0]
    child = node.setdefault("CONTENTS", {}).setdefault(words[0], {"FULL_PATH": path, "ACCESS": 0})
    if len(words) > 1:
        _grow(child, words[1:], kind)
    else:
        child |= {"ACCESS": 3, "TYPE": kind, "VALUE": [0.0 if kind == "f" else False]}
