"""The ports that the bridge opens on this machine: whether they are free, and who has them."""

import errno
import os
import socket
from collections.abc import Iterable
from typing import NamedTuple

from bridge.config.address import host_and_port, is_loopback
from bridge.config.inputs import OscInputSection, OverlaySection
from bridge.config.settings import Settings
from bridge.doctor.finding import Cause, Finding, note, ok, problem
from bridge.doctor.listeners import Kind, Listener, at
from bridge.doctor.surroundings import firewall_before


class Port(NamedTuple):
    """A port that a configuration opens."""

    subject: str
    kind: Kind
    host: str
    port: int


def ports_of(settings: Settings) -> list[Port]:
    """The ports of the inputs, of health and of the HTTP interface. Outputs open their own while
    they are tried."""
    inputs = [
        Port(f"input {section.name}", "udp", section.address.host, section.address.port)
        for section in settings.inputs
        if isinstance(section, OscInputSection | OverlaySection)
    ]
    served = [
        Port(section.name, "tcp", section.address.host, section.address.port)
        for section in (settings.health, settings.web)
        if section is not None
    ]
    return [*inputs, *served]


def check_ports(
    ports: Iterable[Port], listening: list[Listener], machine: str, *, running: bool = False
) -> list[Finding]:
    """Open each port and close it again.

    Args:
        running: a bridge with this configuration runs, so that the ports are its own.
    """
    return [_check(port, listening, machine, running) for port in ports]


def _check(port: Port, listening: list[Listener], machine: str, running: bool) -> Finding:
    cause, place = Cause.INPUT, f"{port.kind.upper()} port {host_and_port(port.host, port.port)}"
    failure = _open(port)
    if failure is None and running:
        return problem(
            *(cause, port.subject, f"a bridge runs, but {place} is not open"),
            "restart the bridge, or reload its configuration",
        )
    if failure is not None and not _is_taken(failure):
        said = f"{place} cannot be opened: {failure.strerror or failure}"
        return problem(cause, port.subject, said, "use an address of this machine, or another port")
    reached, _ = at(listening, port.kind, port.host, port.port)
    if failure is not None and running:
        return ok(cause, port.subject, f"{place} is open; the running bridge has it")
    if failure is not None:
        return _taken(port, place, reached)
    if is_loopback(port.host) or port.host == "localhost":
        return ok(cause, port.subject, f"{place} is free")
    return note(
        *(cause, port.subject, f"{place} is free, for other machines too"),
        f"if nothing arrives from them, {firewall_before(machine, port.port)}",
    )


def _taken(port: Port, place: str, holders: list[Listener]) -> Finding:
    holder = next((each for each in holders if each.pid is not None), None)
    if holder is None:
        return problem(
            *(Cause.INPUT, port.subject, f"{place} is taken by another program"),
            "end the other program, or use another port",
        )
    if holder.is_bridge:
        return problem(
            *(Cause.INPUT, port.subject, f"{place} is taken by another bridge, {holder.who}"),
            "stop the other bridge, or give this one another port; with `health` in its "
            "configuration a running bridge can be examined",
        )
    return problem(
        *(Cause.INPUT, port.subject, f"{place} is taken by {holder.who}"),
        f"end {holder.program or 'that program'}, or use another port",
    )


def _open(port: Port) -> OSError | None:
    """Why the port cannot be opened; None if it can."""
    family = socket.AF_INET6 if ":" in port.host else socket.AF_INET
    kind = socket.SOCK_DGRAM if port.kind == "udp" else socket.SOCK_STREAM
    with socket.socket(family, kind) as attempt:
        if port.kind == "tcp" and os.name == "posix":  # elsewhere it takes others' ports away
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((port.host, port.port))
            if port.kind == "tcp":
                attempt.listen(1)
        except OSError as failure:
            return failure
    return None


def _is_taken(failure: OSError) -> bool:
    return failure.errno in (errno.EADDRINUSE, 10048)  # WSAEADDRINUSE
