"""Settings of one face: its tuning, and how it lives."""

import difflib
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from bridge.config.section import Number, Section, Whole, refuse_switch
from bridge.emotion.names import EmotionError, emotion_to_vad
from bridge.face.overlay import DEFAULT_MERGE, Merge
from protocols.arkit import BLENDSHAPES, GROUPS


def _off_in_words(value: Any) -> Any:
    """YAML reads `off` as false."""
    return "off" if value is False else value


def _switch_or_number(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return value
    if value in ("on", "off"):
        return value == "on"
    raise ValueError(f"{value!r}: expected true, false or a number")


class ShapeSection(Section):
    """What is done to one blendshape, or to all of a group."""

    gain: Number = Field(1.0, ge=-10, le=10, description="Factor.")
    offset: Number = Field(0.0, ge=-1, le=1, description="Added after the gain.")
    minimum: Number = Field(0.0, ge=0, le=1, description="The lowest weight.")
    maximum: Number = Field(1.0, ge=0, le=1, description="The largest weight.")


def _gain_alone(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"gain": value}
    return value


AnyShape = Annotated[
    ShapeSection, BeforeValidator(_gain_alone, json_schema_input_type=float | ShapeSection)
]
Angle = Annotated[float, Field(ge=-45, le=45), BeforeValidator(refuse_switch)]
Scale = Annotated[float, Field(ge=0, le=4), BeforeValidator(refuse_switch)]


_Mouth = Literal["yield", "keep", "off"]
AnyMouth = Annotated[
    _Mouth, BeforeValidator(_off_in_words, json_schema_input_type=_Mouth | Literal[False])
]


def _emotion_alone(value: Any) -> Any:
    if value is False or value == "off":
        return {}
    return {value: 1.0} if isinstance(value, str) else value


_Lean = dict[str, Annotated[Number, Field(ge=0, le=1)]]
AnyLean = Annotated[
    _Lean, BeforeValidator(_emotion_alone, json_schema_input_type=str | Literal[False] | _Lean)
]


class MoodSection(Section):
    """How emotions move the mood of a stream, and what it shows of it."""

    strength: Number = Field(
        0.1,
        gt=0,
        le=0.9,
        description="How far 10 seconds of a full emotion move the mood, as a part of the way that "
        "is left to the edge (1 or -1 on each axis).",
    )
    half_life: Number = Field(
        5.0, gt=0, le=1440, description="Minutes until half of the mood has faded."
    )
    shows: Number = Field(
        0.3, gt=0, le=1, description="The part of the mood that a face at rest shows."
    )


def _mood_switch(value: Any) -> Any:
    if value is True or value == "on":
        return {}
    return None if value is False or value == "off" else value


AnyMood = Annotated[
    MoodSection | None,
    BeforeValidator(_mood_switch, json_schema_input_type=bool | MoodSection | None),
]


class StreamFace(Section):
    """The face of one stream. What is not given is as for every other stream."""

    style: Literal["natural", "stage"] = Field(
        "natural",
        description="`stage` exaggerates the face, for small pictures and for viewers far away.",
    )
    strength: Scale = Field(1.0, description="Factor for every blendshape.")
    upper: Scale = Field(1.0, description="Factor for brows and eyes.")
    lower: Scale = Field(1.0, description="Factor for cheeks, nose, mouth, jaw and tongue.")
    shapes: dict[str, AnyShape] = Field(
        {},
        description="Gain, offset, minimum and maximum by blendshape or group (brow, eye, cheek, "
        "nose, mouth, jaw, tongue): `{mouthSmileLeft: {gain: 0.8}, brow: 1.2}`. A number alone is "
        "the gain. A blendshape's own settings replace its group's.",
    )
    mouth: AnyMouth = Field(
        "yield",
        description="When the emotion moves the mouth. yield: while the stream does not speak. "
        "keep: always. off: never.",
    )
    merge: dict[str, Merge] = Field(
        {},
        description="How the face of another program is merged in, by group or `head`: theirs, "
        "add, max or ours. The default is "
        + ", ".join(f"{group} {merge}" for group, merge in DEFAULT_MERGE.items())
        + ".",
    )
    mood: AnyMood = Field(
        None,
        description="Have a mood: a slow point that emotions move and that shows at rest. "
        "`true`, or `{strength, half_life, shows}`. The default is off.",
    )
    still: bool = Field(
        False,
        description="Stop all movement that no source asked for: blinks, idle movement, gaze and "
        "nods.",
    )
    blink: Annotated[bool | float, Field(ge=0, le=60), BeforeValidator(_switch_or_number)] = Field(
        True,
        description="Blink. A number sets the blinks a minute at rest; true means 17. The rate "
        "follows speech, emotion and arousal.",
    )
    idle: Annotated[bool | float, Field(ge=0, le=4), BeforeValidator(_switch_or_number)] = Field(
        True,
        description="Drift, breathing and a slow sway of the head. A number sets how much; true "
        "means 1.",
    )
    gaze: bool = Field(
        False,
        description="Move the eyes by themselves. Left and right eye then differ. `look_at` "
        "always works.",
    )
    eye_contact: Number | None = Field(
        None,
        ge=0,
        le=1,
        description="The share of the time in which the eyes meet the viewer's while they move "
        "by themselves. The default is .2, and .65 while the stream speaks.",
    )
    look_away: list[Angle] | None = Field(
        None,
        min_length=2,
        max_length=2,
        description="Where the eyes look when they look away by themselves, in degrees to either "
        "side and degrees down: `[15, -10]` is up and aside. The default is "
        "anywhere.",
    )
    head_follows: Number = Field(
        0.0,
        ge=0,
        le=1,
        description="How much of the way to a `look_at` the head turns; the eyes turn the rest.",
    )
    nods: Number = Field(
        0.0,
        ge=0,
        le=30,
        description="Nods a minute that no source asks for, like those of a listener.",
    )
    lean: AnyLean = Field(
        {},
        description="A one-sided part by emotion, from 0 to 1: `{contempt: 1}` for a real sneer. "
        "An emotion alone means 1. Left and right then differ.",
    )
    lean_side: Literal["left", "right"] = Field(
        "left", description="The side of the face that shows the one-sided part."
    )
    speed_limit: Annotated[
        bool | float, Field(ge=0, le=100), BeforeValidator(_switch_or_number)
    ] = Field(
        False,
        description="Limit how fast each blendshape moves. true: to the speeds measured on "
        "people. A number: to so many times those speeds. It slows a startle.",
    )
    seed: Whole | None = Field(
        None,
        ge=0,
        le=2**32 - 1,
        description="With a seed, blinks, idle movement and gaze are the same in every run. The "
        "default is random.",
    )

    @field_validator("shapes")
    @classmethod
    def _shapes_exist(cls, value: dict[str, ShapeSection]) -> dict[str, ShapeSection]:
        check_names(value, (*BLENDSHAPES, *GROUPS), "blendshape or group")
        return value

    @field_validator("merge")
    @classmethod
    def _parts_exist(cls, value: dict[str, Merge]) -> dict[str, Merge]:
        check_names(value, tuple(DEFAULT_MERGE), "group")
        return value

    @field_validator("lean")
    @classmethod
    def _emotions_exist(cls, value: dict[str, float]) -> dict[str, float]:
        for name in value:
            try:
                emotion_to_vad(name)
            except EmotionError as problem:
                raise ValueError(str(problem)) from None
        return value


def check_names(given: Iterable[str], known: tuple[str, ...], what: str) -> None:
    """Refuse a name that is not known, with one that is near."""
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; expected one of {', '.join(known)}"
            raise ValueError(f"unknown {what} {name!r}{hint}")
