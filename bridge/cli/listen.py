"""`affect-bridge listen`: what is really sent?"""

import argparse
import errno
import json
import math
import socket
import sys
import time
from collections.abc import Callable
from datetime import datetime

from bridge.cli import MISTAKE
from bridge.config.address import parse_address
from protocols.face import DecodeError, Decoder, Received
from protocols.livelink import PORT as LIVELINK_PORT
from protocols.livelink import LiveLinkDecoder
from protocols.oscblendshapes import OscBlendshapesDecoder
from protocols.vmc import MARIONETTE_PORT, VmcDecoder

_LARGEST_DATAGRAM = 65536
_SHOWN_WEIGHTS = 6
_MOST_SENDERS = 64
_LONGEST_SUBJECT = 255

_DIALECTS: dict[str, tuple[Callable[[], Decoder], int | None]] = {
    "vmc": (VmcDecoder, MARIONETTE_PORT),
    "livelink": (LiveLinkDecoder, LIVELINK_PORT),
    "osc": (OscBlendshapesDecoder, None),
}
"""Each dialect's decoder and usual port."""


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Receive a stream as an avatar program would, and print what arrives: one line a frame, "
        "with the largest weights first. Ends with Ctrl-C."
    )
    parser.epilog = """examples:
  affect-bridge listen vmc://:39539
  affect-bridge listen livelink://:11111 --every 30
  affect-bridge listen osc://:8000 --json --count 1"""
    parser.add_argument(
        "address", metavar="URL", help=f"{', '.join(_DIALECTS)}://host:port; no host: this machine"
    )
    parser.add_argument("--json", action="store_true", help="print each frame whole, as JSON")
    parser.add_argument(
        "--every",
        type=_positive,
        default=None,
        metavar="N",
        help="print each Nth frame (default: 6, with --json 1)",
    )
    parser.add_argument("--count", type=_positive, metavar="N", help="end after printing N frames")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    try:
        scheme = options.address.split(":", 1)[0]
        default_port = _DIALECTS.get(scheme, (None, None))[1]
        address = parse_address(options.address, _DIALECTS, default_port)
    except ValueError as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    try:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        receiver = socket.socket(family, socket.SOCK_DGRAM)
        receiver.bind((address.host, address.port))
    except OSError as problem:
        print(
            f"cannot listen on UDP port {address.port} of {address.host}: {problem.strerror}",
            "(is an avatar program running? close it to listen in its place)"
            if problem.errno == errno.EADDRINUSE
            else "",
            file=sys.stderr,
        )
        return 1
    every = options.every or (1 if options.json else 6)
    show = _print_json if options.json else _print_line
    # Wake up now and then: on Windows a blocking receive does not notice Ctrl-C.
    receiver.settimeout(0.5)
    try:
        with receiver:
            print(
                f"listening for {address.scheme} on {address.place}; Ctrl-C ends", file=sys.stderr
            )
            _receive(receiver, _DIALECTS[address.scheme][0], every, options.count, show)
    except KeyboardInterrupt:
        pass
    return 0


class _Rate:
    """The frames of one sender and subject: how many, and how many a second of late."""

    def __init__(self) -> None:
        self.frames = 0
        self._since: float | None = None
        self._counted = 0
        self._per_second = 0.0

    def count(self, now: float) -> float:
        if self._since is None:
            self._since = now
        self.frames += 1
        self._counted += 1
        if now - self._since >= 1.0:
            self._per_second = (self._counted - 1) / (now - self._since)
            self._since, self._counted = now, 1
        return self._per_second


def _receive(
    receiver: socket.socket,
    new_decoder: Callable[[], Decoder],
    every: int,
    count: int | None,
    show: Callable[[Received, str, float], None],
) -> None:
    senders: dict[str, tuple[Decoder, dict[str, _Rate]]] = {}
    complained: set[str] = set()
    printed = 0
    while count is None or printed < count:
        try:
            datagram, origin = receiver.recvfrom(_LARGEST_DATAGRAM)
        except TimeoutError:
            continue
        sender = f"{origin[0]}:{origin[1]}"
        if sender not in senders and len(senders) >= _MOST_SENDERS:
            senders.clear()
        decoder, rates = senders.setdefault(sender, (new_decoder(), {}))
        try:
            received = decoder.feed(datagram)
        except DecodeError as problem:
            if sender not in complained and len(complained) < _MOST_SENDERS:
                complained.add(sender)
                print(f"{sender}: not understood: {problem}", file=sys.stderr)
            continue
        for frame in received:
            subject = str(frame.about.get("subject", ""))[:_LONGEST_SUBJECT]
            rate = rates.setdefault(subject if len(rates) < _MOST_SENDERS else "", _Rate())
            per_second = rate.count(time.monotonic())
            if (rate.frames - 1) % every == 0 and (count is None or printed < count):
                show(frame, sender, per_second)
                printed += 1


def _print_line(frame: Received, sender: str, per_second: float) -> None:
    about = " ".join(
        f"{key}={value:.2f}" if isinstance(value, float) else f"{key}={value}"
        for key, value in frame.about.items()
        if key not in {"device", "subframe", "loaded"}
    )
    largest = sorted(frame.weights.items(), key=lambda item: -abs(item[1]))[:_SHOWN_WEIGHTS]
    weights = " ".join(f"{name}={weight:.2f}" for name, weight in largest)
    now = datetime.now().strftime("%H:%M:%S.%f")[:-3]
    told = f"{sender} {per_second:5.1f}/s {len(frame.weights)} values {about}  {weights}"
    print(
        f"{now} {_printable(told)}",
        flush=True,
    )


def _print_json(frame: Received, sender: str, per_second: float) -> None:
    # JSON has no NaN and no infinity
    weights = {n: w if math.isfinite(w) else None for n, w in frame.weights.items()}
    about = {k: None if v != v else v for k, v in frame.about.items()}  # noqa: PLR0124 - NaN
    print(json.dumps({"from": sender, **about, "weights": weights}), flush=True)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected 1 or more")
    return int(text)


def _printable(text: str) -> str:
    """What a sender says must not steer the terminal."""
    return text if text.isprintable() else ascii(text)
