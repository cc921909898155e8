"""OSC messages of triggers."""

from typing import Any

import pytest

from bridge.config.settings import Settings
from bridge.triggers.osc import OscReceiver
from protocols.osc.packets import decode


class Program:
    """A socket to a program, which may be closed, or an output to VRChat."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Any]] = []
        self.open = True
        self.avatar_changes = 0

    def send_message(self, datagram: bytes) -> bool:
        if self.open:
            self.got += [(m.address, *m.arguments) for m in decode(datagram)]
        return self.open


def section(**settings: Any) -> Any:
    [made] = Settings.model_validate({"triggers": [{"emotion": "joy", **settings}]}).triggers
    return made


@pytest.mark.parametrize(
    ("send", "begins", "over"), [(True, True, False), (3, 3, 0), (0.5, 0.5, 0.0)]
)
def test_a_parameter_of_an_avatar_is_set_and_reset_with_its_type(send, begins, over):
    program = Program()
    receiver, tears = OscReceiver(lambda: program), section(parameter="Tears", send=send)
    assert receiver.begin(tears, "main")
    receiver.look()
    receiver.end(tears, "main")
    receiver.look()
    address = "/avatar/parameters/Tears"
    assert program.got == [(address, begins), (address, over)]
    assert [type(value) for _, value in program.got] == [type(begins), type(over)]


def test_a_closed_socket_loses_nothing_that_still_stands():
    program = Program()
    receiver, light = OscReceiver(lambda: program), section(to="osc://h:1/light")
    program.open = False
    receiver.begin(light, "main")
    receiver.look()
    program.open = True
    receiver.look()
    receiver.look()
    assert program.got == [("/light", 1)]


def test_a_new_avatar_gets_what_stands():
    program = Program()
    receiver = OscReceiver(lambda: program)
    receiver.begin(section(parameter="Tears"), "main")
    program.avatar_changes += 1
    receiver.look()
    receiver.look()
    assert program.got == [("/avatar/parameters/Tears", True)] * 2


def test_every_stream_has_its_own_address():
    program = Program()
    receiver, light = OscReceiver(lambda: program), section(to="osc://h:1/{stream}/light")
    receiver.begin(light, "alice")
    receiver.begin(light, "bob")
    receiver.end(light, "alice")
    assert program.got == [("/alice/light", 1), ("/bob/light", 1), ("/alice/light", 0)]


def test_without_a_socket_nothing_fails():
    receiver, light = OscReceiver(lambda: None), section(to="osc://h:1/light")
    receiver.begin(light, "main")
    receiver.look()
    receiver.end(light, "main")
