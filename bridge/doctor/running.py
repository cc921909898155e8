"""What the state of a running bridge says about a face that does not move."""

from collections.abc import Callable, Mapping
from typing import Any

from bridge.config.settings import Settings
from bridge.doctor.finding import Cause, Finding, note, ok, problem
from bridge.doctor.smile import Sent
from bridge.outputs.output import NO_LISTENER

_ENOUGH = 0.9
"""The share of the wanted frame rate that counts as punctual."""
_SETTLED = 10.0
"""Seconds after which a bridge no longer starts. Until then its frame rate is lower."""
_AT_REST = 0.02
_UP = "up"
_QUIET = frozenset({"stdin", "demo"})
"""Inputs that any bridge may have: they do not tell one bridge from another."""

Row = Mapping[str, Any]


def is_this(settings: Settings, report: Row) -> bool:
    """Whether the bridge that sent this report runs with these settings, or once did."""
    ours = {part.name for part in (*settings.sources, *settings.outputs)} - _QUIET
    theirs = {str(row.get("name")) for row in _rows(report, "inputs", "outputs")}
    return bool(ours & theirs) or not ours


def findings(settings: Settings, report: Row, cure_for: Callable[[str], str]) -> list[Finding]:
    """What a running bridge reports about itself.

    Args:
        report: the answer of `/healthz`.
        cure_for: what to do about an output, by its name, where nothing listens.
    """
    up_for = report.get("uptime_seconds")
    said = "a bridge runs with this configuration; this is what it reports"
    if isinstance(up_for, int | float):
        said = f"a bridge has run with this configuration for {up_for:.0f} s; it reports:"
    return [
        ok(Cause.RUNNING, "bridge", said),
        *_missing(settings, report),
        *_frames(report),
        *(_input(row) for row in _rows(report, "inputs")),
        *_outputs(report, cure_for),
        *_feelings(report),
        *_smile(report),
    ]


def smiles(settings: Settings, report: Row) -> list[Sent]:
    """What became of the smile that the running bridge sent, for each output that was up.

    Args:
        report: in each row of such an output, `smile` has `frames`, `packets` and `errors`.
    """
    rows = {row.get("name"): row for row in _smiled(report)}
    return [
        Sent(
            *(section, True, ""),
            *(smile.get("frames", 0), smile.get("packets", 0), smile.get("errors", 0)),
            rows[section.name].get("trouble") or "",
        )
        for section in settings.outputs
        if section.name in rows and isinstance(smile := rows[section.name]["smile"], dict)
    ]


def not_up(report: Row) -> set[str]:
    """The names of the inputs and outputs that do not work now."""
    return {
        str(row.get("name"))
        for row in _rows(report, "inputs", "outputs")
        if row.get("state") != _UP
    }


def _smiled(report: Row) -> list[Row]:
    return [row for row in _rows(report, "outputs") if "smile" in row and row.get("state") == _UP]


def _smile(report: Row) -> list[Finding]:
    """Whether each face smiled. `smile` of a report has the weight of mouthSmileLeft by stream."""
    faces = report.get("smile")
    if not isinstance(faces, dict) or not faces:
        return []
    still = [stream for stream, weight in faces.items() if weight < _AT_REST]
    said = ", ".join(f"{stream} mouthSmileLeft {weight:.2f}" for stream, weight in faces.items())
    if still:
        return [
            problem(
                *(Cause.RUNNING, "face", f"happiness did not make it smile: {said}"),
                f"look at the layers of the face {still[0]}, such as strength and mouth, and at "
                "the programs that send it an overlay",
            )
        ]
    return [ok(Cause.RUNNING, "face", f"happiness made it smile: {said}")]


def _missing(settings: Settings, report: Row) -> list[Finding]:
    """Parts that the file has and the running bridge has not."""
    running = {str(row.get("name")) for row in _rows(report, "inputs", "outputs")}
    return [
        problem(
            *(Cause.RUNNING, part.name, "the file has it, but the running bridge does not"),
            "restart the bridge, or send it SIGHUP, so that it reads its configuration again",
        )
        for part in (*settings.sources, *settings.outputs)
        if part.name not in running
    ]


def _frames(report: Row) -> list[Finding]:
    frames = report.get("frames")
    frames = frames if isinstance(frames, dict) else {}
    wanted, achieved = frames.get("wanted_per_second"), frames.get("achieved_per_second")
    if not isinstance(wanted, int | float) or not isinstance(achieved, int | float):
        return []
    said = f"{achieved:.1f} frames a second of {wanted:g}"
    if achieved < wanted * _ENOUGH and (report.get("uptime_seconds") or 0.0) >= _SETTLED:
        return [problem(Cause.CLOCK, "frames", said, "end other programs, or set a lower fps")]
    return [ok(Cause.CLOCK, "frames", said)]


def _input(row: Row) -> Finding:
    subject = f"input {row.get('name')}"
    if row.get("problem") and row.get("state") != _UP:
        return problem(
            *(Cause.INPUT, subject, f"{row['problem']} ({row.get('state')})"),
            "correct what it names; the bridge tries again by itself",
        )
    refused = f", {row['refused']} refused" if row.get("refused") else ""
    said = f"{row.get('state')}; {row.get('updates', 0)} updates so far{refused}"
    if refused and not row.get("updates"):
        return problem(
            *(Cause.INPUT, subject, said),
            "look in the bridge's log: it says once why it refused each kind of message",
        )
    return ok(Cause.INPUT, subject, said)


def _outputs(report: Row, cure_for: Callable[[str], str]) -> list[Finding]:
    smiled = _smiled(report)
    rows = [row for row in _rows(report, "outputs") if row not in smiled]
    received = any(row.get("state") == _UP and not row.get("trouble") for row in rows)
    return [_output(row, cure_for, received) for row in rows]


def _output(row: Row, cure_for: Callable[[str], str], another_is_received: bool) -> Finding:
    name, state, trouble = str(row.get("name")), row.get("state"), row.get("trouble")
    subject = f"output {name}"
    sent = f"{row.get('frames', 0)} frames, {row.get('errors', 0)} refused"
    if state != _UP:
        why = row.get("problem") or state
        return problem(
            *(Cause.OUTPUT, subject, str(why)),
            "correct what it names; the bridge tries again by itself",
        )
    if trouble == NO_LISTENER:
        said, cure = f"nothing is listening; {sent}", cure_for(name)
        if another_is_received:
            return note(Cause.OUTPUT, subject, said, f"{cure}; or remove this output")
        return problem(Cause.OUTPUT, subject, said, cure)
    if trouble:
        return problem(
            *(Cause.OUTPUT, subject, f"{trouble}; {sent}"),
            "docs/troubleshooting.md explains it",
        )
    return ok(Cause.OUTPUT, subject, sent)


def _feelings(report: Row) -> list[Finding]:
    streams = _rows(report, "streams")
    if any(abs(row.get(axis) or 0.0) > _AT_REST for row in streams for axis in _AXES):
        shown = ", ".join(f"{row.get('name')} {row.get('label')}" for row in streams)
        return [ok(Cause.INPUT, "feelings", shown)]
    return [
        note(
            *(Cause.INPUT, "feelings", "every face is neutral: no update is in force"),
            "send one, such as happiness 0.9, and look again",
        )
    ]


_AXES = ("valence", "arousal", "dominance")


def _rows(report: Row, *keys: str) -> list[Row]:
    rows: list[Row] = []
    for key in keys:
        each = report.get(key)
        rows += [row for row in each if isinstance(row, dict)] if isinstance(each, list) else []
    return rows
