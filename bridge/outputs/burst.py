"""Many datagrams of one size with few calls, where the system can split them (Linux, UDP_SEGMENT).

One call of `send` costs about 1.4 µs in the kernel and as much again in Python. Linux 4.18 and
later take up to 64 datagrams in one piece, carry it through the network stack once and split it at
the end: .4 µs a datagram. Receivers get the same datagrams. `sendmmsg` saves the calls only, and
was no faster than `send` in C.
"""

import errno
import socket
import struct
import sys
from collections.abc import Callable

from protocols.face import Bytes, Datagram

Send = Callable[[Callable[[Datagram], int], Datagram, int], None]
"""Sends data by a call, and counts how many datagrams it has."""

_UDP_SEGMENT = 103  # linux/udp.h
_MOST = 64  # UDP_MAX_SEGMENTS
_LARGEST = 65000  # bytes of one piece: less than the largest datagram with its headers
_SIZE = struct.Struct("=H")
CANNOT_SPLIT = frozenset({errno.EINVAL, errno.EIO, errno.ENOPROTOOPT, errno.EOPNOTSUPP})
"""What Linux says where it cannot: an old kernel, IPsec, datagrams larger than the network's."""


class Burst:
    """Decides how many datagrams go with a call."""

    def __init__(self) -> None:
        self._splits = sys.platform == "linux"

    def send(self, opened: socket.socket, datagrams: Bytes, send: Send) -> None:
        """Send all datagrams.

        Args:
            opened: connected and non-blocking.
            datagrams: [datagrams, bytes], without gaps between them.
            send: called with a function that sends, its data, and how many datagrams that are. It
                handles errors, except those of `CANNOT_SPLIT`, which it raises.
        """
        count, size = datagrams.shape
        data = datagrams.reshape(-1).data
        first = 0
        while first < count:
            together = min(_MOST, _LARGEST // size, count - first) if self._splits else 1
            piece = data[first * size : (first + together) * size]
            try:
                send(_split_by(opened, size) if together > 1 else opened.send, piece, together)
            except OSError:
                if together == 1:
                    raise
                self._splits = False
            else:
                first += together


def _split_by(opened: socket.socket, size: int) -> Callable[[Datagram], int]:
    about = [(socket.IPPROTO_UDP, _UDP_SEGMENT, _SIZE.pack(size))]
    return lambda data: opened.sendmsg([data], about)
