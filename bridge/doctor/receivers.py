"""What a smile that was sent says about the program that should show it."""

from collections.abc import Sequence

from bridge.config.address import is_loopback
from bridge.config.face_payload import FacePayloadSettings
from bridge.config.output_section import OutputSection
from bridge.config.receivers import RECEIVERS
from bridge.config.vtube_studio import SCHEME as VTUBE_STUDIO
from bridge.doctor.finding import Cause, Finding, Verdict, note, ok, problem
from bridge.doctor.listeners import Listener, at
from bridge.doctor.smile import Sent
from bridge.doctor.surroundings import firewall_between
from bridge.outputs.on_request import NO_REQUESTS
from bridge.outputs.output import CANNOT_SEND, NO_LISTENER

_CHECK = "docs/receivers.md says what to click in each program"


def findings(sent: Sequence[Sent], listening: list[Listener], machine: str) -> list[Finding]:
    """One finding for each output. If a smile reached one program, closed ports of others are only
    noted: most people do not run every program that the example configuration names."""
    found = [_finding(each, listening, machine) for each in sent]
    if any(finding.verdict is Verdict.OK for finding in found):
        found = [
            note(Cause.OUTPUT, f.subject, f.said, f"{f.cure}; or remove this output")
            if _nothing_listens(each) and f.verdict is Verdict.PROBLEM
            else f
            for f, each in zip(found, sent, strict=True)
        ]
    return found


def _finding(sent: Sent, listening: list[Listener], machine: str) -> Finding:
    if failed := _failure(sent, listening, machine):
        return problem(Cause.OUTPUT, _subject(sent), *failed)
    if sent.trouble == NO_REQUESTS:
        return note(
            Cause.OUTPUT,
            _subject(sent),
            "no program asked for the face while this check ran",
            f"enter this machine's address in the program as the phone's address; {_CHECK}",
        )
    return _sent(sent, listening, machine)


def _failure(sent: Sent, listening: list[Listener], machine: str) -> tuple[str, str] | None:
    """Why the face did not leave or arrive, and what to do about it; None if nothing is known."""
    section = sent.section
    if sent.why_not:
        return sent.why_not, _cure_for_unavailable(section, sent.why_not, listening)
    if not sent.came_up:
        return "it did not open in time", _waiting(section)
    if _nothing_listens(sent):
        said = f"nothing is listening; {sent.errors} sends were refused in {sent.frames} frames"
        return said, closed(section, listening, machine)
    if sent.trouble == CANNOT_SEND:
        return f"{sent.errors} sends failed", "check the address and the route"
    if sent.packets == 0 and sent.trouble != NO_REQUESTS:
        return "nothing was sent", _waiting(section)
    return None


def _sent(sent: Sent, listening: list[Listener], machine: str) -> Finding:
    """A smile left. Whether it arrived can be seen on this machine alone."""
    section, subject = sent.section, _subject(sent)
    host, port = section.address.host, section.address.port
    said = f"a smile was sent: {sent.frames} frames, {sent.errors} refused"
    if isinstance(section, FacePayloadSettings) or section.address.scheme == VTUBE_STUDIO:
        return ok(Cause.OUTPUT, subject, f"{said}; the other side accepted it")
    here = "127.0.0.1" if host.casefold() == "localhost" else host
    if is_loopback(here):
        reached, _ = at(listening, "udp", here, port)
        there = f"; {reached[0].who} listens there" if reached and reached[0].pid else ""
        return ok(Cause.OUTPUT, subject, said + there)
    return note(
        Cause.OUTPUT,
        subject,
        f"{said}; whether it arrived cannot be seen from here",
        f"if the face does not move, {firewall_between(machine, host, port)}",
    )


def _subject(sent: Sent) -> str:
    return f"output {sent.section.name}"


def _nothing_listens(sent: Sent) -> bool:
    return not sent.why_not and sent.trouble == NO_LISTENER


def _waiting(section: OutputSection) -> str:
    if section.address.scheme == VTUBE_STUDIO:
        return (
            "look at VTube Studio: it asks its user whether this plugin may connect; allow it, and "
            "run this again"
        )
    return "check the address, and that the program runs"


def _cure_for_unavailable(section: OutputSection, why: str, listening: list[Listener]) -> str:
    if "already" in why and "use" in why:
        reached, _ = at(listening, "udp", section.address.host, section.address.port)
        if reached and reached[0].pid is not None:
            return f"end {reached[0].who}, or use another port"
        return "end the program that uses the port, or use another port"
    if why.startswith("cannot find the host"):
        return "check the spelling of the name, or write the IP address"
    if "route" in why:
        return "check the IP address, and that both machines are in the same network"
    if section.address.scheme == VTUBE_STUDIO:
        return "docs/receivers.md shows where to turn it on in VTube Studio"
    return f"correct the output {section.to} in the configuration"


def closed(section: OutputSection, listening: list[Listener], machine: str) -> str:
    """What to do about a port that nothing listens on."""
    host, port = section.address.host, section.address.port
    if not is_loopback("127.0.0.1" if host.casefold() == "localhost" else host):
        return _start(section, port)
    _, elsewhere = at(listening, "udp", host, port)
    if elsewhere:
        there = elsewhere[0]
        shown = f"[{there.host}]" if ":" in there.host else there.host
        return f"{there.who} listens on {there.host}, not on {host}; send to {shown}:{port}"
    usual = {
        (receiver.port, receiver.program)
        for receiver in RECEIVERS.values()
        if receiver.scheme == section.address.scheme and receiver.port not in (None, port)
    }
    for other, program in sorted(usual, key=str):
        if other is not None and at(listening, "udp", host, other)[0]:
            return f"something listens on port {other}, as {program} does; send to {host}:{other}"
    outside = {"wsl": "WSL", "container": "this container"}.get(machine)
    beyond = f"; if it runs outside {outside}, {host} does not reach it" if outside else ""
    return _start(section, port) + beyond


def _start(section: OutputSection, port: int) -> str:
    program = RECEIVERS[section.receiver].program if section.receiver else "the avatar program"
    return f"start {program} and turn on its receiver at port {port}; {_CHECK}"
