"""Why a datagram could not be sent, in words for people."""

import errno

NO_ROOM = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS})
"""More is sent than the network takes. The next datagram may find room, so this is no trouble of
the receiver's."""

_WORDS = {
    errno.EMSGSIZE: "a datagram is too long: 65507 bytes at most, in some networks fewer",
    errno.ENETUNREACH: "network unreachable: no network of this machine leads there",
    errno.EHOSTUNREACH: "host unreachable: no way leads there, or nobody has that address",
    errno.ENETDOWN: "the network is down",
    errno.EPERM: "not permitted: most likely a firewall of this machine forbids it",
    errno.EACCES: "permission denied: a broadcast address is sent to only when asked for, with "
    "reach: broadcast; other addresses a firewall may forbid",
    errno.EADDRNOTAVAIL: "this machine does not have the address to send from, or not any more",
}


def in_words(problem: OSError) -> str:
    """What the system said, and what to make of it; its own words where we know no better."""
    return _WORDS.get(problem.errno or 0) or problem.strerror or str(problem)
