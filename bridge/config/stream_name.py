"""What settings may say where they name a stream."""

from typing import Annotated

from pydantic import AfterValidator, Field

from bridge.emotion.streams import EVERY_STREAM, LONGEST_STREAM, is_stream_name


def checked_stream(name: str) -> str:
    """The same name.

    Raises:
        ValueError: no stream may have it.
    """
    if not is_stream_name(name):
        raise ValueError(
            f"{name!r} is not a name that a stream may have; expected 1–{LONGEST_STREAM} bytes "
            "without spaces, slashes or wildcards"
        )
    return name


def _checked_or_every(name: str) -> str:
    return name if name == EVERY_STREAM else checked_stream(name)


StreamName = Annotated[str, Field(max_length=LONGEST_STREAM), AfterValidator(checked_stream)]
"""One stream."""

StreamNameOrEvery = Annotated[
    str, Field(max_length=LONGEST_STREAM), AfterValidator(_checked_or_every)
]
"""One stream, or * for every stream."""


def every_stream_by_template(section: object) -> object:
    """The settings of something that goes `to` an address. If {stream} stands in the address and no
    stream is named, every stream is meant. For a validator that runs before the others."""
    if isinstance(section, dict) and "{stream}" in str(section.get("to")):
        return {"stream": EVERY_STREAM, **section}
    return section
