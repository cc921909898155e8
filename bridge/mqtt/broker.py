"""The MQTT client that inputs and outputs use: connect, subscribe, announce, explain failures."""

import asyncio
import contextlib
import logging
import re
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from bridge.config.mqtt import MqttSettings
from bridge.secrets.passwords import Password
from bridge.supervision.supervised import Unavailable

ANSWER_TIMEOUT = 5.0
"""Seconds to wait for a connection, and for each answer of the broker."""

_REFUSED_CREDENTIALS = frozenset({134, 135})  # bad user name or password, not authorised
_TAKEN_OVER = 142  # another client connected with the same id
_FIRST_REFUSAL = 128
_MOST_WAITING = 1024
_LARGEST_PACKET = 70_000
"""Bytes: the longest topic plus more than any update or face. A broker that speaks MQTT 5 does not
send larger packets. Without this limit, a thousand packets of 256 MB could wait in memory."""
_SHORT_LIFE = 10.0  # seconds
_MANY_SHORT_LIVES = 3
_GOODBYE_TIMEOUT = 0.5

_SEND_BUFFER = (socket.SOL_SOCKET, socket.SO_SNDBUF, 32768)
"""By default the system buffers megabytes for a broker that does not read. When it reads again, it
would get minutes of old faces."""

# paho logs every broken socket. This module reports a lost connection itself, once.
_quiet = logging.getLogger(f"{__name__}.paho")
_quiet.setLevel(logging.CRITICAL)


class Broker:
    """The connection to one broker, and what is known from earlier attempts."""

    def __init__(self, settings: MqttSettings, *, announced: bool = True) -> None:
        """`announced`: publish `online` and `offline`, retained, on the status topic. If the
        connection breaks, the broker publishes `offline` itself (a will)."""
        self.place = settings.address.place
        self._settings = settings
        self._password = Password(settings)
        self._announced = announced
        self._up_since = float("-inf")
        self._short_lives = 0

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[aiomqtt.Client]:
        """Connect, and disconnect at the end of the block.

        Raises:
            Unavailable: the connection failed or was lost. The message says why.
        """
        client = self._client()
        try:
            with _closed_at_the_end(client):
                async with client:
                    try:
                        yield client
                    except aiomqtt.MqttError:
                        _cut(client)
                        raise
                    except BaseException:
                        await self._say_goodbye(client)
                        raise
                    await self._say_goodbye(client)
        except aiomqtt.MqttError as problem:
            raise self._unavailable(problem, self._dropped_again()) from problem

    async def subscribe(self, client: aiomqtt.Client, topics: str, qos: int) -> None:
        """Subscribe to a topic or a topic filter.

        Raises:
            Unavailable: the broker refuses the subscription.
            MqttError: the connection was lost. `connected` handles it.
        """
        answers = await client.subscribe(topics, qos=qos)
        if any(_code_value(answer) >= _FIRST_REFUSAL for answer in answers):
            raise Unavailable(
                f"the broker at {self.place} refused the subscription to {topics}", hopeless=True
            )

    async def announce(self, client: aiomqtt.Client, up: Callable[[], None]) -> None:
        """Publish `online`, if this client is announced, and call `up`."""
        if self._announced:
            await client.publish(self._settings.status_topic, "online", qos=1, retain=True)
        up()
        self._up_since = time.monotonic()

    async def _say_goodbye(self, client: aiomqtt.Client) -> None:
        # After a normal disconnect the broker does not publish the will.
        if self._announced:
            topic = self._settings.status_topic
            try:
                await client.publish(topic, "offline", 1, True, timeout=_GOODBYE_TIMEOUT)
            except aiomqtt.MqttError:
                _cut(client)

    def _client(self) -> aiomqtt.Client:
        settings, address = self._settings, self._settings.address
        will = aiomqtt.Will(settings.status_topic, "offline", qos=1, retain=True)
        return aiomqtt.Client(
            address.host,
            address.port,
            username=address.username,
            password=self._password.read(),
            identifier=settings.client_id,
            protocol=_PROTOCOLS[settings.version],
            properties=_small_packets() if settings.version == "5" else None,
            keepalive=settings.keep_alive,
            tls_params=self._tls(),
            will=will if self._announced else None,
            queue_type=NewestMessages,
            max_queued_incoming_messages=_MOST_WAITING,
            max_queued_outgoing_messages=_MOST_WAITING,
            socket_options=(_SEND_BUFFER,),
            timeout=ANSWER_TIMEOUT,
            logger=_quiet,
        )

    def _tls(self) -> aiomqtt.TLSParameters | None:
        settings = self._settings
        if settings.address.scheme != "mqtts":
            return None
        return aiomqtt.TLSParameters(
            ca_certs=_text(settings.tls_ca),
            certfile=_text(settings.tls_certificate),
            keyfile=_text(settings.tls_key),
            keyfile_password="",  # without one, OpenSSL would ask on the terminal and block
        )

    def _dropped_again(self) -> bool:
        """Whether the broker has accepted and soon dropped this client several times in a row."""
        lived, self._up_since = time.monotonic() - self._up_since, float("-inf")
        self._short_lives = self._short_lives + 1 if lived < _SHORT_LIFE else 0
        return self._short_lives >= _MANY_SHORT_LIVES

    def _unavailable(self, problem: aiomqtt.MqttError, dropped_again: bool) -> Unavailable:
        code = _reason_code(problem)
        if code in _REFUSED_CREDENTIALS:
            user = self._settings.address.username or "a client without a user name"
            return Unavailable(
                f"the broker at {self.place} refused the user name or password of {user}"
                + self._password.hint(),
                hopeless=True,
            )
        # A broker that speaks 3.1.1 drops the older client without giving a reason.
        if code == _TAKEN_OVER or dropped_again:
            return Unavailable(
                f"the broker at {self.place} keeps dropping this client; another one may be using "
                f"the client id {self._settings.client_id!r}",
                hopeless=True,
            )
        why = re.sub(r"^\[Errno -?\d+\] ", "", str(problem))  # aiomqtt includes the system's number
        return Unavailable(f"no connection to the broker at {self.place}: {why}")


def stream_level(topics: str) -> int | None:
    """The level of a topic that names the stream: the filter's first `+`, if it has one."""
    levels = topics.split("/")
    if levels[0] == "$share":  # the group of a shared subscription is not part of a topic
        levels = levels[2:]
    return levels.index("+") if "+" in levels else None


class NewestMessages(asyncio.Queue[Any]):
    """A queue that drops its oldest item when it is full. Only the newest update counts."""

    def put_nowait(self, item: Any) -> None:
        if self.full():
            self.get_nowait()
        super().put_nowait(item)


@contextlib.contextmanager
def _closed_at_the_end(client: aiomqtt.Client) -> Iterator[None]:
    """Close the connection. aiomqtt leaves it open if the broker accepted it but never answered."""
    try:
        yield
    finally:
        _cut(client)


def _cut(client: aiomqtt.Client) -> None:
    """Shut the socket down without waiting for the broker. The client notices and cleans up. Does
    nothing if the connection is already closed."""
    opened = client._client.socket()
    if isinstance(opened, socket.socket):
        with contextlib.suppress(OSError):
            opened.shutdown(socket.SHUT_RDWR)


def _small_packets() -> Properties:
    connect = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    connect.MaximumPacketSize = _LARGEST_PACKET
    return connect


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _reason_code(problem: BaseException | None) -> int | None:
    """The reason code that the broker sent, if it sent one. paho's own error codes do not count."""
    while problem is not None:
        if isinstance(problem, aiomqtt.MqttCodeError) and isinstance(problem.rc, ReasonCode):
            return int(problem.rc.value)
        problem = problem.__cause__
    return None


def _code_value(code: int | ReasonCode) -> int:
    return code if isinstance(code, int) else int(code.value)


_PROTOCOLS = {"5": aiomqtt.ProtocolVersion.V5, "3.1.1": aiomqtt.ProtocolVersion.V311}
