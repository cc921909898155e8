"""Updates by HTTP and WebSocket, and what visitors are shown: the bridge's side of both.

Visitors are served by a process of its own (`bridge.web`), which shares no interpreter with the
frames. It asks, and this end answers: each update, and one look at the streams at a time. So
however many visitors there are and however slow they are, nothing waits here for them.
"""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from bridge import __version__
from bridge.config.web import LARGEST_AVATAR, WebSection, page_url
from bridge.emotion.cleaning import decode
from bridge.emotion.mixed_stream import StreamState
from bridge.emotion.mixer import Mailbox
from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad, emotions
from bridge.emotion.reading import EXPECTED
from bridge.emotion.states import UnknownState
from bridge.emotion.update import Update, UpdateError
from bridge.inputs.source import Source
from bridge.inputs.views import Views
from bridge.link import heartbeat
from bridge.link.child import Child
from bridge.link.listener import Listener
from bridge.link.packets import Packet, PacketError, read_packet
from bridge.secrets.passwords import Password
from bridge.supervision.ending import end
from bridge.supervision.ports import why_no_port
from bridge.supervision.supervised import Unavailable
from protocols import vrm
from protocols.arkit import BLENDSHAPES

log = logging.getLogger(__name__)

START_TIMEOUT = 15.0
"""Seconds that the web process may take to start; a busy machine takes a few."""
_END_WITHIN = 0.5
"""Seconds that the work for the web process may take to end. It may have to kill a process."""
_LONGEST_QUESTION = 1 << 16
"""Bytes of an update, and of what else the web process sends."""
_SHORTEST_TOKEN = 16
_ON_BUTTONS = (*BASIC_EMOTIONS[1:], "relaxed", BASIC_EMOTIONS[0])
"""The emotions that have a button on the page: the keys 1 to 9."""
_NO_SUCH_STREAM = "a stream that an output shows, and no more than max_streams streams"


class WebInput(Source):
    """The web process: started, asked and answered, and ended."""

    def __init__(self, name: str, mailbox: Mailbox, section: WebSection, views: Views) -> None:
        super().__init__(name, mailbox, section.reading)
        self._section, self._views = section, views
        token = section.token
        self._token = None if token is None else Password(token, what="token")

    async def run(self, up: Callable[[], None]) -> None:
        def opened() -> None:
            up()
            log.info("%s: open %s", self.name, page_url(self._section.address))

        hello = self._hello()
        self._check_port()
        async with Listener() as listener:
            try:
                child = Child("bridge.web", hello | listener.invitation)
            except OSError as problem:
                raise Unavailable(f"the web process cannot be started: {problem}") from problem
            try:
                reader, writer = await child.connected(listener, START_TIMEOUT)
                try:
                    await Conversation(self, self._views, reader, writer).run(opened)
                finally:
                    writer.close()
            except TimeoutError:
                why = f"the web process did not start within {START_TIMEOUT:.0f} s"
                raise Unavailable(why) from None
            except (EOFError, OSError):
                raise Unavailable(f"the web process ended ({await child.how()})") from None
            except PacketError as problem:
                raise Unavailable(f"the web process sent nonsense: {problem}") from problem
            finally:
                await child.end()

    def answer(self, sent: bytes, stream: str, sender: str) -> dict[str, Any]:
        """Take an update. Returns what was understood, or why it was refused."""
        text = decode(sent)
        with self._turn:
            if not self._allowance.take():
                self.complaints.drop("too_many", lambda: "too many updates a second (logged once)")
                return {"busy": True}
            try:
                update = self.update_of(self._reader.read(text, stream), sender)
            except UpdateError as problem:
                self.complaints.refuse(problem, text, EXPECTED, sender=sender)
                return {"error": str(problem), "expected": EXPECTED}
            try:
                self.accept(update, text)
            except UpdateError as problem:
                self.complaints.refuse(problem, text, sender=sender)
                [why] = problem.args
                states = why.expected if isinstance(why, UnknownState) else None
                return {"error": str(problem), "expected": states or _NO_SUCH_STREAM}
        return {"understood": self._understood(update)}

    def _understood(self, update: Update) -> dict[str, Any]:
        target = update.target if update.parts else (None, None, None)
        hold = self.mailbox.hold if update.hold is None else update.hold
        notes = [f"{update.clamped}; clamped"] if update.clamped else []
        return {
            "stream": update.stream,
            "label": update.label if update.parts else None,
            **dict(zip(("valence", "arousal", "dominance"), map(_rounded, target), strict=True)),
            "hold_seconds": hold if update.parts and hold < float("inf") else None,
            "speaking": None if update.cues is None else update.cues.speaking,
            "notes": notes + [note.text for note in update.notes],
        }

    def _hello(self) -> dict[str, Any]:
        """What the web process needs to know."""
        token = None
        if self._token is not None:
            token = self._token.read()
            if token is None:
                name = self._section.token_env
                raise Unavailable(f"the environment variable {name} is not set", hopeless=True)
            if len(token) < _SHORTEST_TOKEN or not token.isascii() or not token.isprintable():
                raise Unavailable(
                    f"expected a token of at least {_SHORTEST_TOKEN} ASCII characters, as "
                    "`openssl rand -hex 16` makes it",
                    hopeless=True,
                )
        address = self._section.address
        return {
            "host": address.host,
            "port": address.port,
            "token": token,
            "hosts": self._section.hosts,
            "origins": self._section.origins,
            "blendshapes": BLENDSHAPES,
            "version": __version__,
            "control": self._section.control,
            "emotions": [[name, *emotion_to_vad(name)] for name in _ON_BUTTONS],
            "names": [emotion.name for emotion in emotions()],
            "avatar": {
                "file": self._section.avatar and str(self._section.avatar),
                "megabytes": LARGEST_AVATAR,
            },
            "presets": vrm.TABLES,
        }

    def _check_port(self) -> None:
        """Look before a process is started in vain, again and again, for a port that is taken."""
        address = self._section.address
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        try:
            socket.create_server((address.host, address.port), family=family).close()
        except OSError as problem:
            raise Unavailable(why_no_port(address.host, address.port, problem)) from problem


def _rounded(axis: float | None) -> float | None:
    return None if axis is None else round(axis, 4)


class Conversation:
    """One connection to one web process."""

    def __init__(
        self,
        source: WebInput,
        views: Views,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._source, self._views = source, views
        self._reader, self._writer = reader, writer
        self._told: dict[str, StreamState] = {}
        """What the other end knows of each stream."""
        self._looking: asyncio.Task[None] | None = None
        self._examining: set[asyncio.Task[None]] = set()
        """All that ask. One at a time is examined; the others are told so at once."""
        self._pulse = heartbeat.Pulse()

    async def run(self, up: Callable[[], None]) -> None:
        """Answer until the connection ends.

        Raises:
            EOFError, OSError, PacketError: as `read_packet`.
            Unavailable: the port cannot be opened, or the web process hangs.
        """
        answering = asyncio.create_task(self._answer_all(up), name="answers to the web process")
        silence = asyncio.create_task(self._pulse.stops(), name="silence of the web process")
        try:
            await asyncio.wait([answering, silence], return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                answering.result()
            seconds = heartbeat.MOST_MISSED * heartbeat.EVERY
            raise Unavailable(f"the web process did not respond for {seconds:.0f} s and was ended")
        finally:
            looking = [] if self._looking is None else [self._looking]
            work = [answering, silence, *looking, *self._examining]
            await end([task for task in work if not task.done()], _END_WITHIN)

    async def _answer_all(self, up: Callable[[], None]) -> NoReturn:
        while True:
            head, tail = await read_packet(self._reader, _LONGEST_QUESTION, _LONGEST_QUESTION)
            self._pulse.felt()
            match head:
                case heartbeat.SIGN:
                    pass
                case {"kind": "up"}:
                    up()
                case {"kind": "failed", "why": str(why)}:
                    raise Unavailable(why)
                case {
                    "kind": "update",
                    "number": number,
                    "stream": str(s),
                    "from": str(sender),
                }:
                    answer = self._source.answer(tail, s, sender)
                    await self._send({"kind": "answer", "number": number, **answer})
                    await asyncio.sleep(0)  # many that have arrived take turns with others
                case {"kind": "status", "number": number}:
                    status = self._views.status()
                    await self._send({"kind": "answer", "number": number, "status": status})
                case {"kind": "settings", "number": number}:
                    settings = await asyncio.to_thread(self._views.settings)
                    await self._send({"kind": "answer", "number": number, "settings": settings})
                case {"kind": "controls", "number": number, "changes": dict(changes)}:
                    controls = self._views.controls(changes)
                    await self._send({"kind": "answer", "number": number, **controls})
                case {"kind": "examine", "number": number}:
                    task = asyncio.create_task(self._examine(number), name="examination")
                    self._examining.add(task)
                    task.add_done_callback(self._examining.discard)
                case {"kind": "look", "faces": list(faces)} if not self._is_looking:
                    self._looking = asyncio.create_task(self._look(faces), name="look")
                case _:
                    raise PacketError(f"unexpected {str(head)[:80]}")

    @property
    def _is_looking(self) -> bool:
        return self._looking is not None and not self._looking.done()

    async def _examine(self, number: int) -> None:
        told = await self._views.examine()
        with contextlib.suppress(OSError):  # the web process has ended meanwhile
            await self._send({"kind": "answer", "number": number, **told})

    async def _look(self, faces: list[str]) -> None:
        look = await self._views.look(faces)
        states = {stream: self._views.state(stream) for stream in look.streams}
        news = [stream for stream, state in states.items() if self._told.get(stream) != state]
        same = self._told.keys() == states.keys()
        self._told = states
        # The wall clock may be set at any time, so it is asked only for what is new.
        zero = time.time() - time.perf_counter()
        await self._send(
            {
                "kind": "look",
                "streams": None if same else look.streams,
                "states": [[s, *_spelt(states[s], zero)] for s in news],
                "faces": list(look.faces),
            },
            b"".join((look.feelings, look.speaking, *look.faces.values())),
        )

    async def _send(self, head: Mapping[str, Any], tail: bytes = b"") -> None:
        self._writer.write(Packet(head, tail).encode())
        await self._writer.drain()


def _spelt(state: StreamState, zero: float) -> tuple[str, str, float | None, str]:
    """Label, source, when the latest update came (in seconds since 1970, None for never), and the
    state of the character."""
    came = None if state.updated < 0 else round(zero + state.updated, 3)
    return state.label, state.source, came, state.character
