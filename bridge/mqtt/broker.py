"""A client at an MQTT broker, for inputs and outputs alike: let in, announced, dropped, refused."""

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
"""Seconds for a connection, and for every answer of the broker."""

_REFUSED_CREDENTIALS = frozenset({134, 135})  # bad user name or password, not authorised
_TAKEN_OVER = 142  # another client connected with the same id
_FIRST_REFUSAL = 128
_MOST_WAITING = 1024
_LARGEST_PACKET = 70_000
"""Bytes: the longest topic, and more than any feeling or face. A broker that speaks MQTT 5 keeps
larger ones to itself; without this, a thousand of 256 MB each could wait here."""
_SHORT_LIFE = 10.0  # seconds
_MANY_SHORT_LIVES = 3
_GOODBYE_TIMEOUT = 0.5

_SEND_BUFFER = (socket.SOL_SOCKET, socket.SO_SNDBUF, 32768)
"""The system would keep megabytes for a broker that does not read, minutes of what is no news any
more when it does."""

# paho logs every broken socket in its own words; this file says it once, in ours.
_quiet = logging.getLogger(f"{__name__}.paho")
_quiet.setLevel(logging.CRITICAL)


class Broker:
    """The broker that settings describe, and how we fared there so far."""

    def __init__(self, settings: MqttSettings, *, announced: bool = True) -> None:
        """`announced`: say `online` or `offline` on a retained status topic; the broker says the
        latter itself when the connection breaks."""
        self.place = settings.address.place
        self._settings = settings
        self._password = Password(settings)
        self._announced = announced
        self._up_since = float("-inf")
        self._short_lives = 0

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[aiomqtt.Client]:
        """A connection for as long as the block lasts.

        Raises:
            Unavailable: there is none, or it broke, with the reason in words.
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
        """Subscribe to a topic or a filter of topics.

        Raises:
            Unavailable: the broker refuses it.
            MqttError: as `connected` expects it.
        """
        answers = await client.subscribe(topics, qos=qos)
        if any(_code_value(answer) >= _FIRST_REFUSAL for answer in answers):
            raise Unavailable(
                f"the broker at {self.place} refused the subscription to {topics}", hopeless=True
            )

    async def announce(self, client: aiomqtt.Client, up: Callable[[], None]) -> None:
        """Say that we are there, to whoever watches the status topic and to our own supervision."""
        if self._announced:
            await client.publish(self._settings.status_topic, "online", qos=1, retain=True)
        up()
        self._up_since = time.monotonic()

    async def _say_goodbye(self, client: aiomqtt.Client) -> None:
        # A broker tells nobody of a client that leaves politely: the will stays unsaid.
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
            keyfile_password="",  # without one, OpenSSL would ask for it on the terminal, and wait
        )

    def _dropped_again(self) -> bool:
        """Whether the broker keeps letting us in and dropping us right after."""
        lived, self._up_since = time.monotonic() - self._up_since, float("-inf")
        self._short_lives = self._short_lives + 1 if lived < _SHORT_LIFE else 0
        return self._short_lives >= _MANY_SHORT_LIVES

    def _unavailable(self, problem: aiomqtt.MqttError, dropped_again: bool) -> Unavailable:
        code = _reason_code(problem)
        if code in _REFUSED_CREDENTIALS:
            who = self._settings.address.username or "a client without a user name"
            return Unavailable(
                f"the broker at {self.place} refused the user name or password of {who}"
                + self._password.hint(),
                hopeless=True,
            )
        # Older brokers drop a client that is taken over without a word.
        if code == _TAKEN_OVER or dropped_again:
            return Unavailable(
                f"the broker at {self.place} drops us for another client: is there a second one "
                f"with the client id {self._settings.client_id!r}?",
                hopeless=True,
            )
        why = re.sub(r"^\[Errno -?\d+\] ", "", str(problem))  # aiomqtt repeats the system's error
        return Unavailable(f"no connection to the broker at {self.place} ({why})")


def stream_level(topics: str) -> int | None:
    """Which level of a topic names the stream: the one at the filter's first `+`, if it has one."""
    levels = topics.split("/")
    if levels[0] == "$share":  # a shared subscription's group is not part of any topic
        levels = levels[2:]
    return levels.index("+") if "+" in levels else None


class NewestMessages(asyncio.Queue[Any]):
    """When full, forgets the oldest: what is told is a state, and the newest one counts."""

    def put_nowait(self, item: Any) -> None:
        if self.full():
            self.get_nowait()
        super().put_nowait(item)


@contextlib.contextmanager
def _closed_at_the_end(client: aiomqtt.Client) -> Iterator[None]:
    """aiomqtt leaves a connection open that the broker has accepted without greeting us."""
    try:
        yield
    finally:
        _cut(client)


def _cut(client: aiomqtt.Client) -> None:
    """End the connection without waiting for a broker that may not listen. The client notices, and
    closes what belongs to it; a connection that has ended already stays as it is."""
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
    """The reason that the broker gave, if it gave one; paho's own codes are none."""
    while problem is not None:
        if isinstance(problem, aiomqtt.MqttCodeError) and isinstance(problem.rc, ReasonCode):
            return int(problem.rc.value)
        problem = problem.__cause__
    return None


def _code_value(code: int | ReasonCode) -> int:
    return code if isinstance(code, int) else int(code.value)


_PROTOCOLS = {"5": aiomqtt.ProtocolVersion.V5, "3.1.1": aiomqtt.ProtocolVersion.V311}
