"""The tools as a Model Context Protocol server on standard input and output.

What a description here says is all that a language model knows of the tools. Imports the package
`mcp`, which takes about a second: only `affect-bridge mcp` imports this module.
"""

from collections.abc import Callable
from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from bridge import __version__
from bridge.emotion.states import NAMES as STATES
from bridge.emotion.update import GESTURE_HOLD
from bridge.tools.running_bridge import NotDoneError, RunningBridge

EMOTIONS = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"),
    *("excited", "elated", "proud", "grateful", "hopeful", "affectionate", "friendly", "relaxed"),
    *("curious", "interested", "confused", "thinking", "wonder", "nostalgia", "smirk", "shy"),
    *("embarrassed", "guilty", "regretful", "lonely", "disappointed", "bored", "sleepy", "tired"),
    *("anxious", "tense", "frustrated", "annoyed", "envy", "suspicious", "sympathy", "relief"),
)
"""Names that a model is told, of the many that are understood."""

_LONGEST = 3600.0
"""Seconds."""

_Emotion = Annotated[
    str,
    Field(
        max_length=200,
        description=f"One of: {', '.join(EMOTIONS)}. Many other names of emotions are understood. "
        "Mix two with a plus: sadness+relief.",
    ),
]
_Intensity = Annotated[
    float, Field(ge=0, le=1, description="How strong: 0.3 is slight, 0.6 is clear, 1 is full.")
]
_Degrees = Annotated[float | None, Field(ge=-90, le=90)]
_Face = Annotated[
    str,
    Field(max_length=200, description="Whose face, by name. Leave it out if there is only one."),
]

_CHANGES = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)


def server(bridge: RunningBridge, stream: str) -> MCPServer[Any]:
    """The server, not yet running.

    Args:
        bridge: what the tools change.
        stream: the face that they change if the model names none.
    """
    made: MCPServer[Any] = MCPServer(
        "affect-bridge",
        version=__version__,
        instructions="These tools move the face of your character. Set the emotion that fits what "
        "you say, before you say it. Use a gesture for a short reaction.",
        log_level="WARNING",
    )
    for make in (_set_emotion, _gesture, _look_at, _set_state):
        tool = make(bridge, stream)
        described = _described(tool)
        made.add_tool(tool, description=described, annotations=_CHANGES, structured_output=False)
    shown = _what_is_shown(bridge)
    made.add_tool(shown, description=_described(shown), annotations=_READS)
    return made


# Each function below makes one tool. The package reads a tool's schema from its signature, and the
# default of `stream` is known only when the server is made.


def _set_emotion(bridge: RunningBridge, usual: str) -> Callable[..., str]:
    def set_emotion(
        emotion: _Emotion,
        intensity: _Intensity = 0.8,
        seconds: Annotated[
            float | None,
            Field(gt=0, le=_LONGEST, description="How long. Without it: until the next emotion."),
        ] = None,
        stream: _Face = usual,
    ) -> str:
        """Show an emotion on the face. It stays until you set another; neutral ends it."""
        update = {"emotion": emotion, "intensity": intensity}
        if seconds is not None:
            update["hold"] = seconds
        shown = _sent(bridge, stream, update)
        lasts = "until the next emotion" if seconds is None else f"for {seconds:g} s"
        return f"{shown['stream']} shows {shown['label']} {lasts}{_notes(shown)}"

    return set_emotion


def _gesture(bridge: RunningBridge, usual: str) -> Callable[..., str]:
    def gesture(
        emotion: Annotated[
            str, Field(max_length=200, description="An emotion, as set_emotion takes it.")
        ],
        intensity: _Intensity = 1.0,
        seconds: Annotated[float, Field(gt=0, le=30, description="How long.")] = GESTURE_HOLD,
        stream: _Face = usual,
    ) -> str:
        """Show an emotion for a moment, such as a flash of surprise. Then the face goes back to
        the emotion before."""
        update = {"emotion": emotion, "intensity": intensity, "hold": seconds, "then": "previous"}
        shown = _sent(bridge, stream, update)
        return (
            f"{shown['stream']} shows {shown['label']} for {seconds:g} s, then the emotion before"
            f"{_notes(shown)}"
        )

    return gesture


def _look_at(bridge: RunningBridge, usual: str) -> Callable[..., str]:
    def look_at(
        right: Annotated[
            _Degrees, Field(description="Degrees to the character's right, -90 to 90.")
        ] = None,
        up: Annotated[_Degrees, Field(description="Degrees upwards, -90 to 90.")] = None,
        stream: _Face = usual,
    ) -> str:
        """Turn the eyes, in degrees. 0 and 0 look straight at the viewer; negative numbers mean
        left and down. The eyes stay there. Without numbers they move by themselves again."""
        if right is None and up is None:
            _sent(bridge, stream, {"look_at": None})
            return f"the eyes of {stream} move by themselves"
        right, up = right or 0.0, up or 0.0
        _sent(bridge, stream, {"look_at": [right, -up]})
        return f"{stream} looks {right:g}° to its right and {up:g}° up"

    return look_at


def _set_state(bridge: RunningBridge, usual: str) -> Callable[..., str]:
    def set_state(
        state: Annotated[
            str,
            Field(max_length=40, description=f"One of: {', '.join(STATES)}, or none to end it."),
        ],
        stream: _Face = usual,
    ) -> str:
        """Say what the character does now: it listens, thinks, speaks, waits, failed or sleeps.
        Eyes, blinks and nods follow."""
        ends = state.strip().casefold() == "none"
        _sent(bridge, stream, {"state": None if ends else state})
        return f"{stream} has no state" if ends else f"{stream} is in the state {state}"

    return set_state


def _what_is_shown(bridge: RunningBridge) -> Callable[..., dict[str, Any]]:
    def what_is_shown(
        stream: Annotated[
            str | None, Field(max_length=200, description="Whose face. Without it: every face.")
        ] = None,
    ) -> dict[str, Any]:
        """Tell what the face shows now: the emotion, valence, arousal and dominance from -1 to 1,
        which source set it, and since when."""
        try:
            return bridge.shown(stream)
        except NotDoneError as problem:
            raise ToolError(str(problem)) from None

    return what_is_shown


def _described(tool: Callable[..., object]) -> str:
    """A tool's docstring as a paragraph."""
    return " ".join((tool.__doc__ or "").split())


def _sent(bridge: RunningBridge, stream: str, update: dict[str, Any]) -> dict[str, Any]:
    try:
        return bridge.update(stream, update)
    except NotDoneError as problem:
        raise ToolError(str(problem)) from None


def _notes(answer: dict[str, Any]) -> str:
    return "".join(f"; {note}" for note in answer.get("notes", ()))
