"""Receivers by name: the dialect, port and settings of each program, so that `--to vseeface` works.

`docs/receivers.md` says what to click in each program, and what is known about it.
"""

import difflib
from collections.abc import Mapping
from typing import Any, NamedTuple


class Receiver(NamedTuple):
    """A program that shows the face."""

    program: str
    """Its name as its makers write it."""
    scheme: str
    """Its dialect."""
    port: int | None
    """The port it listens on; None for the usual port of the dialect."""
    caution: str
    """What its user should know. It is logged once at the start."""
    settings: Mapping[str, Any] = {}
    """Defaults that differ from those of the dialect."""
    path: str = ""


RECEIVERS: dict[str, Receiver] = {
    "vseeface": Receiver(
        "VSeeFace",
        "vmc",
        39539,
        "VSeeFace listens once you enable the VMC protocol receiver in its general settings; "
        "its expression hotkeys do nothing while received blendshapes are applied.",
    ),
    "warudo": Receiver(
        "Warudo",
        "vmc",
        39539,
        "We do not know how Warudo spells names: if the face does not move, try names=camel.",
    ),
    "vnyan": Receiver(
        "VNyan",
        "vmc",
        39539,
        "VNyan adds up what it gets over VMC and from ARKit tracking: use only one of them.",
    ),
    "vmagicmirror": Receiver(
        "VMagicMirror",
        "vmc",
        39539,
        "VMagicMirror considers the connection lost after half a second without a frame, and turns "
        "perfect sync off when it gets fewer than 26 of the 52 names.",
    ),
    "snekstudio": Receiver(
        "SnekStudio",
        "vmc",
        39570,
        "Enable the VMC receiver in SnekStudio; it accepts packets only from its own machine "
        "until you change its IP address.",
    ),
    "evmc4u": Receiver(
        "EVMC4U in Unity",
        "vmc",
        39539,
        "EVMC4U needs a uOSC server next to its ExternalReceiver; it ignores upper and lower case "
        "in names.",
    ),
    "unreal": Receiver(
        "Unreal Engine",
        "livelink",
        11111,
        "Unreal receives this through its ARKit face source; the newer Live Link Face source of "
        "Unreal 5.6 for MetaHumans uses another protocol.",
    ),
    "unity": Receiver(
        "Unity with uOSC",
        "osc",
        3333,
        "Unity gets plain OSC, one float for each blendshape at /blendshape/{name}; for a VRM "
        "avatar use EVMC4U and --to evmc4u.",
    ),
    "vtube-studio": Receiver(
        "VTube Studio",
        "vtube-studio",
        None,
        "Allow plugins in VTube Studio and accept its question about this one; the face replaces "
        "its tracking unless you set parameters=custom and choose the custom parameters as inputs "
        "of your model.",
    ),
    "vbridger": Receiver(
        "VBridger",
        "vts-phone",
        21412,
        "In VBridger enter 127.0.0.1 as the address of a phone with VTube Studio; for VBridger on "
        "another machine use --to vbridger://0.0.0.0.",
    ),
    "vrchat": Receiver(
        "VRChat",
        "vrchat",
        9000,
        "Enable OSC in the Action Menu of VRChat; your avatar needs the parameters of "
        "VRCFaceTracking, and VRCFaceTracking must not send at the same time.",
    ),
    "resonite": Receiver(
        "Resonite with VRCFTReceiver",
        "vrchat",
        9000,
        "Resonite receives this through the mod VRCFTReceiver on port 9000; next to VRChat set the "
        "mod to another port, such as 9003.",
        settings={"listen": "off"},
    ),
    "godot": Receiver(
        "Godot XR VMC Tracker",
        "vmc",
        39539,
        "Godot's tracker knows 50 of the 52 names, in PascalCase; it ignores MouthLeft and "
        "MouthRight.",
    ),
}


def filled_in(output: dict[str, Any]) -> dict[str, Any]:
    """The settings of an output with the defaults of its receiver filled in. The receiver is the
    scheme of the address (`vseeface`, `vseeface://192.168.1.20`) or the setting `receiver`. The
    user's settings win over the defaults of the receiver.

    Raises:
        ValueError: no receiver has this name, or it does not use the dialect of the address.
    """
    written, colon, rest = output["to"].strip().partition(":")
    scheme = written.lower()
    name = _name(scheme, output.get("receiver"))
    if name is None:
        return output
    receiver = RECEIVERS[name]
    if scheme not in (name, receiver.scheme):
        raise ValueError(
            f"the receiver {name} needs an address that starts with {name}:// or "
            f"{receiver.scheme}://, not {scheme}://"
        )
    if colon and not rest.startswith("//"):
        raise ValueError(f"{output['to']}: expected {written}://host:port, or {written} alone")
    # A VMC assistant has another port, which the dialect knows.
    port = None if output.get("role") == "assistant" else receiver.port
    to = _address(receiver, rest.removeprefix("//"), port)
    return {**receiver.settings, **output, "receiver": name, "to": to}


def _name(scheme: str, given: Any) -> str | None:
    """The name of the receiver, if there is one."""
    if given is None:
        return scheme if scheme in RECEIVERS else None
    name = str(given).strip().lower()
    if name not in RECEIVERS:
        near = difflib.get_close_matches(name, RECEIVERS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"receiver {given!r}: expected one of {', '.join(RECEIVERS)}{hint}")
    return name


def _address(receiver: Receiver, rest: str, port: int | None) -> str:
    """The address in the receiver's dialect, made from the part after `//`. `port` is used when
    that part has none."""
    place, slash, path = rest.partition("/")
    place = place.removesuffix(":")
    if port is not None and ":" not in place.rpartition("]")[2]:  # an IPv6 host has brackets
        place = f"{place or '127.0.0.1'}:{port}"
    path = path if slash else receiver.path
    place += f"/{path}" if path else ""
    return f"{receiver.scheme}://{place}" if place else receiver.scheme
