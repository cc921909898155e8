"""Settings of triggers: what an emotion sets off in other programs while it stands."""

import difflib
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from bridge.config.address import Address, parse_address
from bridge.config.input_section import InputSection
from bridge.config.mqtt import SCHEMES as MQTT_SCHEMES
from bridge.config.mqtt import MqttSettings, client_id_field, usual_port
from bridge.config.mqtt_output import check_topic
from bridge.config.output_section import OutputSection
from bridge.config.outputs import VRChatSection
from bridge.config.section import OnReload, Section, from_address, tag_by_scheme
from bridge.config.trigger_section import ProgramTrigger, TriggerSection
from bridge.config.vtube_studio import SCHEME as VTUBE_STUDIO
from bridge.config.vtube_studio import VTubeStudioSection
from protocols.osc.packets import check_address
from protocols.vtubestudio.messages import PORT as VTUBE_STUDIO_PORT

VRCHAT = "vrchat"

_LARGEST = 2**31 - 1

_ActionName = Annotated[str, Field(min_length=1, max_length=200)]
_OscNumber = bool | Annotated[int, Field(ge=-_LARGEST, le=_LARGEST)] | float
_OscValue = _OscNumber | Annotated[str, Field(max_length=1000)]


class VTubeStudioTrigger(ProgramTrigger):
    """A hotkey or an expression of the model in VTube Studio. `to` is not needed: the trigger uses
    the connection of the VTube Studio output, or its own to VTube Studio on this machine."""

    program: ClassVar = "VTube Studio"
    scheme: ClassVar = VTUBE_STUDIO
    port: ClassVar = VTUBE_STUDIO_PORT
    output: ClassVar = VTubeStudioSection

    to: str = Field(
        VTUBE_STUDIO,
        description="The address of VTube Studio: vtube-studio://host:port. The default is the "
        "one in the outputs, or else the one on this machine.",
    )
    hotkey: _ActionName | None = Field(
        None,
        description="The hotkey to press once when the emotion begins: its name in VTube Studio, "
        "or its id.",
    )
    hotkey_after: _ActionName | None = Field(
        None,
        description="The hotkey to press when the emotion is over, often the same one. By "
        "default, none is pressed.",
    )
    expression: _ActionName | None = Field(
        None,
        description="The expression to switch on when the emotion begins and off when it is "
        "over: the name of its file, such as tears.exp3.json.",
    )

    @property
    def action(self) -> str:
        return f"hotkey {self.hotkey}" if self.hotkey else f"expression {self.expression}"

    @field_validator("to")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        VTubeStudioSection.model_validate({"to": value})
        return value

    @model_validator(mode="after")
    def _does_one_thing(self) -> "VTubeStudioTrigger":
        if (self.hotkey is None) == (self.expression is None):
            raise ValueError("expected either hotkey or expression; for both, write two triggers")
        if self.hotkey_after is not None and self.hotkey is None:
            raise ValueError("hotkey_after needs hotkey; an expression is switched off by itself")
        return self


class _SendingTrigger(TriggerSection):
    """A trigger that sends one value when the emotion begins and another one when it is over."""

    @model_validator(mode="before")
    @classmethod
    def _sends_zero_after(cls, value: object) -> object:
        if not isinstance(value, dict) or "send_after" in value:
            return value
        send = value.get("send", cls.model_fields["send"].default)
        zero = type(send)() if isinstance(send, bool | int | float) else None
        return {**value, "send_after": zero}


class VRChatTrigger(_SendingTrigger, ProgramTrigger):
    """A parameter of the avatar in VRChat. `to` is not needed: the trigger uses the address and the
    socket of the VRChat output, or VRChat on this machine."""

    program: ClassVar = "VRChat"
    scheme: ClassVar = VRCHAT
    port: ClassVar = 9000
    output: ClassVar = VRChatSection

    to: str = Field(
        VRCHAT,
        description="The address of VRChat: vrchat://host:port. The default is the one in the "
        "outputs, or else the one on this machine.",
    )
    parameter: _ActionName = Field(
        description="The name of the parameter, spelled as in the avatar, in upper and lower case.",
    )
    send: _OscNumber = Field(
        True,
        description="The value to send when the emotion begins. Its type must be that of the "
        "parameter: true or false for a Bool, 1 for an Int, 1.0 for a Float.",
    )
    send_after: _OscNumber | None = Field(
        None,
        description="The value to send when the emotion is over. The default is false, 0 or 0.0, "
        "like the type of `send`. With null, nothing is sent.",
    )

    @property
    def osc_address(self) -> str:
        return f"/avatar/parameters/{self.parameter}"

    @property
    def action(self) -> str:
        return f"parameter {self.parameter}"

    @field_validator("to")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        address = parse_address(value, {VRCHAT}, default_port=cls.port)
        if address.path:
            raise ValueError(
                f"{address.path!r}: an address of {VRCHAT} has nothing after the port; the name "
                "goes into parameter"
            )
        return value

    @field_validator("parameter")
    @classmethod
    def _parameter_is_a_name(cls, value: str) -> str:
        name = value.removeprefix("/avatar/parameters/")
        check_address(f"/{name}")
        return name


class OscTrigger(_SendingTrigger):
    """An OSC message, for example to `osc://127.0.0.1:9000/lights/red`. `{stream}` in the address
    is the name of the stream."""

    send: _OscValue = Field(
        1,
        description="The argument to send when the emotion begins: 1 is sent as an int, "
        "1.0 as a float, true as T, text as a string.",
    )
    send_after: _OscValue | None = Field(
        None,
        description="The argument to send when the emotion is over. The default is 0, 0.0 or "
        "false, like the type of `send`; for a text it is nothing. With null, "
        "nothing is sent.",
    )

    @property
    def address(self) -> Address:
        return parse_address(self.to, {"osc"})

    @property
    def osc_address(self) -> str:
        return f"/{self.address.path}"

    @property
    def action(self) -> str:
        return f"osc {self.osc_address}"

    @field_validator("to")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        path = parse_address(value, {"osc"}).path
        if not path:
            raise ValueError(
                f"{value}: expected an OSC address after the port, as in "
                "osc://127.0.0.1:9000/lights/red"
            )
        check_address("/" + path.replace("{stream}", "main"))
        return value


class MqttTrigger(MqttSettings, TriggerSection):
    """An MQTT message, for example to `mqtt://user@host/lights/red`. `{stream}` in the topic is the
    name of the stream. Messages are sent with QoS 1. Triggers with the same client id share one
    connection."""

    reloaded_otherwise: ClassVar = dict.fromkeys(
        ("to", *MqttSettings.model_fields), OnReload.REOPEN
    )

    client_id: str = client_id_field("affect-bridge-<this machine>-triggers")
    send: Annotated[str, Field(max_length=10_000)] = Field(
        "on", description='The message to send when the emotion begins. Write it in quotes: "ON".'
    )
    send_after: Annotated[str, Field(max_length=10_000)] | None = Field(
        "off",
        description="The message to send when the emotion is over. With null, nothing is sent.",
    )
    retain: bool = Field(
        False, description="Have the broker keep the message for programs that subscribe later."
    )

    @property
    def address(self) -> Address:
        return parse_address(self.to, MQTT_SCHEMES, default_port=usual_port(self.to))

    @property
    def topic(self) -> str:
        return self.address.path

    @property
    def action(self) -> str:
        return f"mqtt {self.topic}"

    @property
    def connection(self) -> dict[str, Any]:
        """The settings of its connection. Triggers whose are equal share one."""
        settings = self.model_dump(include=set(MqttSettings.model_fields))
        return {**settings, "to": self.address._replace(path="")}

    @field_validator("to")
    @classmethod
    def _can_be_published_to(cls, value: str) -> str:
        topic = parse_address(value, MQTT_SCHEMES, default_port=usual_port(value)).path
        if not topic:
            raise ValueError(
                f"{value}: expected a topic after the host, as in mqtt://localhost/lights/red"
            )
        check_topic(topic)
        return value

    @field_validator("send", "send_after", mode="before")
    @classmethod
    def _message_as_written(cls, value: object) -> object:
        if isinstance(value, bool):  # YAML 1.1 reads ON, off and yes as true and false
            raise ValueError(
                "YAML reads on, off, yes, no, true and false as a switch; write the message in "
                'quotes, as in "ON"'
            )
        return value


SECTIONS: dict[str, type[TriggerSection]] = {
    VTUBE_STUDIO: VTubeStudioTrigger,
    VRCHAT: VRChatTrigger,
    "osc": OscTrigger,
    "mqtt": MqttTrigger,
}
"""The section of each scheme."""

SCHEMES = {
    **{scheme: f"trigger {scheme}" for scheme in SECTIONS},
    **dict.fromkeys(("mqtts", "ws", "wss"), "trigger mqtt"),
}
"""The tag of each scheme's section."""

_IMPLIES = {
    "hotkey": VTUBE_STUDIO,
    "expression": VTUBE_STUDIO,
    "hotkey_after": VTUBE_STUDIO,
    "parameter": VRCHAT,
}
"""Settings that say which program is meant."""


def _expanded(value: Any) -> Any:
    if isinstance(value, Section):
        return value
    if not isinstance(value, dict):
        raise ValueError("expected a map, as in {emotion: joy, hotkey: Blush}")
    if "to" not in value:
        value = {"to": _implied(value), **value}
    return _expand(value)


def _implied(value: dict[Any, Any]) -> str:
    for setting, scheme in _IMPLIES.items():
        if setting in value:
            return scheme
    for written in value:
        known = written in TriggerSection.model_fields or written in ("for", "send", "send_after")
        near = [] if known else difflib.get_close_matches(str(written), _IMPLIES, n=1)
        if near:
            raise ValueError(f"no such setting {written!r}; did you mean {near[0]}?")
    raise ValueError(
        "the trigger does nothing; add hotkey or expression (VTube Studio), parameter (VRChat), or "
        "to: with an address that starts with osc:// or mqtt://"
    )


_expand = from_address("to", SCHEMES)

AnyTrigger = Annotated[
    Annotated[VTubeStudioTrigger, Tag(SCHEMES[VTUBE_STUDIO])]
    | Annotated[VRChatTrigger, Tag(SCHEMES[VRCHAT])]
    | Annotated[OscTrigger, Tag(SCHEMES["osc"])]
    | Annotated[MqttTrigger, Tag(SCHEMES["mqtt"])],
    Discriminator(tag_by_scheme("to", SCHEMES)),
    BeforeValidator(
        _expanded,
        json_schema_input_type=VTubeStudioTrigger | VRChatTrigger | OscTrigger | MqttTrigger,
    ),
]


def check_together(
    triggers: Iterable[TriggerSection], parts: Iterable[InputSection | OutputSection]
) -> None:
    """Check what each trigger cannot check alone. `parts`: the inputs and outputs.

    Raises:
        ValueError: it is not clear which output a trigger uses, or two connections have the same
            client id.
    """
    outputs = [part for part in parts if isinstance(part, OutputSection)]
    taken: dict[str, Any] = {part.exclusive_claim(): None for part in parts}
    for trigger in triggers:
        if isinstance(trigger, ProgramTrigger):
            trigger.output_among(outputs)
        elif isinstance(trigger, MqttTrigger):
            claim, connection = trigger.exclusive_claim(), trigger.connection
            if taken.setdefault(claim, connection) != connection:
                raise ValueError(f"{trigger.name}: duplicate {claim}")
