"""Settings of the recording that a bridge writes."""

from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, PrivateAttr, field_validator, model_validator

from bridge.config.section import Number, OnReload, Section, Whole
from bridge.config.stream_name import StreamNameOrEvery
from bridge.emotion.streams import EVERY_STREAM, MAIN_STREAM

SUFFIXES = (".jsonl.gz", ".jsonl", ".csv")


class RecordSection(Section):
    """The file that a bridge writes what comes in and goes out to."""

    reloaded: ClassVar = OnReload.REOPEN

    file: Path = Field(
        description="The file: .jsonl.gz (packed) or .jsonl, with everything; .csv as the Live "
        "Link Face app writes it, with the faces of one stream. A file that exists is kept under "
        "another name: show.1.jsonl.gz."
    )
    stream: StreamNameOrEvery = Field(
        EVERY_STREAM,
        description="The stream to record, or * for all streams. A .csv has one stream, by "
        "default main.",
    )
    every: Whole = Field(1, ge=1, le=240, description="Record every Nth frame.")
    megabytes: Number = Field(
        256.0,
        ge=1,
        le=1_000_000,
        description="The size in MB at which the file is closed and the next one begins. An hour "
        "of one face takes about 35 MB as .jsonl.gz.",
    )
    keep: Whole = Field(
        4, ge=0, le=999, description="How many earlier files are kept; older ones are deleted."
    )

    _model: tuple[Path, int] | None = PrivateAttr(None)
    """The file of the bridge's model, and when it was written; None for the shipped one."""

    def with_model(self, path: Path | None) -> "RecordSection":
        """The same for a bridge with this model. It is equal to the section of another bridge only
        if the model is the same, so that after a change of it another recording begins."""
        section = self.model_copy()
        if path is not None:
            section._model = path, path.stat().st_mtime_ns if path.exists() else 0
        return section

    @property
    def model(self) -> Path | None:
        """The file of the bridge's model; None for the shipped one."""
        return None if self._model is None else self._model[0]

    @property
    def name(self) -> str:
        """Its name in the logs and in the status line."""
        return f"record {self.file.name}"

    @property
    def suffix(self) -> str:
        """The end of the file's name that says what is written."""
        return next(suffix for suffix in SUFFIXES if self.file.name.lower().endswith(suffix))

    @property
    def caution(self) -> str:
        return ""

    @property
    def given_up_first(self) -> bool:
        return True

    @field_validator("file")
    @classmethod
    def _suffix_is_known(cls, value: Path) -> Path:
        if not value.name.lower().endswith(SUFFIXES):
            raise ValueError(f"{str(value)!r}: expected a name that ends in {', '.join(SUFFIXES)}")
        return value

    @model_validator(mode="before")
    @classmethod
    def _csv_has_one_stream(cls, value: Any) -> Any:
        if isinstance(value, dict) and str(value.get("file", "")).lower().endswith(".csv"):
            if value.get("stream") == EVERY_STREAM:
                raise ValueError("stream '*': a .csv has one stream; .jsonl.gz has all of them")
            return {"stream": MAIN_STREAM, **value}
        return value


def _file_alone(value: Any) -> Any:
    return {"file": value} if isinstance(value, str | Path) else value


AnyRecord = Annotated[
    RecordSection | None,
    BeforeValidator(_file_alone, json_schema_input_type=str | RecordSection | None),
]
