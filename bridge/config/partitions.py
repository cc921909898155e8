"""Which partitions of the streams an input takes, so that several bridges share them."""

import os
import re
import socket
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from bridge.config.section import Section, Whole

PARTITION = "{partition}"
INDEX_ENV = "AFFECT_BRIDGE_SHARD"
MOST_PARTITIONS = 1024

_ORDINAL = re.compile(r"-([0-9]{1,4})$")


def own_index(environment: Mapping[str, str] = os.environ, host: str | None = None) -> int:
    """The number of this bridge among several, from `AFFECT_BRIDGE_SHARD`, or from the end of the
    host's name, as a Kubernetes StatefulSet numbers its pods.

    Raises:
        ValueError: neither says it.
    """
    given = environment.get(INDEX_ENV)
    if given is not None:
        if not re.fullmatch("[0-9]{1,4}", given.strip()):
            raise ValueError(f"{INDEX_ENV}={given[:20]!r}: expected a whole number of at least 0")
        return int(given)
    name = socket.gethostname() if host is None else host
    found = _ORDINAL.search(name.split(".")[0])
    if found is None:
        raise ValueError(
            f"index auto: the host name {name!r} does not end in a number, as affect-bridge-2 "
            f"does; set the environment variable {INDEX_ENV}, or write the index"
        )
    return int(found[1])


Index = Annotated[
    Whole | Literal["auto"],
    BeforeValidator(lambda value: own_index() if value == "auto" else value),
]


class ShardSection(Section):
    """The number of this bridge among several that share the partitions evenly."""

    index: Annotated[
        Index,
        Field(
            "auto",
            validate_default=True,
            description=f"The number of this bridge, from 0. auto takes it from {INDEX_ENV}, or "
            "from the end of the host name (affect-bridge-2).",
        ),
    ]
    count: Whole = Field(ge=1, le=MOST_PARTITIONS, description="How many bridges there are.")
    partitions: Whole | None = Field(
        None,
        ge=1,
        le=MOST_PARTITIONS,
        description="How many partitions there are. The default is one for each bridge.",
    )

    @property
    def assigned(self) -> list[int]:
        """The partitions of this bridge."""
        every = self.count if self.partitions is None else self.partitions
        return list(range(int(self.index), every, self.count))

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if not 0 <= int(self.index) < self.count:
            raise ValueError(
                f"index {self.index}: expected 0 to {self.count - 1}, because count is {self.count}"
            )
        if not self.assigned:
            raise ValueError(
                f"index {self.index} of {self.count} gets none of {self.partitions} partitions"
            )
        return self


class PartitionSettings(Section):
    """The partitions that an input takes. Without either setting it takes all of them."""

    partitions: list[Annotated[Whole, Field(ge=0, lt=MOST_PARTITIONS)]] = Field(
        [],
        max_length=MOST_PARTITIONS,
        description=f"The partitions to take, for an address with {PARTITION}: `[0, 1]`. All of "
        "them when neither this nor shard is given.",
    )
    shard: ShardSection | None = Field(
        None,
        description="In place of partitions, the number of this bridge among several that share "
        "them: `{index: 0, count: 4}`. Index auto, the default, is the environment variable "
        f"{INDEX_ENV}, or the number at the end of the host name (affect-bridge-2). `partitions: "
        "16` says how many there are, if not one for each bridge.",
    )

    @property
    def assigned(self) -> list[int]:
        """The partitions to take; empty for all."""
        return self.partitions if self.shard is None else self.shard.assigned

    def in_partitions(self, template: str) -> list[str]:
        """A filter for each partition to take; one for all if none is named."""
        numbers = self.assigned
        return [template.replace(PARTITION, str(n)) for n in numbers] if numbers else [template]

    def check_template(self, template: str) -> None:
        """Refuse settings that do not fit the filter in the address.

        Raises:
            ValueError: what is wrong.
        """
        if self.partitions and self.shard:
            raise ValueError("partitions and shard: give one of them")
        if len(set(self.partitions)) != len(self.partitions):
            raise ValueError(f"partitions: {self.partitions} names one twice")
        if self.assigned and PARTITION not in template:
            name = "partitions" if self.partitions else "shard"
            raise ValueError(f"{name} needs {PARTITION} in the address, where its number stands")
