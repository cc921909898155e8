"""Settings of the layers between the model and the outputs: of all faces, of single streams and of
states."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator

from bridge.config.states import BUILT_IN, StateSection
from bridge.config.stream_face import StreamFace
from bridge.config.stream_name import checked_stream
from bridge.emotion.states import NAMES, CharacterState, is_state_name

_MOST_STREAMS = 1024
_MOST_STATES = 32


class FaceSection(StreamFace):
    """What happens to every face between the model and the outputs."""

    correctives: bool = Field(
        True,
        description="Limit blendshapes that a face cannot combine: mouthClose with a shut jaw, "
        "wide with shut eyes, a full smile with a full frown.",
    )
    streams: dict[str, StreamFace] = Field(
        {},
        max_length=_MOST_STREAMS,
        description="Settings for single streams, by name: `{alice: {style: stage, blink: 12}}`.",
    )

    states: dict[str, StateSection] = Field(
        {},
        max_length=_MOST_STATES,
        description="Changes to the states of a character, and more states: "
        "`{thinking: {blink: 8}, dancing: {emotion: joy, idle: 2}}`. "
        "[States](living-face.md#states-of-a-character) lists those that exist.",
    )

    @field_validator("streams")
    @classmethod
    def _streams_can_be(cls, value: dict[str, StreamFace]) -> dict[str, StreamFace]:
        for name in value:
            checked_stream(name)
        return value

    def of(self, stream: str) -> StreamFace:
        """The settings of one stream: its own where it has them, else those of all."""
        own = self.streams.get(stream)
        if own is None:
            return self
        return self.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})

    @field_validator("states")
    @classmethod
    def _states_can_be(cls, value: dict[str, StateSection]) -> dict[str, StateSection]:
        for name in value:
            if not is_state_name(name):
                raise ValueError(
                    f"{name!r} is not a name that a state may have: expected lower-case letters, "
                    "digits, _ and -, and no emotion"
                )
        return value

    @property
    def all_states(self) -> Mapping[str, StateSection]:
        """Every state by name: those that exist without any setting, as they are changed here, and
        those that are only here."""
        given = {name: state.model_dump(exclude_unset=True) for name, state in self.states.items()}
        return {
            name: StateSection.model_validate({**BUILT_IN.get(name, {}), **given.get(name, {})})
            for name in dict.fromkeys((*NAMES, *given))
        }

    def in_state(self, state: StateSection, stream: str | None = None) -> StreamFace:
        """The settings of one stream in a state, or those of all others."""
        usual = self if stream is None else self.of(stream)
        given: dict[str, Any] = {
            name: getattr(state, name)
            for name in StreamFace.model_fields
            if name in state.model_fields_set
        }
        for name in ("shapes", "merge"):  # beside those of the stream
            if name in given:
                given[name] = {**getattr(usual, name), **given[name]}
        return usual.model_copy(update=given)

    @property
    def character_states(self) -> Mapping[str, CharacterState]:
        """What the mixer needs to know of every state."""
        return {name: state.character for name, state in self.all_states.items()}
