"""Why a port cannot be opened."""

import errno
import socket

from bridge.supervision.ports import why_no_port


def test_a_port_that_another_program_has_is_said_to_be_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        try:
            socket.create_server(("127.0.0.1", port))
        except OSError as problem:
            why = why_no_port("127.0.0.1", port, problem)
    assert why == f"TCP port {port} on 127.0.0.1 is already taken by another program"


def test_any_other_reason_is_the_system_s():
    why = why_no_port("0.0.0.0", 80, PermissionError(errno.EACCES, "Permission denied"))
    assert why == "cannot listen on TCP port 80 on 0.0.0.0: Permission denied"
