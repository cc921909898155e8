"""Feelings by MQTT 5 (or 3.1.1), from a broker that may come and go."""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode

from bridge.config.inputs import MqttSection
from bridge.inputs.source import Source
from bridge.mixer import Mailbox
from bridge.supervision import Unavailable
from bridge.update import MAIN_STREAM

_REFUSED_CREDENTIALS = frozenset({134, 135})  # bad user name or password, not authorised
_TAKEN_OVER = 142  # another client connected with the same id
_FIRST_REFUSAL = 128
_MOST_WAITING = 1024
_SHORT_LIFE = 10.0  # seconds
_MANY_SHORT_LIVES = 3
_GOODBYE_TIMEOUT = 0.5

# paho logs every broken socket in its own words; this file says it once, in ours.
_quiet = logging.getLogger(f"{__name__}.paho")
_quiet.setLevel(logging.CRITICAL)


class MqttInput(Source):
    """One subscription at one broker. Says `online` or `offline` on a retained status topic."""

    def __init__(self, name: str, mailbox: Mailbox, settings: MqttSection) -> None:
        super().__init__(name, mailbox)
        self._settings = settings
        self._address = settings.address
        self._up_since = float("-inf")
        self._short_lives = 0
        self._status_topic = f"affect-bridge/{settings.client_id}/status"
        levels = self._address.path.split("/")
        if levels[0] == "$share":  # a shared subscription's group is not part of any topic
            levels = levels[2:]
        self._stream_level = levels.index("+") if "+" in levels else None

    async def run(self, up: Callable[[], None]) -> None:
        try:
            async with self._connected() as client:
                answers = await client.subscribe(self._address.path, qos=self._settings.qos)
                if any(_code_value(answer) >= _FIRST_REFUSAL for answer in answers):
                    raise Unavailable(
                        f"the broker at {self._address.place} refused the subscription to "
                        f"{self._address.path}",
                        hopeless=True,
                    )
                await client.publish(self._status_topic, "online", qos=1, retain=True)
                up()
                self._up_since = time.monotonic()
                async for message in client.messages:
                    self.hear_message(message.topic.value, message.payload)
        except aiomqtt.MqttError as problem:
            raise self._unavailable(problem, self._dropped_again()) from problem

    def _dropped_again(self) -> bool:
        """Whether the broker keeps letting us in and dropping us right after."""
        lived, self._up_since = time.monotonic() - self._up_since, float("-inf")
        self._short_lives = self._short_lives + 1 if lived < _SHORT_LIFE else 0
        return self._short_lives >= _MANY_SHORT_LIVES

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiomqtt.Client]:
        settings, address = self._settings, self._address
        async with aiomqtt.Client(
            address.host,
            address.port,
            username=address.username,
            password=self._password(),
            identifier=settings.client_id,
            protocol=_PROTOCOLS[settings.version],
            keepalive=settings.keep_alive,
            tls_params=self._tls(),
            will=aiomqtt.Will(self._status_topic, "offline", qos=1, retain=True),
            queue_type=_NewestMessages,
            max_queued_incoming_messages=_MOST_WAITING,
            timeout=5,
            logger=_quiet,
        ) as client:
            try:
                yield client
            except aiomqtt.MqttError:
                raise
            except BaseException:
                # A broker tells nobody of a client that leaves politely: the will stays unsaid.
                with contextlib.suppress(aiomqtt.MqttError):
                    await client.publish(
                        self._status_topic, "offline", qos=1, retain=True, timeout=_GOODBYE_TIMEOUT
                    )
                raise

    def hear_message(self, topic: str, payload: object) -> None:
        """Understand one message; the topic's level at the filter's `+` names the stream."""
        stream = MAIN_STREAM
        if self._stream_level is not None:
            stream = topic.split("/")[self._stream_level]
        if not payload:  # how a retained message is deleted; it says nothing
            return
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(payload)
        self.hear_text(text, stream=stream, sender=topic)

    def _password(self) -> str | None:
        """Read anew for each connection, so that a changed secret needs no restart."""
        settings = self._settings
        if settings.password_file is not None:
            try:
                return settings.password_file.read_text(encoding="utf-8").rstrip("\r\n")
            except OSError as problem:
                raise Unavailable(f"the password file cannot be read: {problem}") from problem
        if self._address.username is not None:
            return os.environ.get(settings.password_env)
        return None

    def _no_password(self) -> str:
        settings = self._settings
        if settings.password_file is not None or settings.password_env in os.environ:
            return ""
        return f" (the environment variable {settings.password_env} is not set)"

    def _tls(self) -> aiomqtt.TLSParameters | None:
        if self._address.scheme != "mqtts":
            return None
        settings = self._settings
        return aiomqtt.TLSParameters(
            ca_certs=_text(settings.tls_ca),
            certfile=_text(settings.tls_certificate),
            keyfile=_text(settings.tls_key),
        )

    def _unavailable(self, problem: aiomqtt.MqttError, dropped_again: bool) -> Unavailable:
        place = self._address.place
        code = _reason_code(problem)
        if code in _REFUSED_CREDENTIALS:
            who = self._address.username or "a client without a user name"
            return Unavailable(
                f"the broker at {place} refused the user name or password of {who}"
                + self._no_password(),
                hopeless=True,
            )
        # Older brokers drop a client that is taken over without a word.
        if code == _TAKEN_OVER or dropped_again:
            return Unavailable(
                f"the broker at {place} drops us for another client: is there a second one "
                f"with the client id {self._settings.client_id!r}?",
                hopeless=True,
            )
        return Unavailable(f"no connection to the broker at {place} ({problem})")


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _reason_code(problem: BaseException | None) -> int | None:
    while problem is not None:
        if isinstance(problem, aiomqtt.MqttCodeError):
            return None if problem.rc is None else _code_value(problem.rc)
        problem = problem.__cause__
    return None


def _code_value(code: int | ReasonCode) -> int:
    return code if isinstance(code, int) else int(code.value)


class _NewestMessages(asyncio.Queue[Any]):
    """When full, forgets the oldest: a feeling is a state, and the newest one counts."""

    def put_nowait(self, item: Any) -> None:
        if self.full():
            self.get_nowait()
        super().put_nowait(item)


_PROTOCOLS = {"5": aiomqtt.ProtocolVersion.V5, "3.1.1": aiomqtt.ProtocolVersion.V311}
