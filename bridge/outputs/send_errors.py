"""Why a datagram could not be sent, as text for people."""

import errno

NO_ROOM = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS})
"""The send buffer is full. The next datagram may fit, so the receiver is not at fault."""

_WORDS = {
    errno.EMSGSIZE: "the datagram is too long: at most 65507 bytes, less in some networks",
    errno.ENETUNREACH: "network unreachable: this machine has no route to it",
    errno.EHOSTUNREACH: "host unreachable: there is no route to it, or no machine has that address",
    errno.ENETDOWN: "the network is down",
    errno.EPERM: "not permitted: probably blocked by a firewall on this machine",
    errno.EACCES: "permission denied: a broadcast address needs reach: broadcast; any other "
    "address may be blocked by a firewall",
    errno.EADDRNOTAVAIL: "this machine does not have the address to send from",
}


def in_words(problem: OSError) -> str:
    """The error as text for people; the system's own text where there is nothing better."""
    return _WORDS.get(problem.errno or 0) or problem.strerror or str(problem)
