"""What people and programs send, and what it means. Nothing here imports the project."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import yaml

FOLDER = Path(__file__).parent
TOLERANCE = 0.01


class Case(NamedTuple):
    """A message, and what it must mean."""

    sent: str
    means: dict[str, float] | None = None
    """How much there is of each emotion: its intensity times its share."""
    vad: list[float | None] | None = None
    """A point; None for what is estimated."""
    refused: str = ""
    """A part of the reason."""
    settings: dict[str, Any] = {}  # noqa: RUF012 - never changed
    stream: str = "main"
    origin: str = ""
    """Who sends it."""
    encoding: str = "utf-8"
    hold: float | None = None
    """Seconds, where the case is about them."""
    then: str = ""
    """The label of what follows a gesture."""
    state: str | None = None
    """The state that is chosen; empty where it ends."""
    forgets_mood: bool = False


class Chapter(NamedTuple):
    """Cases of one kind, and what is said of them."""

    title: str
    about: str
    cases: list[Case]


def chapters() -> list[Chapter]:
    """The cases of messages.yaml."""
    written = yaml.safe_load((FOLDER / "messages.yaml").read_text(encoding="utf-8"))
    return [
        Chapter(c["chapter"], c["about"], [_case(case) for case in c["cases"]]) for c in written
    ]


def _case(written: dict[str, Any]) -> Case:
    return Case(
        written["send"],
        written.get("means"),
        written.get("vad"),
        written.get("refused", ""),
        written.get("with", {}),
        written.get("stream", "main"),
        written.get("from", ""),
        written.get("encoding", "utf-8"),
        written.get("hold"),
        written.get("then", ""),
        written.get("state"),
        written.get("forgets_mood", False),
    )


def said() -> list[Case]:
    """The cases of said.jsonl, a collection of real messages."""
    lines = (FOLDER / "said.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        Case(
            case["said"],
            dict(case["means"]) if "means" in case else None,
            case.get("vad"),
            case.get("refused", ""),
        )
        for case in map(json.loads, lines)
    ]


class Script(NamedTuple):
    """Messages by OSC, one after the other, and the face after the last one."""

    origin: str
    sent: list[list[Any]]
    """An address and its arguments, each."""
    like: str
    """An emotion, a mixture or a point, with how strongly it shows."""
    settings: dict[str, Any]


def scripts() -> list[Script]:
    """The scripts of osc.yaml."""
    return [Script(s["from"], s["send"], s["like"], s.get("with", {})) for s in _osc()["scripts"]]


def addresses() -> list[tuple[str, str, str]]:
    """The addresses of osc.yaml, with their arguments and what they mean in words."""
    return [(names, arguments, meaning) for names, arguments, meaning in _osc()["addresses"]]


def _osc() -> Any:
    return yaml.safe_load((FOLDER / "osc.yaml").read_text(encoding="utf-8"))
