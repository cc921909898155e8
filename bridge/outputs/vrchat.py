"""Faces to VRChat, which reports when an avatar is loaded and lists its parameters by OSCQuery."""

import asyncio
import contextlib
import errno
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, Protocol

from bridge.config.outputs import VRChatSection
from bridge.outputs.messages import send_now
from bridge.outputs.udp import UdpOutput
from bridge.supervision.allowance import Allowance
from bridge.supervision.ending import until_one_ends
from protocols.face import Encoder, Face
from protocols.leave import left_out
from protocols.vrchat.encoder import CHANGE, Messages, VRChatEncoder, changed_avatar
from protocols.vrchat.layout import Layout, listed_layout

log = logging.getLogger(__name__)


MOST_CHANGES = 10
"""Avatars a second. Each makes the bridge send the whole face and read the avatar's parameters."""


class Discovery(Protocol):
    """Finds VRChat, and lets VRChat find us."""

    async def run(
        self,
        listens_at: tuple[str, int],
        found: Callable[[int, Mapping[str, str]], Awaitable[None]],
    ) -> None:
        """Work until cancelled.

        Args:
            listens_at: the host and UDP port that VRChat is to send to.
            found: called with VRChat's OSC port and the addresses that it accepts, with their
                type tags, each time they are read.
        """

    def avatar_changed(self) -> None:
        """The addresses have changed since they were read."""


class VRChatOutput(UdpOutput):
    """A UDP output that also receives from VRChat. Changes are applied on the frame thread, because
    no other thread may use the encoders."""

    def __init__(
        self,
        *arguments: Any,
        encoder_for: Callable[[str], Encoder],
        listens_at: tuple[str, int] | None,
        layout_for: Callable[[Mapping[str, str]], Layout] = listed_layout,
        discovery: Discovery | None = None,
        section: VRChatSection | None = None,
        **more: Any,
    ) -> None:
        """Describe an output.

        Args:
            listens_at: the host and port to receive `/avatar/change` at; None does not listen.
            layout_for: chooses messages from the addresses that VRChat lists.
            discovery: how VRChat is found; None uses the output's address alone.
            section: its settings, by which triggers find it.
            arguments, encoder_for, more: as for `UdpOutput`.
        """
        super().__init__(*arguments, encoder_for=self._made(encoder_for), **more)
        self.avatar_changes = 0
        self._allowance = Allowance(MOST_CHANGES)
        self._listens_at, self._layout_for, self._discovery = listens_at, layout_for, discovery
        self._section = section
        self._not_listening_logged = False
        self._layout: Layout | None = None
        self._messages: Messages | None = None
        self._messages_used: Messages | None = None
        self._changes_used = 0

    async def run(self, up: Callable[[], None]) -> None:
        """Listen, discover and send until cancelled."""
        async with self._listening() as listening_at:
            parts = [super().run(up)]
            if self._discovery is not None and listening_at is not None:
                parts.append(self._discovery.run(listening_at, self._found))
            await until_one_ends(*parts)

    def send(
        self, faces: Mapping[str, Face], frame: int, now: float, *, last: bool = False
    ) -> None:
        if last:
            for encoder in self._vrchat_encoders():
                encoder.leave()
        super().send(faces, frame, now, last=last)

    def show(self, faces: Mapping[str, Face], now: float) -> None:
        if self._messages is not self._messages_used:
            self._messages_used = self._messages
            for encoder in self._vrchat_encoders():
                encoder.use(self._messages_used)
        if self._changes_used != self.avatar_changes:
            self._changes_used = self.avatar_changes
            for encoder in self._vrchat_encoders():
                encoder.refresh()
        super().show(faces, now)

    @property
    def section(self) -> VRChatSection | None:
        return self._section

    def send_message(self, datagram: bytes) -> bool:
        """Send a message beside the faces, on the event loop. Returns whether it was sent."""
        return send_now(self._connection.socket, datagram)

    def receive(self, datagram: bytes) -> None:
        """Record a new avatar, if the datagram reports one."""
        # VRChat also sends every parameter here, at its own frame rate.
        if CHANGE not in datagram or not self._allowance.take():
            return
        avatar = changed_avatar(datagram)
        if avatar is not None:
            log.debug("%s: avatar %r loaded", self.name, avatar)
            self.avatar_changes += 1
            if self._discovery is not None:
                self._discovery.avatar_changed()

    def _made(self, encoder_for: Callable[[str], Encoder]) -> Callable[[str], Encoder]:
        def make(stream: str) -> Encoder:
            encoder = encoder_for(stream)
            if isinstance(encoder, VRChatEncoder):
                encoder.use(self._messages_used)
            return encoder

        return make

    def _vrchat_encoders(self) -> Iterator[VRChatEncoder]:
        return (encoder for encoder in self._encoders if isinstance(encoder, VRChatEncoder))

    async def _found(self, port: int, listed: Mapping[str, str]) -> None:
        listing = self._layout_for(listed)
        ours = len(listing.floats) + len(listing.bits)
        layout = listing if ours else None  # a program that lists none may still accept them
        if layout != self._layout:
            self._layout = layout
            self._messages = None if layout is None else Messages(layout)
            log.info("%s: the avatar has %d of our parameters", self.name, ours)
        if await self._connection.change_port(port):
            log.info("%s: VRChat listens on port %d", self.name, port)

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[tuple[str, int] | None]:
        """Listen while the context lasts. Yields the host and port; None if it does not listen."""
        if self._listens_at is None:
            yield None
            return
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Receiving(self.receive), local_addr=self._listens_at
            )
        except OSError as problem:
            self._log_not_listening(problem)
            yield None
            return
        with contextlib.closing(transport):
            yield transport.get_extra_info("sockname")[:2]

    def _log_not_listening(self, problem: OSError) -> None:
        if self._not_listening_logged or self._listens_at is None:
            return
        self._not_listening_logged = True
        host, port = self._listens_at
        why = (
            "used by VRCFaceTracking, or by another output or program"
            if problem.errno == errno.EADDRINUSE
            else problem.strerror or str(problem)
        )
        log.warning(
            "%s: cannot listen on UDP port %d of %s: %s; a new avatar gets the whole face within a "
            "second instead of at once",
            self.name,
            port,
            host,
            why,
        )


class _Receiving(asyncio.DatagramProtocol):
    def __init__(self, receive: Callable[[bytes], None]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._receive(data)


def vrchat_output(section: VRChatSection, fps: float) -> VRChatOutput:
    """The output that `section` describes."""
    discovery: Discovery | None = None
    if section.discovery:
        # zeroconf is installed with an extra only.
        from bridge.outputs.oscquery import OscQueryDiscovery  # noqa: PLC0415

        discovery = OscQueryDiscovery(
            section.name, host=section.address.host, interface=section.interface
        )
    return VRChatOutput(
        section.name,
        section.address.host,
        section.address.port,
        stream=section.stream,
        every=section.every,
        encoder_for=lambda stream: section.encoder(stream, fps),
        listens_at=section.hears_at,
        layout_for=lambda listed: listed_layout(listed, section.eye_look, left_out(section.leave)),
        discovery=discovery,
        section=section,
        reach=section.reach,
        hops=section.hops,
        interface=section.interface,
    )
