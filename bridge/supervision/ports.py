"""Why a port cannot be opened, for people."""

import errno

_TAKEN_ON_WINDOWS = 10048
"""WSAEADDRINUSE."""


def why_no_port(host: str, port: int, problem: OSError) -> str:
    """What is wrong with a TCP port to listen on."""
    where = f"TCP port {port} on {host}"
    if problem.errno in {errno.EADDRINUSE, _TAKEN_ON_WINDOWS}:
        return f"{where} is already taken by another program"
    return f"cannot listen on {where}: {problem.strerror or problem}"
