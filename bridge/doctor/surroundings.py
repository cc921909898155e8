"""Hints that depend on the system, about what cannot be tried from here, such as a firewall."""

import platform
from collections.abc import Iterable
from pathlib import Path

from bridge.config.address import is_loopback
from bridge.doctor.finding import Cause, Finding, note

_CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"))


def kind_of_machine() -> str:
    """`windows`, `macos`, `wsl`, `container` or `linux`."""
    system = platform.system().lower()
    if system == "linux" and "microsoft" in platform.release().lower():
        return "wsl"
    if system == "linux" and any(mark.exists() for mark in _CONTAINERS):
        return "container"
    return {"darwin": "macos"}.get(system, system)


def same_machine(kind: str, hosts: Iterable[str]) -> list[Finding]:
    """A loopback address reaches only what runs in the same Linux, not the desktop around it."""
    if kind not in ("wsl", "container") or not any(map(is_loopback, hosts)):
        return []
    if kind == "wsl":
        return [
            note(
                Cause.SURROUNDINGS,
                "this machine",
                "the bridge runs inside WSL; 127.0.0.1 may be this Linux, not Windows",
                "to reach a program on Windows, set networkingMode=mirrored in .wslconfig, or run "
                "the bridge on Windows",
            )
        ]
    return [
        note(
            Cause.SURROUNDINGS,
            "this machine",
            "the bridge runs inside a container; 127.0.0.1 is the container, not its host",
            "start the container with host networking, or write the host's address",
        )
    ]


def firewall_between(kind: str, host: str, port: int) -> str:
    """What to look at when datagrams leave for another machine and do not arrive."""
    leaving = {
        "windows": "Windows asks once whether Python may use the network: allow it for private "
        "networks, in Windows Security > Firewall",
        "macos": "macOS asks once whether the terminal may use the local network: allow it in "
        "System Settings > Privacy & Security > Local Network",
    }.get(kind, "")
    arriving = (
        f"on {host}, allow UDP port {port} for the avatar program in the firewall (Windows "
        "Security > Firewall > Allow an app)"
    )
    return f"{arriving}; {leaving}" if leaving else arriving


def firewall_before(kind: str, port: int) -> str:
    """What to look at when datagrams of other machines do not arrive here."""
    return {
        "windows": f"allow UDP port {port} for Python in Windows Security > Firewall",
        "macos": "allow incoming connections for Python in System Settings > Network > Firewall",
    }.get(kind, f"allow UDP port {port} in the firewall, as in: sudo ufw allow {port}/udp")
