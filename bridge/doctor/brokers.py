"""Looks at an MQTT broker or a NATS server one step at a time: its name, its TCP port, then TLS,
login and subscription with the bridge's own client."""

import asyncio
import contextlib
import socket
from typing import TypeVar

from bridge.config.inputs import MqttSection
from bridge.config.login import LoginSettings
from bridge.config.mqtt import MqttSettings
from bridge.config.nats import NatsSettings
from bridge.config.nats_input import NatsInputSection
from bridge.doctor.finding import Cause, Finding, ok, problem
from bridge.doctor.listeners import Listener, at
from bridge.mqtt.broker import Broker
from bridge.nats.server import Server
from bridge.supervision.supervised import Unavailable

AnySettings = TypeVar("AnySettings", bound=MqttSettings)

_TIMEOUT = 5.0
_START = "check that the broker runs and that the address is right"


def as_another_client(settings: AnySettings, broker: Broker | None = None) -> AnySettings:
    """The same settings with another client id. Brokers drop the older of two clients with the
    same id, which may be a bridge that runs.

    Args:
        broker: one that was used before; its version need not be found out again, which takes
            seconds at brokers that do not answer a newer one.
    """
    changed = {"client_id": f"{settings.client_id}-doctor"}
    if broker is not None:
        changed["version"] = "5" if broker.marks_retained else "3.1.1"
    return settings.model_copy(update=changed)


async def check_broker(
    subject: str, settings: MqttSettings, listening: list[Listener]
) -> tuple[list[Finding], Broker | None]:
    """Try to use a broker as the bridge would. The first step that fails ends the check.

    Returns the findings, and the broker if every step worked.

    Args:
        settings: of an input or an output; an input's topic is subscribed to.
        listening: the open ports of this machine.
    """
    found, reachable = await _check_port(
        subject, settings.address.host, settings.address.port, listening
    )
    if not reachable:
        return found, None
    broker = Broker(as_another_client(settings), announced=False)
    try:
        async with broker.connected() as client:
            if isinstance(settings, MqttSection):
                for topics in settings.subscriptions:
                    await broker.subscribe(client, topics, settings.qos)
    except Unavailable as failure:
        cure = "change the address or the login"
        return [*found, _failed(subject, str(failure), cure)], None
    found.append(ok(Cause.BROKER, subject, f"{_entry(settings)}: accepted"))
    if isinstance(settings, MqttSection):
        found.append(
            ok(
                Cause.BROKER,
                subject,
                f"subscription to {', '.join(settings.subscriptions)}: accepted",
            )
        )
    return found, broker


async def check_server(
    subject: str, settings: NatsSettings, listening: list[Listener]
) -> tuple[list[Finding], bool]:
    """Try to use a NATS server as the bridge would, and the others of its cluster. The first step
    that fails ends the check of a server. Returns the findings, and whether one lets the bridge in.
    """
    found: list[Finding] = []
    let_in = False
    for endpoint in settings.endpoints:
        checks, reachable = await _check_port(subject, *endpoint, listening)
        found += checks
        if not reachable:
            continue
        server = Server(settings, [endpoint])
        try:
            async with server.connected() as connection:
                if isinstance(settings, NatsInputSection):
                    await server.subscribe(connection, settings.subscriptions, _ignore)
        except Unavailable as failure:
            found.append(_failed(subject, str(failure), "correct what this message names"))
            continue
        let_in = True
        found.append(ok(Cause.BROKER, subject, f"{_entry(settings)}: accepted"))
        if isinstance(settings, NatsInputSection):
            wanted = ", ".join(settings.subscriptions)
            found.append(ok(Cause.BROKER, subject, f"subscription to {wanted}: accepted"))
    return found, let_in


async def _ignore(message: object) -> None:
    pass


def _entry(settings: LoginSettings) -> str:
    return "TLS and login" if settings.secure else "login"


async def forget_status(settings: MqttSettings) -> None:
    """Remove the status that a client of the doctor left at the broker."""
    broker = Broker(settings, announced=False)
    with contextlib.suppress(Unavailable):
        async with broker.connected() as client:
            await client.publish(settings.status_topic, b"", qos=1, retain=True)


async def _check_port(
    subject: str, host: str, port: int, listening: list[Listener]
) -> tuple[list[Finding], bool]:
    """Look for a host by its name, and connect to a port of it. Returns the findings, and whether
    the port is open."""
    try:
        addresses = await _addresses(host, port)
    except (OSError, UnicodeError) as failure:
        said = f"no machine has the name {host} ({_why(failure)})"
        return [_failed(subject, said, _name(host))], False
    found = [ok(Cause.BROKER, subject, f"name: {host} is {', '.join(addresses)}")]
    refusals = [(place, why) for place in addresses if (why := await _tcp(place, port))]
    if len(refusals) == len(addresses):
        why = "; ".join(f"{place} {why}" for place, why in refusals)
        said = f"cannot connect to TCP port {port}: {why}"
        return [*found, _failed(subject, said, _where_else(host, port, listening))], False
    return [*found, ok(Cause.BROKER, subject, f"TCP: port {port} is open")], True


async def _addresses(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    entries = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in entries))


async def _tcp(host: str, port: int) -> str:
    """Why no connection can be made; empty if one can."""
    try:
        async with asyncio.timeout(_TIMEOUT):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return f"did not answer within {_TIMEOUT:.0f} s"
    except ConnectionRefusedError:
        return "refused it"
    except OSError as failure:
        return _why(failure)
    writer.transport.abort()
    return ""


def _where_else(host: str, port: int, listening: list[Listener]) -> str:
    """What to do when the port is closed."""
    _, elsewhere = at(listening, "tcp", host, port)
    if elsewhere and host in ("localhost", "127.0.0.1", "::1"):
        there = elsewhere[0]
        shown = f"[{there.host}]" if ":" in there.host else there.host
        return f"{there.who} listens on {shown}:{port}; write {shown} in place of {host}"
    return _START


def _name(host: str) -> str:
    if host.endswith(".local"):
        return f"write the IP address in place of {host}, or check that mDNS works in this network"
    return f"check the spelling of {host}, or write the IP address"


def _failed(subject: str, said: str, cure: str) -> Finding:
    return problem(Cause.BROKER, subject, said, cure)


def _why(failure: Exception) -> str:
    return getattr(failure, "strerror", None) or str(failure)
