"""Which programs of this machine listen on which ports, from what the system tells without
administrator rights."""

import contextlib
import csv
import ipaddress
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

Kind = Literal["udp", "tcp"]

_TIMEOUT = 5.0
_TCP_LISTENS, _UDP_UNCONNECTED = "0A", "07"
_SOCKET = re.compile(r"socket:\[(\d+)\]")


class Listener(NamedTuple):
    """An open port of this machine."""

    kind: Kind
    host: str
    port: int
    pid: int | None = None
    """None if the system does not tell, which it does for other users' programs."""
    program: str = ""

    @property
    def who(self) -> str:
        """The program, for people."""
        if self.pid is None:
            return "another program"
        return f"{self.program or 'a program'} (process {self.pid})"

    @property
    def is_bridge(self) -> bool:
        return self.program.startswith("affect-bridge")


def listeners() -> list[Listener]:
    """Every open UDP port and listening TCP port; empty where the system does not tell."""
    with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError):
        if sys.platform == "win32":
            return from_netstat(_printed("netstat", "-ano"), _printed("tasklist", "/fo", "csv"))
        if sys.platform == "darwin":
            return from_lsof(_printed("lsof", "-nP", "-iUDP", "-iTCP", "-F", "pcPnT"))
        return _from_proc()
    return []


def at(
    found: Iterable[Listener], kind: Kind, host: str, port: int
) -> tuple[list[Listener], list[Listener]]:
    """Who has a port: those that a packet to `host` reaches, and those on other addresses."""
    same = [each for each in found if each.kind == kind and each.port == port]
    reached = [each for each in same if _reaches(each.host, host)]
    return reached, [each for each in same if each not in reached]


def from_netstat(connections: str, tasks: str) -> list[Listener]:
    """Read Windows' `netstat -ano` and `tasklist /fo csv`. Only numbers and addresses are read,
    because words are in the language of Windows."""
    programs = {
        int(row[1]): row[0]
        for row in csv.reader(tasks.splitlines())
        if len(row) > 1 and row[1].isdecimal()
    }
    found = []
    for line in connections.splitlines():
        row = line.split()
        if len(row) < 4 or not row[-1].isdecimal():
            continue
        kind = row[0].lower()
        if (kind == "tcp" and row[2] in ("0.0.0.0:0", "[::]:0")) or kind == "udp":
            host, _, port = row[1].rpartition(":")
            pid = int(row[-1])
            found.append(
                Listener(
                    "tcp" if kind == "tcp" else "udp",
                    _without_zone(host),
                    int(port),
                    pid,
                    programs.get(pid, ""),
                )
            )
    return found


def from_lsof(fields: str) -> list[Listener]:
    """Read `lsof -F pcPnT` of macOS: one field a line, each with its letter first."""
    found: list[Listener] = []
    pid, program, kind, place, state = 0, "", "", "", ""

    def add() -> None:
        wanted = kind == "UDP" or (kind == "TCP" and state == "ST=LISTEN")
        host, _, port = place.rpartition(":")
        if wanted and port.isdecimal() and "->" not in place:
            where = "::" if host == "*" else _without_zone(host)
            found.append(
                Listener("udp" if kind == "UDP" else "tcp", where, int(port), pid, program)
            )

    for line in [*fields.splitlines(), "f"]:
        letter, value = line[:1], line[1:]
        if letter in ("f", "p"):
            add()
            kind = place = state = ""
        if letter == "p":
            pid = int(value)
        elif letter == "c":
            program = value
        elif letter == "P":
            kind = value
        elif letter == "n":
            place = value
        elif letter == "T" and value.startswith("ST="):
            state = value
    return found


def _from_proc() -> list[Listener]:
    rows = [row for kind in ("udp", "tcp") for row in _proc_rows(kind)]
    owners = _owners({inode for _, inode in rows})
    return [
        each._replace(pid=owners[inode], program=_program(owners[inode]))
        if inode in owners
        else each
        for each, inode in rows
    ]


def _proc_rows(kind: Literal["udp", "tcp"]) -> Iterator[tuple[Listener, str]]:
    wanted = _TCP_LISTENS if kind == "tcp" else _UDP_UNCONNECTED
    for table in (kind, f"{kind}6"):
        with contextlib.suppress(FileNotFoundError):  # a system without IPv6
            for line in Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]:
                row = line.split()
                if row[3] == wanted:
                    host, port = row[1].split(":")
                    yield Listener(kind, _hex_host(host), int(port, 16)), row[9]


def _hex_host(text: str) -> str:
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    packed = struct.pack(f"={len(words)}I", *words)  # the kernel prints words as it stores them
    return str(ipaddress.ip_address(packed))


def _owners(inodes: set[str]) -> dict[str, int]:
    """The process of each socket, as far as this user may see."""
    found: dict[str, int] = {}
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with contextlib.suppress(OSError):
                for descriptor in (process / "fd").iterdir():
                    with contextlib.suppress(OSError):
                        socket = _SOCKET.fullmatch(str(descriptor.readlink()))
                        if socket and socket[1] in inodes:
                            found.setdefault(socket[1], int(process.name))
    return found


def _program(pid: int) -> str:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        ours = any(Path(word).name == "affect-bridge" for word in words[:3])
        if ours or "bridge" in words[1:4] or "bridge.web" in words[1:6]:
            return "affect-bridge"
        return Path(words[0]).name
    return ""


def _reaches(listening: str, host: str) -> bool:
    """Whether a packet to `host` arrives at a socket on `listening`. `::` counts for both, as
    programs usually open it for both."""
    if listening == "::":
        return True
    if listening == "0.0.0.0":  # noqa: S104 - what another program opened
        return ":" not in host
    return listening == host


def _without_zone(host: str) -> str:
    return host.strip("[]").partition("%")[0].replace("*", "0.0.0.0")  # noqa: S104


def _printed(*command: str) -> str:
    program = shutil.which(command[0])
    if program is None:
        return ""
    done = subprocess.run(  # noqa: S603 - the system's own program, found on the path
        [program, *command[1:]],
        capture_output=True,
        check=False,
        text=True,
        errors="replace",
        timeout=_TIMEOUT,
    )
    return done.stdout
