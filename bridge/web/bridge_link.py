"""The web process's end of the link: it asks the bridge, and hands out the answers."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from bridge.link.packets import Packet, read_packet
from bridge.web.shown import Shown

PATIENCE = 2.0
"""Seconds to wait for an answer. A bridge that shows frames answers within one."""
MOST_OPEN = 64
"""Questions that wait for an answer at a time."""


class NoAnswerError(Exception):
    """The bridge does not answer in time."""


class BridgeLink:
    """Sends updates, and fetches what is shown for as long as somebody wants to see it: always the
    newest, one at a time."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        blendshapes: tuple[str, ...],
    ) -> None:
        self._reader, self._writer = reader, writer
        self._number = 0
        self._answers: dict[int, asyncio.Future[Mapping[str, Any]]] = {}
        self._turn = asyncio.Semaphore(MOST_OPEN)
        self._shown = Shown(blendshapes)
        self._watchers = 0
        self._wanted: Counter[str] = Counter()
        """Whose faces are wanted, and by how many."""
        self._asked = False
        self._next: asyncio.Future[Shown] = asyncio.get_running_loop().create_future()

    async def run(self) -> NoReturn:
        """Read answers until the bridge closes the link.

        Raises:
            EOFError, OSError, PacketError: as `read_packet`.
        """
        while True:
            packet = await read_packet(self._reader)
            match packet.head:
                case {"kind": "answer", "number": number}:
                    if (waiting := self._answers.pop(number, None)) and not waiting.done():
                        waiting.set_result(packet.head)
                case {"kind": "look"}:
                    self._shown = self._shown.after(packet)
                    self._asked = False
                    arrived, self._next = self._next, asyncio.get_running_loop().create_future()
                    arrived.set_result(self._shown)
                    self._ask()

    def say(self, head: Mapping[str, Any], tail: bytes = b"") -> None:
        """Send something that needs no answer."""
        self._writer.write(Packet(head, tail).encode())

    async def update(self, sent: bytes, stream: str, sender: str) -> Mapping[str, Any]:
        """Send an update. Returns the bridge's answer: what was understood, or why not.

        Raises:
            NoAnswerError: it does not answer.
        """
        return await self._question({"kind": "update", "stream": stream, "from": sender}, sent)

    async def ask(self, kind: str, *, patience: float = PATIENCE, **more: Any) -> Mapping[str, Any]:
        """Ask the bridge about itself. Returns its answer.

        Args:
            patience: seconds to wait for it.

        Raises:
            NoAnswerError: it does not answer.
        """
        told = await self._question({"kind": kind, **more}, patience=patience)
        return {key: value for key, value in told.items() if key not in {"kind", "number"}}

    async def _question(
        self, head: Mapping[str, Any], tail: bytes = b"", patience: float = PATIENCE
    ) -> Mapping[str, Any]:
        async with self._turn:
            self._number = number = self._number + 1
            answer: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
            self._answers[number] = answer
            self.say({**head, "number": number}, tail)
            try:
                async with asyncio.timeout(patience):
                    return await answer
            except TimeoutError:
                raise NoAnswerError from None
            finally:
                self._answers.pop(number, None)

    @contextlib.contextmanager
    def watching(self, *faces: str) -> Iterator[None]:
        """Fetch looks while this is open, with the faces of these streams."""
        self._watchers += 1
        self._wanted.update(faces)
        self._ask()
        try:
            yield
        finally:
            self._watchers -= 1
            self._wanted.subtract(faces)
            self._wanted += Counter()  # forgets those that nobody wants

    async def newer_than(self, shown: Shown | None) -> Shown:
        """The newest look that is not `shown`. Call it while `watching`.

        Raises:
            NoAnswerError: none comes.
        """
        if shown is not None and self._shown.number > shown.number:
            return self._shown
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.shield(self._next)
        except TimeoutError:
            raise NoAnswerError from None

    async def fresh(self, *faces: str) -> Shown:
        """A look that was asked for only now, so that it shows what was sent before.

        Raises:
            NoAnswerError: none comes.
        """
        before = self._asked  # what is on its way may show an earlier moment
        with self.watching(*faces):
            shown = await self.newer_than(None)
            return await self.newer_than(shown) if before else shown

    def _ask(self) -> None:
        if self._watchers and not self._asked:
            self._asked = True
            self.say({"kind": "look", "faces": list(self._wanted)})
