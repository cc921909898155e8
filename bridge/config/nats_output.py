"""Settings of NATS outputs."""

from pydantic import field_validator, model_validator

from bridge.config.address import Address, parse_address
from bridge.config.face_payload import FacePayloadSettings
from bridge.config.nats import SCHEMES, USUAL_PORT, NatsSettings
from bridge.config.subject_filter import check_subject, subject_for

SUBJECT = "affect.{stream}.face"
"""Where faces are published when the address has no subject."""


class NatsOutputSection(NatsSettings, FacePayloadSettings):
    """Whole faces over NATS for other machines, for example
    `nats://user@host:4222/affect.{stream}.face`. `nats://host` uses this subject too. `tls://` uses
    TLS. Faces are sent at most once; a frame is sent when the server has read the frame before it,
    so a slow network gets fewer faces, never old ones. It needs nats-py: `pip install
    '.[nats]'`."""

    @property
    def address(self) -> Address:
        return parse_address(self.to, SCHEMES, default_port=USUAL_PORT)

    @property
    def name(self) -> str:
        """It includes the subject: two outputs may publish to different ones at one server."""
        return f"{self.address.scheme} {self.address.place} {self.address.path}"

    @property
    def given_up_first(self) -> bool:
        return False

    def subject(self, stream: str) -> str:
        """The subject for the faces of a stream."""
        return subject_for(self.address.path, stream)

    @model_validator(mode="before")
    @classmethod
    def _says_a_subject(cls, value: object) -> object:
        if isinstance(value, dict) and isinstance(value.get("to"), str):
            return {**value, "to": _with_subject(value["to"].strip())}
        return value

    @field_validator("to")
    @classmethod
    def _can_be_published_to(cls, value: str) -> str:
        check_subject(parse_address(value, SCHEMES, default_port=USUAL_PORT).path)
        return value


def _with_subject(address: str) -> str:
    if address.lower() in SCHEMES:
        return f"{address}://127.0.0.1/{SUBJECT}"
    scheme, separator, rest = address.partition("://")
    place, _, subject = rest.partition("/")
    return f"{scheme}://{place}/{SUBJECT}" if separator and not subject else address
