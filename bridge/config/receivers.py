"""Receivers by name: what each program wants, so that `--to vseeface` is enough.

What to click in each of them, what is known and what is not: `docs/receivers.md`.
"""

import difflib
from collections.abc import Mapping
from typing import Any, NamedTuple


class Receiver(NamedTuple):
    """A program at the other end."""

    program: str
    """Its name as its makers write it."""
    scheme: str
    """The dialect it is spoken to in."""
    port: int | None
    """Where it listens; None where the dialect knows better."""
    caution: str
    """What its user should know, in one sentence, said once at the start."""
    settings: Mapping[str, Any] = {}
    """Defaults that differ from those of the dialect."""
    path: str = ""


RECEIVERS: dict[str, Receiver] = {
    "vseeface": Receiver(
        "VSeeFace",
        "vmc",
        39539,
        "VSeeFace listens once the VMC protocol receiver is enabled in its general settings, and "
        "its expression hotkeys rest while received blendshapes are applied.",
    ),
    "warudo": Receiver(
        "Warudo",
        "vmc",
        39539,
        "Warudo's rule for spelling names is not established: if the face stays still, try "
        "names=camel.",
    ),
    "vnyan": Receiver(
        "VNyan",
        "vmc",
        39539,
        "VNyan adds up what arrives as VMC and as ARKit tracking: feed it over one of them only.",
    ),
    "vmagicmirror": Receiver(
        "VMagicMirror",
        "vmc",
        39539,
        "VMagicMirror takes half a second without a frame for the end of the connection, and "
        "perfect sync for absent where it is sent fewer than 26 of the 52 names.",
    ),
    "snekstudio": Receiver(
        "SnekStudio",
        "vmc",
        39570,
        "SnekStudio's VMC receiver is off until it is enabled, and hears only its own machine "
        "until its IP address is changed.",
    ),
    "evmc4u": Receiver(
        "EVMC4U in Unity",
        "vmc",
        39539,
        "EVMC4U needs a uOSC server beside its ExternalReceiver, and takes names in any case.",
    ),
    "unreal": Receiver(
        "Unreal Engine",
        "livelink",
        11111,
        "Unreal hears this through its ARKit face source; the newer Live Link Face source of "
        "Unreal 5.6 for MetaHumans speaks another protocol.",
    ),
    "unity": Receiver(
        "Unity with uOSC",
        "osc",
        3333,
        "Unity gets plain OSC here, one float for each shape at /blendshape/{name}; for a VRM "
        "avatar use EVMC4U and --to evmc4u.",
    ),
    "vtube-studio": Receiver(
        "VTube Studio",
        "vtube-studio",
        None,
        "VTube Studio must allow plugins to use its API and asks its user once about this one, and "
        "a model moves when the custom parameters are chosen as its inputs, or with "
        "parameters=default.",
    ),
    "vbridger": Receiver(
        "VBridger",
        "vts-phone",
        21412,
        "VBridger takes this for a phone with VTube Studio at 127.0.0.1 and has to ask it for "
        "faces; other machines can ask only at vbridger://0.0.0.0.",
    ),
    "vrchat": Receiver(
        "VRChat",
        "vrchat",
        9000,
        "VRChat hears OSC once it is enabled in the Action Menu, and moves avatars that have the "
        "parameters of VRCFaceTracking, which must not send to it at the same time.",
    ),
    "resonite": Receiver(
        "Resonite with VRCFTReceiver",
        "vrchat",
        9000,
        "Resonite hears this through the mod VRCFTReceiver, whose port is 9000 unless it is set to "
        "another, such as 9003 beside VRChat.",
        settings={"listen": "off"},
    ),
    "godot": Receiver(
        "Godot XR VMC Tracker",
        "vmc",
        39539,
        "Godot's tracker knows 50 of the 52 names, exactly in PascalCase: MouthLeft and "
        "MouthRight do not arrive.",
    ),
}


def filled_in(output: dict[str, Any]) -> dict[str, Any]:
    """The settings of an output with its receiver resolved, if one is named: as the scheme of the
    address (`vseeface`, `vseeface://192.168.1.20`), or as its setting `receiver`. What the user
    says wins over what the receiver is known to want.

    Raises:
        ValueError: no receiver is called so, or it does not speak the dialect of the address.
    """
    written, colon, rest = output["to"].strip().partition(":")
    scheme = written.lower()
    name = _name(scheme, output.get("receiver"))
    if name is None:
        return output
    receiver = RECEIVERS[name]
    if scheme not in (name, receiver.scheme):
        raise ValueError(
            f"the receiver {name} has addresses of {name}:// or {receiver.scheme}://, "
            f"not of {scheme}://"
        )
    if colon and not rest.startswith("//"):
        raise ValueError(f"{output['to']}: expected {written}://host:port, or {written} alone")
    # An assistant is listened for elsewhere, which the dialect knows.
    port = None if output.get("role") == "assistant" else receiver.port
    to = _address(receiver, rest.removeprefix("//"), port)
    return {**receiver.settings, **output, "receiver": name, "to": to}


def _name(scheme: str, said: Any) -> str | None:
    """The receiver that is meant, if any."""
    if said is None:
        return scheme if scheme in RECEIVERS else None
    name = str(said).strip().lower()
    if name not in RECEIVERS:
        near = difflib.get_close_matches(name, RECEIVERS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"receiver {said!r}: expected one of {', '.join(RECEIVERS)}{hint}")
    return name


def _address(receiver: Receiver, rest: str, port: int | None) -> str:
    """The address in the receiver's dialect, from what stands after `//`, with `port` where there
    is none."""
    place, slash, path = rest.partition("/")
    place = place.removesuffix(":")
    if port is not None and ":" not in place.rpartition("]")[2]:  # an IPv6 host has brackets
        place = f"{place or '127.0.0.1'}:{port}"
    path = path if slash else receiver.path
    place += f"/{path}" if path else ""
    return f"{receiver.scheme}://{place}" if place else receiver.scheme
