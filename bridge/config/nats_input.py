"""Settings of NATS inputs."""

from typing import ClassVar

from pydantic import field_validator

from bridge.config.address import Address, parse_address
from bridge.config.input_section import MessageSection
from bridge.config.nats import SCHEMES, USUAL_PORT, NatsSettings
from bridge.config.subject_filter import SubjectFilter, parse_subject_filter


class NatsInputSection(NatsSettings, MessageSection):
    """NATS, for example `nats://host:4222/affect.*.set`. The token of the subject at the `*` is the
    name of the stream; where there is more than one, `{stream}` says which:
    `nats://host/game.*.npc.{stream}.set`. `tls://` uses TLS. It needs nats-py: `pip install
    '.[nats]'`."""

    reloaded: ClassVar = MessageSection.reloaded
    reloaded_otherwise: ClassVar = MessageSection.reloaded_otherwise

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
        return [self.subjects.subscription]

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
