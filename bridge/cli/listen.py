"""`affect-bridge listen`: receive a face as an avatar program would, and print it."""

import argparse
import errno
import ipaddress
import json
import math
import sys
import time
from collections.abc import Callable
from datetime import datetime

from bridge.cli import MISTAKE
from bridge.config import vtube_studio
from bridge.config.address import Address, Endpoint, parse_address
from bridge.config.mqtt import SCHEMES as MQTT_SCHEMES
from bridge.config.mqtt import usual_port as mqtt_port
from bridge.config.receivers import RECEIVERS, filled_in
from bridge.receiving import udp
from bridge.supervision.supervised import Unavailable
from protocols.dialects import DIALECTS
from protocols.face import DecodeError, Received
from protocols.vtubestudio.messages import PORT as VTUBE_STUDIO_PORT

_SHOWN_WEIGHTS = 6
_MOST_SENDERS = 64
_LONGEST_SUBJECT = 255

_SCHEMES = (*DIALECTS, vtube_studio.SCHEME, *MQTT_SCHEMES)

Show = Callable[[Received, str, float], None]


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Receive a face as an avatar program would, and print it: one line a frame, the largest "
        "weights first. Press Ctrl-C to stop."
    )
    parser.epilog = """examples:
  affect-bridge listen vmc://:39539
  affect-bridge listen vseeface
  affect-bridge listen livelink://:11111 --every 30
  affect-bridge listen osc://:8000 --json --count 1
  affect-bridge listen vtube-studio://:8001
  affect-bridge listen mqtt://localhost/affect/+/blendshapes"""
    parser.add_argument(
        "address",
        metavar="URL",
        help=f"{', '.join(_SCHEMES)}://host:port, or the name of a program to listen in its "
        "place; without a host: this machine",
    )
    parser.add_argument(
        "--interface",
        type=_own_address,
        default="0.0.0.0",  # noqa: S104 - the system chooses
        metavar="IP",
        help="for a multicast group: the IPv4 address of this machine in the network to receive "
        "from",
    )
    parser.add_argument("--json", action="store_true", help="print each whole frame as JSON")
    parser.add_argument(
        "--every",
        type=_positive,
        default=None,
        metavar="N",
        help="print every Nth frame (default: 6; with --json 1)",
    )
    parser.add_argument("--count", type=_positive, metavar="N", help="stop after printing N frames")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    try:
        address = _address(options.address)
    except ValueError as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    every = options.every or (1 if options.json else 6)
    printer = _Printer(every, options.count, _print_json if options.json else _print_line)
    try:
        if address.scheme in MQTT_SCHEMES:
            return _subscribe(options.address, printer)
        return _listen(address, options.interface, printer)
    except KeyboardInterrupt:
        return 0


def _address(text: str) -> Address:
    """The address to listen on. The name of a program stands for the address we would send to."""
    if _scheme(text) in RECEIVERS:
        text = filled_in({"to": text})["to"]
    scheme = _scheme(text)
    port = DIALECTS[scheme].port if scheme in DIALECTS else None
    if scheme == vtube_studio.SCHEME:
        port = VTUBE_STUDIO_PORT
    if scheme in MQTT_SCHEMES:
        port = mqtt_port(text)
    return parse_address(text, _SCHEMES, port({}) if callable(port) else port)


def _scheme(text: str) -> str:
    return text.split(":", 1)[0].strip().lower()


def _listen(address: Address, interface: str, printer: "_Printer") -> int:
    if address.scheme == vtube_studio.SCHEME:
        return _play_vtube_studio(address, printer)
    dialect = DIALECTS[address.scheme]
    phone = None if dialect.asking is None else Endpoint(address.host, address.port)
    here = Endpoint(address.host, address.port) if phone is None else _any_port(address.host)
    try:
        receiver = udp.bound(here, interface)
    except OSError as problem:
        return _cannot_listen(f"UDP port {here.port} of {here.host}", problem)
    with receiver:
        if phone is None:
            _announce(f"listening for {address.scheme} on {address.place}")
            udp.receive(receiver, dialect, printer.hear, printer.doubt)
        else:
            _announce(f"asking {address.place} for {address.scheme}")
            try:
                udp.ask_and_receive(receiver, phone, dialect, printer.hear, printer.doubt)
            except OSError as problem:
                print(f"cannot send to {address.place}: {problem.strerror}", file=sys.stderr)
                return 1
    return 0


def _play_vtube_studio(address: Address, printer: "_Printer") -> int:
    from bridge.receiving import websocket  # noqa: PLC0415 - the other dialects need no aiohttp

    place = Endpoint(address.host, address.port)
    announced = f"waiting for plugins of VTube Studio on {address.place}"
    try:
        websocket.receive(place, printer.hear, printer.doubt, lambda: _announce(announced))
    except OSError as problem:
        return _cannot_listen(f"TCP port {place.port} of {place.host}", problem)
    return 0


def _subscribe(address: str, printer: "_Printer") -> int:
    from bridge.receiving import mqtt  # noqa: PLC0415 - the other dialects need no aiomqtt

    try:
        settings = mqtt.subscription(address)
    except ValueError as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    found = settings.address
    announced = f"listening for {found.path} at the broker {found.place}"
    try:
        mqtt.receive(settings, printer.hear, printer.doubt, lambda: _announce(announced))
    except Unavailable as problem:
        print(f"cannot listen: {problem}", file=sys.stderr)
        return 1
    return 0


def _cannot_listen(where: str, problem: OSError) -> int:
    taken = problem.errno == errno.EADDRINUSE
    hint = " (close the avatar program that uses it)" if taken else ""
    print(f"cannot listen on {where}: {problem.strerror or problem}{hint}", file=sys.stderr)
    return 1


def _any_port(target: str) -> Endpoint:
    """A port where a phone at `target` can answer."""
    return Endpoint("::" if ":" in target else "0.0.0.0", 0)  # noqa: S104 - it may be anywhere


def _announce(what: str) -> None:
    print(f"{what}; press Ctrl-C to stop", file=sys.stderr)


class _Rate:
    """Counts the frames of one sender and subject, in total and per second."""

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


class _Printer:
    """Prints every Nth frame of each sender and subject, and the first mistake of each sender."""

    def __init__(self, every: int, count: int | None, show: Show) -> None:
        self._every, self._count, self._show = every, count, show
        self._printed = 0
        self._rates: dict[str, dict[str, _Rate]] = {}
        self._complained: set[str] = set()

    def hear(self, sender: str, frame: Received) -> bool:
        """Count a frame and perhaps print it. Returns whether more frames are wanted."""
        if sender not in self._rates and len(self._rates) >= _MOST_SENDERS:
            self._rates.clear()
        rates = self._rates.setdefault(sender, {})
        subject = str(frame.about.get("subject", ""))[:_LONGEST_SUBJECT]
        rate = rates.setdefault(subject if len(rates) < _MOST_SENDERS else "", _Rate())
        per_second = rate.count(time.monotonic())
        if (rate.frames - 1) % self._every == 0:
            self._show(frame, sender, per_second)
            self._printed += 1
        return self._count is None or self._printed < self._count

    def doubt(self, sender: str, problem: DecodeError) -> None:
        if sender not in self._complained and len(self._complained) < _MOST_SENDERS:
            self._complained.add(sender)
            print(f"{sender}: not understood: {problem}", file=sys.stderr)


def _print_line(frame: Received, sender: str, per_second: float) -> None:
    about = " ".join(
        f"{key}={value:.2f}" if isinstance(value, float) else f"{key}={value}"
        for key, value in frame.about.items()
        if key not in {"device", "subframe", "loaded"}
    )
    largest = sorted(frame.weights.items(), key=lambda item: -abs(item[1]))[:_SHOWN_WEIGHTS]
    weights = " ".join(f"{name}={weight:.2f}" for name, weight in largest)
    now = datetime.now().strftime("%H:%M:%S.%f")[:-3]
    line = f"{sender} {per_second:5.1f}/s {len(frame.weights)} values {about}  {weights}"
    print(f"{now} {_printable(line)}", flush=True)


def _print_json(frame: Received, sender: str, per_second: float) -> None:
    # JSON has no NaN and no infinity
    weights = {n: w if math.isfinite(w) else None for n, w in frame.weights.items()}
    about = {
        k: None if isinstance(v, float) and not math.isfinite(v) else v
        for k, v in frame.about.items()
    }
    print(json.dumps({"from": sender, **about, "weights": weights}), flush=True)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number of 1 or more")
    return int(text)


def _own_address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: expected an IPv4 address") from None


def _printable(text: str) -> str:
    """What a sender says must not steer the terminal."""
    return text if text.isprintable() else ascii(text)
