"""The configuration as a whole."""

import difflib
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
)

from bridge.config.face import FaceSection
from bridge.config.health import AnyHealth
from bridge.config.inputs import AnyInput, AnySource
from bridge.config.outputs import AnyOutput
from bridge.config.recording import AnyRecord, RecordSection
from bridge.config.section import Number, OnReload, Seconds, Section, Whole
from bridge.config.triggers import AnyTrigger, check_together
from bridge.config.web import AnyWeb
from bridge.model.layers import OutputOrder
from bridge.supervision.logs import Format

ONSET, RELEASE = 0.12, 0.35
"""Half-lives in seconds, when not given."""

Onset = Annotated[Seconds, Field(description="Half-life in seconds when a feeling grows.")]
Release = Annotated[Seconds, Field(description="Half-life in seconds when a feeling fades.")]


class SpringSection(Section):
    """A critically damped spring: fast, smooth at both ends, no overshoot."""

    kind: Literal["spring"] = Field("spring", description="The kind of interpolation.")
    onset: Onset = ONSET
    release: Release = RELEASE


class ExponentialSection(Section):
    """In each half-life the feeling moves half of the remaining distance."""

    kind: Literal["exponential"] = Field(description="The kind of interpolation.")
    onset: Onset = ONSET
    release: Release = RELEASE


class LinearSection(Section):
    """The feeling moves at a constant speed."""

    kind: Literal["linear"] = Field(description="The kind of interpolation.")
    fade: Seconds = Field(
        0.3, description="Seconds to reach the goal, if the update does not set `fade`."
    )


class OneEuroSection(Section):
    """The One Euro filter, for noisy sensors."""

    kind: Literal["one_euro"] = Field(description="The kind of interpolation.")
    min_cutoff: Number = Field(
        1.0, gt=0, le=1000, description="Cut-off in hertz at rest; lower is steadier."
    )
    beta: Number = Field(
        0.0,
        ge=0,
        le=1000,
        description="Hertz that the cut-off rises per unit per second; higher lags less.",
    )
    derivative_cutoff: Number = Field(
        1.0, gt=0, le=1000, description="Cut-off in hertz for the estimated speed."
    )


class NoneSection(Section):
    """No interpolation."""

    kind: Literal["none"] = Field(description="The kind of interpolation.")


Kind = Literal["spring", "exponential", "linear", "one_euro", "none"]
_KINDS = get_args(Kind)
_KindSection = SpringSection | ExponentialSection | LinearSection | OneEuroSection | NoneSection


def _kind_alone(value: Any) -> Any:
    if isinstance(value, Section):
        return value
    settings = {"kind": value} if isinstance(value, str) else value
    if not isinstance(settings, dict):
        raise ValueError(f"expected one of {', '.join(_KINDS)}, or settings with a kind")
    kind = settings.setdefault("kind", "spring")
    if kind not in _KINDS:
        near = difflib.get_close_matches(str(kind), _KINDS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"kind {kind!r}: expected one of {', '.join(_KINDS)}{hint}")
    return settings


def _interpolation_tag(value: Any) -> str:
    kind = value["kind"] if isinstance(value, dict) else value.kind
    return f"interpolation {kind}"


AnyInterpolation = Annotated[
    Annotated[SpringSection, Tag("interpolation spring")]
    | Annotated[ExponentialSection, Tag("interpolation exponential")]
    | Annotated[LinearSection, Tag("interpolation linear")]
    | Annotated[OneEuroSection, Tag("interpolation one_euro")]
    | Annotated[NoneSection, Tag("interpolation none")],
    Discriminator(_interpolation_tag),
    BeforeValidator(_kind_alone, json_schema_input_type=Kind | _KindSection),
]


def one_alone(value: Any) -> Any:
    """One input or output needs no list."""
    if isinstance(value, list):
        return value
    if isinstance(value, str | dict | Section):
        return [value]
    raise ValueError(f"{value!r}: expected an address, or a list of addresses")


def _one_trigger_alone(value: Any) -> Any:
    """One trigger needs no list."""
    return [value] if isinstance(value, dict | Section) else value


class Settings(Section):
    """All settings of affect-bridge."""

    reloaded_otherwise: ClassVar = dict.fromkeys(
        ("inputs", "outputs", "health", "web", "record"), OnReload.REOPEN
    )

    fps: Number = Field(
        60.0,
        ge=1,
        le=240,
        description="Frames a second. A reload that changes it reopens every output.",
    )
    inputs: Annotated[
        list[AnyInput], Field(min_length=1, max_length=64), BeforeValidator(one_alone)
    ] = Field(
        ["stdin"],
        validate_default=True,
        description="Where feelings come from: one input, or a list of inputs.",
    )
    outputs: Annotated[
        list[AnyOutput], Field(min_length=1, max_length=64), BeforeValidator(one_alone)
    ] = Field(
        ["vmc://127.0.0.1:39539"],
        validate_default=True,
        description="Where faces go: one output, or a list of outputs.",
    )
    interpolation: AnyInterpolation = Field(
        "spring",
        validate_default=True,
        description="How a feeling moves to its goal: spring, exponential, linear, one_euro or "
        "none. Each has its own settings.",
    )
    symmetry: Number = Field(
        1.0,
        ge=0,
        le=1,
        description="0 leaves left and right as the model gives them, 1 makes them exactly equal.",
    )
    face: FaceSection = Field(
        default=FaceSection.model_validate({}),
        description="How strongly a face shows what the model says, how it blinks and moves at "
        "rest, and what it leaves to speech and other programs.",
    )
    triggers: Annotated[
        list[AnyTrigger], Field(max_length=64), BeforeValidator(_one_trigger_alone)
    ] = Field(
        [],
        description="What strong emotions trigger: hotkeys and expressions of VTube Studio, "
        "parameters of VRChat, OSC and MQTT messages.",
    )
    model: Path | None = Field(
        None, description="The checkpoint (safetensors) to run. The default is the shipped one."
    )
    output_order: OutputOrder = Field(
        "reference",
        description="The order of the model's 52 outputs: reference, or emo3d (MediaPipe's "
        "_neutral and 51 blendshapes).",
    )
    engine: Literal["table", "network"] = Field(
        "table",
        description="What turns a feeling into a face. table: a table made from the model, which "
        "takes less time and differs from it by at most 4/255. It is made once, in about a second, "
        "and kept on disk. network: the model itself. The network also serves until the table is "
        "ready, if the table would differ by more, and while `record` is set, so that a recording "
        "can be rendered again exactly.",
    )
    max_streams: Whole = Field(
        64,
        ge=1,
        le=20_000,
        description="How many streams may exist at the same time. A stream takes a few kilobytes "
        "of memory, and each frame more time.",
    )
    stream_timeout: Seconds = Field(
        60.0,
        description="Seconds without an update after which a neutral stream ends. At max_streams, "
        "the stream whose last update is oldest makes room for a new one once it is that old. "
        "A stream that an output names never ends.",
    )
    watch: bool = Field(
        False,
        description="Reload the configuration file when it changes. SIGHUP always reloads it.",
    )
    health: AnyHealth = Field(
        None,
        description="host:port on this machine where health and metrics are served over HTTP. The "
        "default is off.",
    )
    record: AnyRecord = Field(
        None,
        description="The file to record what comes in and goes out: show.jsonl.gz, or take.csv "
        "as the Live Link Face app writes it. The default is off.",
    )
    web: AnyWeb = Field(
        None,
        description="Address and port where the HTTP interface is served, for example "
        "127.0.0.1:8765. The default is off.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Write log lines of this level and above."
    )
    log_format: Format = Field(
        "text", description="text: lines for people; json: one object a line, for programs."
    )

    @property
    def all_outputs(self) -> "list[AnyOutput | RecordSection]":
        """The outputs, and the recording as one more."""
        if self.record is None:
            return [*self.outputs]
        return [*self.outputs, self.record.with_model(self.model)]

    @property
    def sources(self) -> list[AnySource]:
        """All that posts updates: the inputs, and the HTTP interface."""
        return [*self.inputs, *([] if self.web is None else [self.web])]

    @field_validator("web")
    @classmethod
    def _web_and_health_do_not_collide(cls, value: AnyWeb, others: ValidationInfo) -> AnyWeb:
        health = others.data.get("health")
        if value is not None and health is not None and value.address.port == health.address.port:
            raise ValueError(f"duplicate port {value.address.port}; health uses it")
        return value

    @field_validator("inputs")
    @classmethod
    def _inputs_do_not_collide(cls, value: list[AnyInput]) -> list[AnyInput]:
        claims: set[str] = set()
        for section in value:
            claim = section.exclusive_claim()
            if claim in claims:
                raise ValueError(f"duplicate {claim}")
            claims.add(claim)
        return value

    @field_validator("outputs")
    @classmethod
    def _outputs_do_not_collide(
        cls, value: list[AnyOutput], others: ValidationInfo
    ) -> list[AnyOutput]:
        claims = {section.exclusive_claim() for section in others.data.get("inputs", ())}
        for section in value:
            claim = section.exclusive_claim()
            if claim and claim in claims:
                raise ValueError(f"duplicate {claim}")
            claims.add(claim)
        return value

    @field_validator("triggers")
    @classmethod
    def _triggers_do_not_collide(
        cls, value: list[AnyTrigger], others: ValidationInfo
    ) -> list[AnyTrigger]:
        parts = [*others.data.get("inputs", ()), *others.data.get("outputs", ())]
        check_together(value, parts)
        return value
