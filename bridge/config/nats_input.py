"""Settings of NATS inputs."""

from typing import ClassVar, Self

from pydantic import Field, field_validator, model_validator

from bridge.config.address import Address, parse_address
from bridge.config.input_section import MessageSection
from bridge.config.nats import SCHEMES, USUAL_PORT, NatsSettings
from bridge.config.partitions import PartitionSettings
from bridge.config.section import Whole
from bridge.config.subject_filter import SubjectFilter, parse_subject_filter


class NatsInputSection(NatsSettings, PartitionSettings, MessageSection):
    """NATS, for example `nats://host:4222/affect.*.set`. The token of the subject at the `*` is the
    name of the stream; where there is more than one, `{stream}` says which:
    `nats://host/game.*.npc.{stream}.set`. `tls://` uses TLS. It needs nats-py: `pip install
    '.[nats]'`."""

    reloaded: ClassVar = MessageSection.reloaded
    reloaded_otherwise: ClassVar = MessageSection.reloaded_otherwise

    bucket: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="The key-value bucket of JetStream that keeps the last update of each stream, "
        "so that another bridge, or this one after a restart, goes on from there. It is made if it "
        "does not exist, and keeps an update for a day at most. The default is none.",
    )
    replicas: Whole = Field(
        1,
        ge=1,
        le=5,
        description="How many servers of the cluster keep a bucket that the bridge makes. 3 "
        "survives the loss of a server.",
    )

    @property
    def address(self) -> Address:
        return parse_address(self.from_, SCHEMES, default_port=USUAL_PORT)

    @property
    def subjects(self) -> SubjectFilter:
        """The subjects to subscribe to, and the token that is the stream."""
        return parse_subject_filter(self.address.path)

    @property
    def subscriptions(self) -> list[str]:
        """What to subscribe to."""
        filters = self.in_partitions(self.address.path)
        return [parse_subject_filter(each).subscription for each in filters]

    @property
    def name(self) -> str:
        """It includes the subject: two inputs may subscribe to different ones at one server."""
        return f"{super().name} {self.address.path}"

    def exclusive_claim(self) -> str:
        address = self.address
        return f"input {address.scheme}://{address.place}/{address.path}"

    @field_validator("from_")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        path = parse_address(value, SCHEMES, default_port=USUAL_PORT).path
        if not path:
            raise ValueError(f"{value}: expected a subject, as in nats://host/affect.*.set")
        parse_subject_filter(path)
        return value

    @model_validator(mode="after")
    def _partitions_fit(self) -> Self:
        self.check_template(self.address.path)
        return self
