"""One connection to one NATS server. It never reconnects by itself: the part that uses it is
restarted instead, as every other part is."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import errors as jetstream_errors

FAILURES = (OSError, errors.Error, jetstream_errors.Error, TimeoutError)
"""What a call raises when the connection or the server is to blame."""

_LARGEST_BACKLOG = 1 << 20
"""Bytes that wait here to be written before a publication waits for them."""
_PING_EVERY = 10
_MOST_PINGS = 2
_GOODBYE_TIMEOUT = 0.5
"""Seconds."""

# nats-py logs with a traceback what the owner of the connection reports once, in words.
logging.getLogger("nats.aio.client").setLevel(logging.CRITICAL)


class NotSecure(errors.Error):
    """The server does not offer TLS, and the address asks for it."""


class Connection(Client):
    """A client that connects once and says when it has lost its server."""

    def __init__(
        self, *, secure: bool, on_problem: Callable[[Exception], object] = lambda problem: None
    ) -> None:
        """Prepare a connection.

        Args:
            secure: refuse a server that does not offer TLS. nats-py would send it the password.
            on_problem: called with what the server refuses while the connection stays, such as a
                subject that this client may not publish to.
        """
        super().__init__()
        self._secure = secure
        self._on_problem = on_problem
        self._ended = asyncio.Event()
        self._crash: Exception | None = None
        self._write_planned = False

    async def open(self, server: str, **settings: Any) -> None:
        """Connect, or raise one of `FAILURES`.

        Args:
            server: its address with the scheme `nats` or `tls`.
            settings: the login, as nats-py takes it.
        """
        try:
            await self.connect(
                server,
                allow_reconnect=False,
                error_cb=self._take_problem,
                closed_cb=self._end,
                ping_interval=_PING_EVERY,
                max_outstanding_pings=_MOST_PINGS,
                pending_size=_LARGEST_BACKLOG,
                **settings,
            )
        except BaseException:
            self._cut()
            raise

    async def lost(self) -> Exception:
        """Wait until the connection has ended, and return why.

        Raises:
            Exception: what a callback of a subscription raised.
        """
        reading = self._reading_task
        ended = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait(
                [ended, *([reading] if reading else [])], return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            ended.cancel()
        if self._crash is not None:
            raise self._crash
        return self.last_error or errors.ConnectionClosedError()

    async def settle(self, seconds: float) -> None:
        """Wait until the server has read everything that was sent so far.

        Raises:
            Exception: one of `FAILURES`; TimeoutError after so many seconds.
        """
        async with asyncio.timeout(seconds):
            await self._flush_pending(force_flush=True)
            await self.flush(timeout=seconds)  # type: ignore[arg-type] # a fraction works

    async def end(self) -> None:
        """Close the connection. Returns soon even if the server does not read."""
        with contextlib.suppress(*FAILURES, AssertionError):
            async with asyncio.timeout(_GOODBYE_TIMEOUT):
                await self.close()
        self._cut()

    def _cut(self) -> None:
        self._ended.set()
        for task in (self._reading_task, self._ping_interval_task, self._flusher_task):
            if task is not None:
                task.cancel()
        writer = getattr(self._transport, "_bare_io_writer", None)
        if writer is not None:
            writer.transport.abort()

    async def _end(self) -> None:
        self._ended.set()

    async def _take_problem(self, problem: Exception) -> None:
        if isinstance(problem, FAILURES):
            self._on_problem(problem)
        else:  # a callback raised it
            self._crash = problem
            self._ended.set()

    # What follows replaces methods of nats-py.

    async def _select_next_server(self) -> None:
        """Try the server once. nats-py would try it again and forget why it failed."""
        self._current_server = self._server_pool[0]
        await self._connect_to_server(self._current_server)

    def _connect_command(self) -> bytes:
        """The message with the login. nats-py sends it to a server without TLS as well."""
        if self._secure and not self._server_info.get("tls_required"):
            raise NotSecure("it does not offer TLS")
        return super()._connect_command()

    async def _flush_pending(self, force_flush: bool = False) -> Any:
        """Write what waits, at the end of this turn of the event loop, or at once and wait. In
        nats-py this swallows a cancellation, after which a stop would wait forever."""
        if force_flush:
            self._write_pending()
            if self._transport is not None:
                await self._transport.drain()  # type: ignore[no-untyped-call]
        elif not self._write_planned:
            self._write_planned = True
            asyncio.get_running_loop().call_soon(self._write_pending)

    def _write_pending(self) -> None:
        self._write_planned = False
        if self._pending and self._transport and self.is_connected:
            self._transport.writelines(self._pending)
            self._pending, self._pending_data_size = [], 0

    def _build_message(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None
    ) -> Msg:
        """A message. A subject that is not UTF-8 would end nats-py's reading task."""
        return self.msg_class(
            subject=subject.decode(errors="replace"),
            reply=reply.decode(errors="replace"),
            data=data,
            headers=headers,
            _client=self,
            _sid=sid,
        )
