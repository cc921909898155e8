"""Settings of the states of a character, and the states that exist without any setting."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import Field, field_validator

from bridge.config.section import Seconds
from bridge.config.stream_face import StreamFace
from bridge.emotion.labels import read_feeling
from bridge.emotion.points import Parts
from bridge.emotion.states import CharacterState


def _both(shape: str, **settings: float) -> dict[str, Any]:
    return {f"{shape}{side}": settings for side in ("Left", "Right")}


_SHUT = {**_both("eyeBlink", minimum=1.0), **_both("eyeWide", maximum=0.0)}
_IN_THOUGHT = {**_both("browDown", offset=0.15), **_both("mouthPress", offset=0.15)}

BUILT_IN: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "listening": {"gaze": True, "eye_contact": 0.75, "nods": 6.0},
        "thinking": {
            **{"emotion": "think", "hold": 120.0, "shapes": _IN_THOUGHT},
            **{"gaze": True, "eye_contact": 0.1, "look_away": [14.0, -11.0]},
        },
        "speaking": {"speaking": True, "gaze": True, "hold": 300.0},
        "waiting": {"gaze": True, "eye_contact": 0.2, "hold": 3600.0},
        "failed": {
            **{"emotion": "sadness+embarrassed", "emotion_hold": 2.5, "hold": 8.0},
            **{"gaze": True, "eye_contact": 0.3, "look_away": [6.0, 12.0]},
        },
        "asleep": {
            **{"emotion": "sleepy", "hold": 8 * 3600.0, "shapes": _SHUT},
            **{"blink": False, "gaze": False, "head_follows": 0.0, "idle": 0.8},
        },
    }
)
"""Eye contact while listening is between .5 and .8 in people (TalkingHead). The other numbers are
judgements. Sleepiness slows the breath and the drift."""


class StateSection(StreamFace):
    """A state of a character: settings of the face that count while it lasts."""

    emotion: str | None = Field(
        None,
        description="An emotion that comes with the state, with an intensity if you like "
        "(`sadness 0.5`). It counts like one that is sent at the same moment.",
    )
    emotion_hold: Seconds = Field(
        86400.0,
        description="Seconds that this emotion shows. It ends with the state at the latest.",
    )
    hold: Seconds = Field(
        600.0,
        description="Seconds after which the state ends, unless it is chosen again.",
    )
    speaking: bool = Field(False, description="The stream counts as speaking.")

    @field_validator("emotion")
    @classmethod
    def _emotion_exists(cls, value: str | None) -> str | None:
        if value is not None:
            read_feeling(value)
        return value

    @property
    def character(self) -> CharacterState:
        """What the mixer needs to know."""
        parts: Parts = ()
        label = ""
        if self.emotion is not None:
            parts, label = read_feeling(self.emotion)
        return CharacterState(
            parts=parts,
            label=label,
            emotion_hold=self.emotion_hold,
            hold=self.hold,
            speaking=self.speaking,
        )
