"""The MQTT client that inputs and outputs use: connect, subscribe, announce, explain failures."""

import asyncio
import contextlib
import logging
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from bridge.config.mqtt import WEBSOCKET, MqttSettings
from bridge.mqtt.probe import Speaks, what_speaks
from bridge.mqtt.reasons import (
    REFUSED_CREDENTIALS,
    TAKEN_OVER,
    Unanswered,
    certificate_problem,
    is_unanswered,
    may_be_the_version,
    no_connection,
    other_scheme,
    reason_code,
)
from bridge.secrets.passwords import Password
from bridge.secrets.tls import tls_context
from bridge.supervision.supervised import Unavailable

ANSWER_TIMEOUT = 5.0
"""Seconds to wait for a connection, and for each answer of the broker."""

_FIRST_REFUSAL = 128
_MOST_REFUSALS = 1000
_MOST_WAITING = 1024
_LARGEST_PACKET = 70_000
"""Bytes: the longest topic plus more than any update or face. A broker that speaks MQTT 5 does not
send larger packets. Without this limit, a thousand packets of 256 MB could wait in memory."""
_SHORT_LIFE = 10.0  # seconds
_MANY_SHORT_LIVES = 3
_GOODBYE_TIMEOUT = 0.25
"""Seconds for `offline`. A broker that does not take it publishes the will, which says the same."""

_SEND_BUFFER = (socket.SOL_SOCKET, socket.SO_SNDBUF, 32768)
"""By default the system buffers megabytes for a broker that does not read. When it reads again, it
would get minutes of old faces."""

log = logging.getLogger(__name__)

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
        self._version = "5" if settings.version == "auto" else settings.version
        self._speaks: Speaks | None = None
        self._refused_topics: set[str] = set()
        self._up_since = float("-inf")
        self._short_lives = 0

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[aiomqtt.Client]:
        """Connect, and disconnect at the end of the block.

        Raises:
            Unavailable: the connection failed or was lost. The message says why.
        """
        let_in = False
        try:
            async with contextlib.AsyncExitStack() as stack:
                client = await self._connect(stack)
                let_in, self._speaks = True, None
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
            if not let_in:
                await self._look_closer(problem)
            raise self._unavailable(problem, self._dropped_again()) from problem

    @property
    def marks_retained(self) -> bool:
        """Whether every message says if the broker retains it, not only those that it had before
        the subscription."""
        return self._version == "5"

    async def subscribe(
        self, client: aiomqtt.Client, topics: str, qos: int, *, retained: bool = True
    ) -> None:
        """Subscribe to a topic or a topic filter.

        Args:
            retained: ask for the messages that the broker retains. MQTT 3.1.1 sends them always.

        Raises:
            Unavailable: the broker refuses the subscription.
            MqttError: the connection was lost. `connected` handles it.
        """
        if self._version == "5":
            handling = SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE
            if not retained:
                handling = SubscribeOptions.RETAIN_DO_NOT_SEND
            options = SubscribeOptions(qos, retainAsPublished=True, retainHandling=handling)
            answers = await client.subscribe(topics, options=options)
        else:
            answers = await client.subscribe(topics, qos)
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

    def publish_watched(self, client: aiomqtt.Client, topic: str, payload: bytes) -> None:
        """Publish with QoS 1 and do not wait. Only then does a broker say that it refuses a topic,
        which is logged once.
        """
        client._client.publish(topic, payload, qos=1)

    async def _connect(self, stack: contextlib.AsyncExitStack) -> aiomqtt.Client:
        """A client that the broker has let in; `stack` disconnects it.

        Raises:
            MqttError: the broker cannot be reached or does not let it in.
        """
        try:
            return await self._connect_in(self._version, stack)
        except aiomqtt.MqttError as problem:
            in_turn = self._settings.version == "auto" and self._version == "5"
            if not in_turn or not may_be_the_version(problem):
                raise
        client = await self._connect_in("3.1.1", stack)
        self._version = "3.1.1"
        log.info("the broker at %s speaks MQTT 3.1.1, not 5", self.place)
        return client

    async def _connect_in(self, version: str, stack: contextlib.AsyncExitStack) -> aiomqtt.Client:
        client = self._client(version, *await asyncio.to_thread(self._read_files))
        # aiomqtt leaves a connection open that the broker accepted but never answered.
        stack.callback(_cut, client)
        try:
            return await stack.enter_async_context(client)
        except aiomqtt.MqttError as problem:
            if isinstance(problem.__context__, TimeoutError) and client._client.socket():
                raise Unanswered(f"no answer within {ANSWER_TIMEOUT:g} s") from problem
            raise

    async def _look_closer(self, problem: aiomqtt.MqttError) -> None:
        """Find out what a port speaks that does not answer as a broker, once until it changes."""
        if not is_unanswered(problem):
            self._speaks = None
        elif self._speaks is None:
            address = self._settings.address
            self._speaks = await what_speaks(address.host, address.port)

    async def _say_goodbye(self, client: aiomqtt.Client) -> None:
        # After a normal disconnect the broker does not publish the will.
        if self._announced:
            topic = self._settings.status_topic
            try:
                await client.publish(topic, "offline", 1, True, timeout=_GOODBYE_TIMEOUT)
            except aiomqtt.MqttError:
                _cut(client)

    def _read_files(self) -> tuple[ssl.SSLContext | None, str | None]:
        tls = tls_context(self._settings) if self._settings.secure else None
        return tls, self._password.read()

    def _client(
        self, version: str, tls: ssl.SSLContext | None, password: str | None
    ) -> aiomqtt.Client:
        settings, address = self._settings, self._settings.address
        over_websocket = address.scheme in WEBSOCKET
        will = aiomqtt.Will(settings.status_topic, "offline", qos=1, retain=True)
        client = aiomqtt.Client(
            address.host,
            address.port,
            username=address.username,
            password=password,
            identifier=settings.client_id,
            protocol=_PROTOCOLS[version],
            properties=_small_packets() if version == "5" else None,
            transport="websockets" if over_websocket else "tcp",
            websocket_path=settings.websocket_path if over_websocket else None,
            keepalive=settings.keep_alive,
            tls_context=tls,
            will=will if self._announced else None,
            queue_type=NewestMessages,
            max_queued_incoming_messages=_MOST_WAITING,
            max_queued_outgoing_messages=_MOST_WAITING,
            socket_options=(_SEND_BUFFER,),
            timeout=ANSWER_TIMEOUT,
            logger=_quiet,
        )
        client._client.connect_timeout = ANSWER_TIMEOUT
        client._client.on_publish = self._on_publish(client)
        client._client.on_disconnect = _on_disconnect(client)
        return client

    def _on_publish(self, client: aiomqtt.Client) -> Callable[..., None]:
        """aiomqtt's own callback, which does not look at the reason code, behind one that does."""

        def published(paho: Any, data: Any, number: int, code: ReasonCode, more: Any) -> None:
            if code.value >= _FIRST_REFUSAL and number in paho._out_messages:
                self._refused_publish(paho._out_messages[number].topic, code)
            client._on_publish(paho, data, number, code, more)

        return published

    def _refused_publish(self, topic: str, code: ReasonCode) -> None:
        if topic in self._refused_topics or len(self._refused_topics) == _MOST_REFUSALS:
            return
        self._refused_topics.add(topic)
        log.warning(
            "the broker at %s does not let this client publish to %s (%s, %d); nothing will "
            "arrive there",
            *(self.place, topic, str(code).lower(), code.value),
        )

    def _dropped_again(self) -> bool:
        """Whether the broker has accepted and soon dropped this client several times in a row."""
        lived, self._up_since = time.monotonic() - self._up_since, float("-inf")
        self._short_lives = self._short_lives + 1 if lived < _SHORT_LIFE else 0
        return self._short_lives >= _MANY_SHORT_LIVES

    def _unavailable(self, problem: aiomqtt.MqttError, dropped_again: bool) -> Unavailable:
        settings, code = self._settings, reason_code(problem)
        if code in REFUSED_CREDENTIALS:
            return Unavailable(self._refusal(), hopeless=True)
        # A broker that speaks 3.1.1 drops the older client without giving a reason.
        if code == TAKEN_OVER or dropped_again:
            return Unavailable(
                f"the broker at {self.place} keeps dropping this client; another one may be using "
                f"the client id {settings.client_id!r}",
                hopeless=True,
            )
        if known := certificate_problem(problem, settings) or (
            other_scheme(settings, self._speaks) if self._speaks else ""
        ):
            return Unavailable(known, hopeless=True)
        return Unavailable(no_connection(problem, settings))

    def _refusal(self) -> str:
        settings = self._settings
        if settings.username is None:
            address = f"{settings.address.scheme}://USER@{self.place}"
            return (
                f"the broker at {self.place} refused a client without a user name; give one in "
                f"the address ({address}/…) and its password in the environment variable "
                f"{settings.password_env}"
            )
        return (
            f"the broker at {self.place} refused the user name or password of "
            f"{settings.username}{self._password.hint()}"
        )


class NewestMessages(asyncio.Queue[Any]):
    """A queue that drops its oldest item when it is full. Only the newest update counts."""

    def put_nowait(self, item: Any) -> None:
        if self.full():
            self.get_nowait()
        super().put_nowait(item)


def _cut(client: aiomqtt.Client) -> None:
    """Shut the socket down without waiting for the broker. The client notices and cleans up. Does
    nothing if the connection is already closed."""
    opened: Any = client._client.socket()
    opened = getattr(opened, "_socket", opened)  # paho puts a WebSocket around it
    if isinstance(opened, socket.socket):
        with contextlib.suppress(OSError):
            opened.shutdown(socket.SHUT_RDWR)


def _on_disconnect(client: aiomqtt.Client) -> Callable[..., None]:
    """aiomqtt's own callback, which waits on if the broker closes the connection instead of an
    answer, behind one that does not."""

    def disconnected(*arguments: Any) -> None:
        if client._connected.cancelled():  # a stop in the middle of the attempt
            return
        if not client._connected.done():
            client._connected.set_exception(
                Unanswered("it closed the connection without an answer")
            )
        client._on_disconnect(*arguments)

    return disconnected


def _small_packets() -> Properties:
    connect = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    connect.MaximumPacketSize = _LARGEST_PACKET
    return connect


def _code_value(code: int | ReasonCode) -> int:
    return code if isinstance(code, int) else int(code.value)


_PROTOCOLS = {"5": aiomqtt.ProtocolVersion.V5, "3.1.1": aiomqtt.ProtocolVersion.V311}
