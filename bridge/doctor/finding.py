"""What the doctor found, and which of it most probably keeps the face from moving."""

from collections.abc import Iterable, Sequence
from enum import Enum, IntEnum
from typing import Any, NamedTuple

_STILL = (
    "If the face does not move although its program receives, the model may lack the 52 "
    "blendshapes or spell them in another way: see docs/troubleshooting.md."
)


class Verdict(Enum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"
    """It does no harm, or nobody can tell from here."""
    PROBLEM = "problem"


class Cause(IntEnum):
    """What a problem stops. The first one stops the most, so it is the most probable cause."""

    CONFIGURATION = 1
    MODEL = 2
    RUNNING = 3
    OUTPUT = 4
    BROKER = 5
    INPUT = 6
    CLOCK = 7
    SURROUNDINGS = 8


class Finding(NamedTuple):
    """The result of one check, in plain words."""

    cause: Cause
    subject: str
    """What was checked."""
    verdict: Verdict
    said: str
    """What was found."""
    cure: str = ""
    """What to do; empty if there is nothing to do."""

    def as_json(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "verdict": self.verdict.value,
            "found": self.said,
            "cure": self.cure,
        }


def ok(cause: Cause, subject: str, said: str) -> Finding:
    return Finding(cause, subject, Verdict.OK, said)


def note(cause: Cause, subject: str, said: str, cure: str = "") -> Finding:
    return Finding(cause, subject, Verdict.NOTE, said, cure)


def problem(cause: Cause, subject: str, said: str, cure: str) -> Finding:
    return Finding(cause, subject, Verdict.PROBLEM, said, cure)


def problems(findings: Iterable[Finding]) -> list[Finding]:
    """The problems, the most probable cause first."""
    found = [finding for finding in findings if finding.verdict is Verdict.PROBLEM]
    return sorted(found, key=lambda finding: finding.cause)


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """The findings for programs: the problems, the most probable cause first, and every check."""
    return {
        "problems": [finding.as_json() for finding in problems(findings)],
        "findings": [finding.as_json() for finding in findings],
    }


def lines(findings: Sequence[Finding]) -> list[str]:
    """The findings for people: the most probable cause, then other problems, then every check."""
    causes = problems(findings)
    told = ["Most probable cause:"] if causes else ["No problem found.", _STILL]
    for place, cause in enumerate(causes):
        if place == 1:
            told += ["", "Other problems:"]
        told += [f"  {cause.subject}: {cause.said}", f"  What to do: {cause.cure}"]
    told += ["", "All checks:"]
    for finding in findings:
        told.append(f"  {finding.verdict.value:8} {finding.subject}: {finding.said}")
        if finding.verdict is Verdict.NOTE and finding.cure:
            told.append(f"           {finding.cure}")
    return told
