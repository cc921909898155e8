"""What a person types at a terminal beside updates, and the answers to it."""

import math
from typing import Literal

from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import Update

Command = Literal["help", "quit", "demo"]

_COMMANDS: dict[str, Command] = {
    "help": "help",
    "?": "help",
    "quit": "quit",
    "exit": "quit",
    "q": "quit",
    "demo": "demo",
}

HELP = (
    "type an emotion, with an intensity if you like: happiness 0.9 · joy+surprise 0.5 · 😊",
    "or valence, arousal and dominance, each from -1 to 1: 0.8 0.6 0.5",
    'or JSON: {"emotion": "fear", "hold": 3, "stream": "bob"}',
    "demo plays a tour through the emotions, quit stops the bridge",
    "`affect-bridge emotions` lists the emotions; docs/inputs.md has every form",
)
"""The answer to `help`, a line each."""


def command(text: str) -> Command | None:
    """The command that a line is, if it is one."""
    return _COMMANDS.get(text.casefold())


def answer(update: Update, hold: float, *, first: bool) -> str:
    """What a person is told whose update is shown.

    Args:
        hold: seconds until the updates of this input expire.
        first: nothing was answered yet.
    """
    what = update.label if update.stream == MAIN_STREAM else f"{update.label} for {update.stream}"
    seconds = hold if update.hold is None else update.hold
    if math.isinf(seconds):
        then = "until you type another; type demo for a tour, or help"
        return f"{what} {then}" if first else what
    then = "; then other inputs count again" if first else ""
    return f"{what} for {seconds:g} s{then}"
