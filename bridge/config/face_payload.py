"""Settings of outputs that send whole faces as messages to machines, by MQTT and by NATS."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from bridge.config.output_section import OutputSection
from bridge.config.section import Whole
from protocols.leave import LEAVE, checked_leave


class FacePayloadSettings(OutputSection):
    """How often faces are published, and in what form."""

    every: Whole = Field(
        6,
        ge=1,
        le=240,
        description="Send every Nth frame; 1 sends every frame. The default of 6 gives 10 faces a "
        "second at 60 fps, because a broker sends each face to all subscribers and most of them "
        "do not animate.",
    )
    format: Literal["json", "binary", "bytes", "half"] = Field(
        "json",
        description="json: names and numbers as text, 1.3 kB a face; binary: 52 float32 with "
        "feeling and time in 248 bytes; bytes: the weights alone, 52 bytes of round(255 · weight); "
        "half: the weights alone, 52 float16 in 104 bytes.",
    )
    leave: Annotated[tuple[str, ...], BeforeValidator(checked_leave)] = Field(
        (), description=f"{LEAVE} In every format except json they are sent as 0."
    )
