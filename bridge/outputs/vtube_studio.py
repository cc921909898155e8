"""Faces to VTube Studio by its plugin API, over one WebSocket."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from pathlib import Path

import aiohttp

from bridge.config.address import Endpoint, host_and_port
from bridge.config.vtube_studio import VTubeStudioSection
from bridge.outputs.latest import LatestFaces
from bridge.outputs.vtube_studio_discovery import discover
from bridge.secrets.state_directory import UnsafeSecret, forget_secret, read_secret, write_secret
from bridge.supervision.supervised import Unavailable
from protocols.face import DecodeError, Face
from protocols.vtubestudio.actions import Actions
from protocols.vtubestudio.messages import LARGEST_MESSAGE, ErrorId
from protocols.vtubestudio.session import Session, Stage, VTubeStudioError

log = logging.getLogger(__name__)

ANSWER_TIMEOUT = 5.0
"""Seconds for connecting, and for each answer that does not need the user."""

_KEEP_ALIVE = 0.5
"""Seconds. VTube Studio drops a parameter that is not set for one second."""

_MOST_UNANSWERED = 30
"""Faces sent but not answered. At this limit faces are skipped, so that VTube Studio never shows
old ones. At 240 frames a second it answers about 8 at a time, once for each frame that it
renders."""

_CLOSE_TIMEOUT = 0.2
"""Seconds for VTube Studio to close its side of the connection."""

Socket = aiohttp.ClientWebSocketResponse


class VTubeStudioOutput(LatestFaces):
    """Sends one stream to one VTube Studio."""

    def __init__(self, settings: VTubeStudioSection) -> None:
        """Describe an output from its settings."""
        super().__init__(settings.name, stream=settings.stream, every=settings.every)
        self._settings = settings
        self._token: str | None = None
        self._asking_logged = False
        """Whether it was logged that VTube Studio asks its user."""
        self._face: Face | None = None
        self._inputs = settings.inputs()
        self._actions = Actions()
        self._acting = asyncio.Event()
        """Set when something may have to be sent for the actions."""
        self._session: Session | None = None
        self._up: Callable[[], None] | None = None
        """Called once VTube Studio accepts faces."""
        self._parameters_logged = False
        """Whether the custom parameters were logged."""

    @property
    def section(self) -> VTubeStudioSection:
        return self._settings

    def use(self, hotkeys: Iterable[str], expressions: Iterable[str]) -> None:
        """Say which hotkeys and expressions may be used. Those that the model lacks are logged."""
        self._actions.use(hotkeys, expressions)
        self._acting.set()

    def press(self, hotkey: str) -> bool:
        """Press a hotkey of the model now. Returns whether VTube Studio is connected; otherwise
        nothing is pressed."""
        if self._session is None or self._session.stage is not Stage.INJECTING:
            return False
        self._actions.press(hotkey)
        self._acting.set()
        return True

    def show_expressions(self, expressions: Mapping[str, bool]) -> None:
        """Say which expressions of the model shall be on and off, now and after a new connection.
        Others are left alone."""
        self._actions.show(expressions)
        self._acting.set()

    def show(self, faces: Mapping[str, Face], now: float) -> None:
        if self._inputs:
            super().show(faces, now)

    async def run(self, up: Callable[[], None]) -> None:
        """Connect, authenticate and send faces. Returns if VTube Studio's user refuses access,
        because asking again would only annoy."""
        settings = self._settings
        place = Endpoint(settings.address.host, settings.address.port)
        if settings.discovered:
            place = await discover(instance=settings.instance, remote=settings.remote)
        token_file = settings.token_path(*place)
        self._token = _read_token(token_file)
        self._face, self._up = None, up
        session = Session(
            self._token,
            settings.custom_parameters(),
            self._inputs,
            face_found=settings.face_found,
            actions=self._actions,
        )
        async with _connected(place) as socket:
            self.open()
            self._session = session
            try:
                await self._exchange(socket, session, token_file)
            except VTubeStudioError as refused:
                if refused.error != ErrorId.TOKEN_DENIED:
                    raise Unavailable(str(refused), hopeless=refused.hopeless) from refused
                log.warning("%s: %s", self.name, refused)
            except DecodeError as problem:
                raise Unavailable(f"the program there is not VTube Studio: {problem}") from problem
            finally:
                self._session = None
                self.close()

    async def _exchange(self, socket: Socket, session: Session, token_file: Path) -> None:
        """Receive and send, each as a task, until one of them fails."""
        tasks = [
            asyncio.create_task(
                self._receive(socket, session, token_file), name=f"{self.name} answers"
            ),
            asyncio.create_task(self._show(socket, session), name=f"{self.name} faces"),
            asyncio.create_task(self._act_when_asked(socket, session), name=f"{self.name} actions"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except asyncio.CancelledError:
            await _cancel(tasks)
            if self._arrived.is_set():  # the last face has not been sent yet
                await self._take_newest()
                await self._inject(socket, session)
            await self._act(socket, session)
            raise
        finally:
            await _cancel(tasks)

    async def _receive(self, socket: Socket, session: Session, token_file: Path) -> None:
        """Read answers, and send the request that follows from each."""
        await _send(socket, session.start())
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise DecodeError(f"expected a text message, got {message.type.name}")
            request = session.receive(message.data)
            if session.token != self._token:
                await self._keep(session.token, token_file)
            if session.stage is Stage.ASKING and not self._asking_logged:
                self._asking_logged = True
                log.warning(
                    "%s: VTube Studio asks whether affect-bridge may control it; answer in "
                    "VTube Studio",
                    self.name,
                )
            if session.injected:
                self._accepted()
            if request is not None:
                await _send(socket, request)
            await self._act(socket, session)
        raise Unavailable("VTube Studio closed the connection")

    async def _keep(self, token: str | None, token_file: Path) -> None:
        """Store a token that was granted, or delete one that was revoked."""
        self._token = token
        self._asking_logged = False
        try:
            if token is None:
                log.info("%s: VTube Studio no longer accepts the stored permission", self.name)
                await asyncio.to_thread(forget_secret, token_file)
            else:
                await asyncio.to_thread(write_secret, token_file, token)
        except OSError as problem:
            log.warning(
                "%s: cannot store the permission in %s: %s; VTube Studio will ask again next time",
                self.name,
                token_file,
                problem.strerror,
            )

    async def _show(self, socket: Socket, session: Session) -> None:
        """Send each new face, and repeat the last one if there is no new one."""
        clock = asyncio.get_running_loop().time
        answered, answered_at = 0, clock()
        while True:
            try:
                async with asyncio.timeout(_KEEP_ALIVE):
                    await self._take_newest()
            except TimeoutError:
                if session.stage is Stage.INJECTING and self._face is None:
                    self._accepted()  # there is no face to prove it with
            if self._crash is not None:
                raise self._crash
            waiting = session.unanswered > 0 and session.stage is not Stage.ASKING
            if not waiting or session.answered != answered:
                answered, answered_at = session.answered, clock()
            elif clock() - answered_at > ANSWER_TIMEOUT:
                raise Unavailable(f"VTube Studio has not answered for {ANSWER_TIMEOUT:.0f} s")
            await self._inject(socket, session)

    async def _act_when_asked(self, socket: Socket, session: Session) -> None:
        while True:
            await self._acting.wait()
            await self._act(socket, session)

    async def _act(self, socket: Socket, session: Session) -> None:
        """Send what is due for hotkeys and expressions."""
        self._acting.clear()
        for request in session.act():
            await _send(socket, request)
        for complaint in self._actions.take_complaints():
            log.warning("%s: %s", self.name, complaint)

    async def _take_newest(self) -> None:
        self._face = (await self.next()).get(self.stream, self._face)

    async def _inject(self, socket: Socket, session: Session) -> None:
        if session.stage is not Stage.INJECTING or self._face is None:
            return
        if session.unanswered >= _MOST_UNANSWERED:
            self.errors += 1
            self.trouble = "slow"
            return
        request = session.inject(self._face)
        await _send(socket, request)
        self.trouble = ""
        self.frames += 1
        self.packets += 1
        self.bytes += len(request)

    def _accepted(self) -> None:
        if self._up is None:
            return
        up, self._up = self._up, None
        created = self._settings.custom_parameters()
        if created and not self._parameters_logged:
            self._parameters_logged = True
            log.info(
                "%s: created %d custom parameters, %s to %s; choose them as inputs in the settings "
                "of a model",
                self.name,
                len(created),
                created[0].name,
                created[-1].name,
            )
        up()


def _read_token(token_file: Path) -> str | None:
    try:
        return read_secret(token_file)
    except UnsafeSecret as problem:
        raise Unavailable(str(problem), hopeless=True) from problem
    except OSError as problem:
        raise Unavailable(f"cannot read {token_file}: {problem.strerror}") from problem


@contextlib.asynccontextmanager
async def _connected(place: Endpoint) -> AsyncIterator[Socket]:
    """A WebSocket to VTube Studio; closed on exit.

    Raises:
        Unavailable: it cannot be opened, or it failed.
    """
    where = host_and_port(*place)
    async with aiohttp.ClientSession() as client:
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                socket = await client.ws_connect(
                    f"ws://{where}",
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_TIMEOUT),
                    max_msg_size=LARGEST_MESSAGE,
                )
        except TimeoutError:
            raise Unavailable(f"no answer from {where} within {ANSWER_TIMEOUT:.0f} s") from None
        except aiohttp.WSServerHandshakeError as problem:
            raise Unavailable(
                f"the program at {where} is not VTube Studio: it answered HTTP {problem.status}"
            ) from problem
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            raise Unavailable(
                f"cannot connect to VTube Studio at {where}: {_reason(problem)}; start it and "
                "switch on “Allow Plugin API access”"
            ) from problem
        try:
            yield socket
        except (aiohttp.ClientError, ConnectionError) as problem:
            raise Unavailable("the connection to VTube Studio was lost") from problem
        finally:
            await socket.close()


def _reason(problem: Exception) -> str:
    if not isinstance(problem, aiohttp.ClientConnectorError):
        return str(problem)
    found = problem.os_error
    if found.errno is not None and found.errno > 0:  # name look-ups have negative ones
        return os.strerror(found.errno)
    return found.strerror or str(found)


async def _send(socket: Socket, text: str) -> None:
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT):
            await socket.send_str(text)
    except TimeoutError:
        raise Unavailable(f"VTube Studio has accepted nothing for {ANSWER_TIMEOUT:.0f} s") from None


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
