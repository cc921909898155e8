"""Receivers by name: what each program wants, so that `--to vseeface` is enough.

What to click in each of them, what is known and what is not: `docs/receivers.md`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Receiver(NamedTuple):
    """A program at the other end."""

    scheme: str
    port: int
    settings: Mapping[str, Any] = {}
    """Defaults that differ from those of the dialect."""
    path: str = ""
    caution: str = ""
    """What its user should know, said once at the start."""


RECEIVERS: dict[str, Receiver] = {
    "vseeface": Receiver("vmc", 39539),
    "warudo": Receiver("vmc", 39539),
    "vnyan": Receiver("vmc", 39539),
    "vmagicmirror": Receiver("vmc", 39539),
    "snekstudio": Receiver("vmc", 39570),
    "evmc4u": Receiver("vmc", 39539),
    "unreal": Receiver("livelink", 11111),
    "unity": Receiver("osc", 3333),
    "godot": Receiver("vmc", 39539),
}


def filled_in(output: dict[str, Any]) -> dict[str, Any]:
    """The settings of an output with a receiver's name resolved: as the scheme of its address
    (`vseeface`, `vseeface://192.168.1.20`), or as its setting `receiver`.

    Raises:
        ValueError: no receiver is called so, or it does not speak the dialect of the address.
    """
    scheme, _, rest = output["to"].partition(":")
    named = scheme.strip().lower()
    if named in RECEIVERS:
        receiver = RECEIVERS[named]
        to = _address(receiver, rest)
        return {**receiver.settings, **output, "receiver": named, "to": to}
    named = output.get("receiver")
    if named is None:
        return output
    if named not in RECEIVERS:
        raise ValueError(f"receiver {named!r}: expected one of {', '.join(RECEIVERS)}")
    receiver = RECEIVERS[named]
    if receiver.scheme != scheme.strip().lower():
        raise ValueError(f"{named} listens to {receiver.scheme}, not to {scheme}")
    return {**receiver.settings, **output}


def _address(receiver: Receiver, rest: str) -> str:
    host, slash, path = rest.removeprefix("//").partition("/")
    if ":" not in host.rpartition("]")[2]:
        host = f"{host or '127.0.0.1'}:{receiver.port}"
    path = path if slash else receiver.path
    return f"{receiver.scheme}://{host}" + (f"/{path}" if path else "")
