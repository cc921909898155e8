"""The kernel's filter that systemd uses for RestrictAddressFamilies=, for a process in a test."""

import ctypes
import errno
import platform
import socket
import struct
import sys
from collections.abc import Iterable

SYSCALL_SOCKET = {"x86_64": 41, "aarch64": 198}.get(platform.machine())
AVAILABLE = sys.platform.startswith("linux") and SYSCALL_SOCKET is not None

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_PR_SET_NO_NEW_PRIVS = 38
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER, _FIRST_ARGUMENT = 0, 16  # offsets in struct seccomp_data
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000


def allow_only(names: Iterable[str]) -> None:
    """From now on, this process can only open sockets of the address families with these names."""
    families = [int(getattr(socket, name)) for name in names]
    steps = [
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_IF_EQUAL, 0, len(families) + 2, SYSCALL_SOCKET),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        *((_JUMP_IF_EQUAL, len(families) - i, 0, family) for i, family in enumerate(families)),
        (_RETURN, 0, 0, _ERROR | errno.EAFNOSUPPORT),
        (_RETURN, 0, 0, _ALLOW),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    described = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program))
    )
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in (
        (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, described, 0, 0),
    ):
        if libc.prctl(*arguments):
            raise OSError(ctypes.get_errno(), "prctl")
