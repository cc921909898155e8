"""The triggers of a running bridge, with real outputs and sockets."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bridge.config.settings import Settings
from bridge.daemon.reconcile import Outputs
from bridge.emotion.felt import NOTHING_FELT, Felt
from bridge.emotion.names import parts_of
from bridge.outputs import vtube_studio
from bridge.triggers.triggers import Triggers
from protocols.osc.packets import decode
from tests.bridge.outputs.vtube_studio_stand_in import Model

JOY, FEAR = Felt.of(main=parts_of("joy")), Felt.of(main=parts_of("fear"))


class Bridge:
    """Outputs and triggers of a configuration, and a clock."""

    def __init__(self) -> None:
        self.outputs = Outputs(lambda _: None)
        self.triggers = Triggers(lambda: NOTHING_FELT, self.outputs)
        self.now = 100.0

    async def configure(self, *triggers: Any, outputs: Any = ("vmc://127.0.0.1:9",)) -> None:
        settings = Settings.model_validate({"triggers": list(triggers), "outputs": list(outputs)})
        change = self.triggers.prepare(settings.triggers, settings.outputs)
        await self.outputs.prepare(settings.outputs, 60)()
        await change()

    def feel(self, felt: Felt) -> None:
        """Feel something for long enough."""
        for _ in range(2):
            self.triggers.look(felt, self.now)
            self.now += 0.3

    async def stop(self) -> None:
        await self.triggers.stop()
        await self.outputs.stop()


@pytest.fixture
async def bridge() -> AsyncIterator[Bridge]:
    made = Bridge()
    yield made
    await made.stop()


class Listener:
    """A UDP port that reads OSC."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()

    def got(self) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        while True:
            try:
                found += [(m.address, *m.arguments) for m in decode(self._socket.recv(65536))]
            except BlockingIOError:
                return found


@pytest.fixture
def listener():
    made = Listener()
    yield made
    made.close()


def up(bridge: Bridge) -> bool:
    return all(s.state.value == "up" for s in [*bridge.outputs, *bridge.triggers.connections])


async def test_a_hotkey_is_pressed_over_the_connection_of_the_output(bridge, program, until):
    address = f"vtube-studio://127.0.0.1:{program.port}"
    await bridge.configure({"emotion": "joy", "hotkey": "blush"}, outputs=[address])
    assert bridge.triggers.connections == []
    await until(lambda: up(bridge))
    bridge.feel(JOY)
    bridge.feel(JOY)
    await until(lambda: program.pressed)
    bridge.feel(FEAR)
    bridge.feel(JOY)
    await until(lambda: len(program.pressed) == 2)
    assert program.pressed == ["Blush", "Blush"]
    assert (program.connections, program.questions) == (1, 1)
    [trigger] = bridge.triggers
    assert (trigger.trigger.fired, trigger.missed) == (2, 0)


async def test_an_expression_is_on_while_the_emotion_stands_over_a_connection_of_its_own(
    bridge, program, until
):
    address = f"vtube-studio://127.0.0.1:{program.port}"
    await bridge.configure({"emotion": "fear", "expression": "tears", "to": address})
    await until(lambda: up(bridge))
    bridge.feel(FEAR)
    await until(lambda: program.switched)
    bridge.feel(JOY)
    await until(lambda: len(program.switched) == 2)
    assert program.switched == [("tears.exp3.json", True), ("tears.exp3.json", False)]
    assert program.injections == []  # the face is left alone
    assert program.custom == {}


async def test_a_hotkey_may_be_pressed_again_when_the_emotion_is_over(bridge, program, until):
    address = f"vtube-studio://127.0.0.1:{program.port}"
    await bridge.configure(
        {"emotion": "joy", "hotkey": "Blush", "hotkey_after": "Wave", "to": address}
    )
    await until(lambda: up(bridge))
    bridge.feel(JOY)
    bridge.feel(FEAR)
    await until(lambda: len(program.pressed) == 2)
    assert program.pressed == ["Blush", "Wave"]


async def test_a_stop_switches_off_what_a_trigger_switched_on(bridge, program, until):
    address = f"vtube-studio://127.0.0.1:{program.port}"
    await bridge.configure({"emotion": "joy", "expression": "tears", "to": address})
    await until(lambda: up(bridge))
    bridge.feel(JOY)
    await until(lambda: program.switched)
    await bridge.stop()
    await until(lambda: len(program.switched) == 2)
    assert program.model.expressions == {"tears.exp3.json": False, "star.exp3.json": True}


async def test_a_name_that_the_model_lacks_is_logged_when_it_is_loaded(
    bridge, program, until, caplog
):
    caplog.set_level(logging.INFO)
    address = f"vtube-studio://127.0.0.1:{program.port}"
    await bridge.configure({"emotion": "joy", "hotkey": "Blussh", "to": address})
    said = (
        f"vtube-studio 127.0.0.1:{program.port}: the model Akari has no hotkey "
        '"Blussh"; did you mean "Blush"? It has Blush, Wave'
    )
    await until(lambda: said in caplog.messages)
    await program.load(Model("Bob", {"x": "Blussh"}))
    await until(lambda: program.requests.count("HotkeysInCurrentModelRequest") == 2)
    await asyncio.sleep(0.05)
    bridge.feel(JOY)
    await until(lambda: program.pressed == ["Blussh"])
    assert caplog.messages.count(said) == 1


async def test_a_vtube_studio_that_is_restarted_gets_the_expression_again(
    bridge, program, until, monkeypatch
):
    monkeypatch.setattr("bridge.supervision.supervised.FIRST_DELAY", 0.02)
    monkeypatch.setattr(vtube_studio, "ANSWER_TIMEOUT", 1.0)
    address = f"vtube-studio://127.0.0.1:{program.port}"
    await bridge.configure(
        {"emotion": "joy", "expression": "tears", "to": address},
        {"emotion": "fear", "hotkey": "Blush", "to": address},
    )
    await until(lambda: up(bridge))
    bridge.feel(JOY)
    await until(lambda: program.switched)
    await program.stop()
    await until(lambda: not up(bridge))
    bridge.feel(FEAR)
    bridge.feel(JOY)
    program.model.expressions["tears.exp3.json"] = False
    await program.start()
    await until(lambda: len(program.switched) == 2)
    assert program.switched == [("tears.exp3.json", True)] * 2
    assert program.pressed == []  # it came too late
    assert [running.missed for running in bridge.triggers] == [0, 1]


async def test_a_parameter_goes_to_vrchat_from_the_port_of_its_output(bridge, listener, until):
    output = f"vrchat://127.0.0.1:{listener.port}?listen=off"
    await bridge.configure({"emotion": "joy", "parameter": "Blush"}, outputs=[output])
    assert bridge.triggers.connections == []
    bridge.feel(JOY)
    bridge.feel(JOY)
    bridge.feel(FEAR)
    address = "/avatar/parameters/Blush"
    assert listener.got() == [(address, True), (address, False)]


async def test_triggers_of_one_program_share_a_connection_and_the_last_emotion_decides(
    bridge, listener, until
):
    address = f"osc://127.0.0.1:{listener.port}/face"
    await bridge.configure(
        {"emotion": "joy", "to": address, "send": 1},
        {"emotion": "fear", "to": address, "send": 2},
    )
    assert len(bridge.triggers.connections) == 1
    await until(lambda: up(bridge))
    bridge.feel(JOY)
    bridge.feel(FEAR)
    bridge.feel(NOTHING_FELT)
    assert listener.got() == [("/face", 1), ("/face", 0), ("/face", 2), ("/face", 0)]


async def test_a_dead_receiver_costs_nothing(bridge, listener, until):
    address = f"osc://127.0.0.1:{listener.port}/x"
    listener.close()
    await bridge.configure({"emotion": "joy", "to": address})
    await until(lambda: up(bridge))
    for _ in range(50):
        bridge.feel(JOY)
        bridge.feel(FEAR)
    assert up(bridge)
    [trigger] = bridge.triggers
    assert trigger.trigger.fired == 50


async def test_a_reload_keeps_what_has_not_changed(bridge, listener, until):
    stays = {"emotion": "joy", "to": f"osc://127.0.0.1:{listener.port}/stays"}
    goes = {"emotion": "joy", "to": f"osc://127.0.0.1:{listener.port}/goes"}
    comes = {"emotion": "joy", "to": f"osc://127.0.0.1:{listener.port}/comes"}
    await bridge.configure(stays, goes)
    [connection] = bridge.triggers.connections
    await until(lambda: up(bridge))
    bridge.feel(JOY)
    assert listener.got() == [("/stays", 1), ("/goes", 1)]
    await bridge.configure(comes, stays)
    assert bridge.triggers.connections == [connection]
    bridge.feel(JOY)
    assert listener.got() == [("/goes", 0), ("/comes", 1)]
    assert [running.trigger.fired for running in bridge.triggers] == [1, 1]
    await bridge.configure()
    assert listener.got() == [("/comes", 0), ("/stays", 0)]
    assert bridge.triggers.connections == []


async def test_a_trigger_finds_its_output_again_when_a_reload_opens_it_anew(bridge, program, until):
    address = f"vtube-studio://127.0.0.1:{program.port}"
    trigger = {"emotion": "joy", "expression": "tears"}
    await bridge.configure(trigger, outputs=[address])
    await until(lambda: up(bridge))
    bridge.feel(JOY)
    await until(lambda: program.switched)
    await bridge.configure(trigger, outputs=[f"{address}?angles=true"])
    await until(lambda: up(bridge) and program.connections == 2)
    bridge.feel(JOY)
    await until(lambda: program.requests.count("ExpressionStateRequest") == 2)
    bridge.feel(FEAR)
    await until(lambda: len(program.switched) == 2)
    assert program.switched == [("tears.exp3.json", True), ("tears.exp3.json", False)]


async def test_a_trigger_that_fails_is_logged_and_the_others_go_on(
    bridge, listener, until, caplog, monkeypatch
):
    address = f"osc://127.0.0.1:{listener.port}"
    await bridge.configure(
        {"emotion": "fear", "to": f"{address}/a"}, {"emotion": "joy", "to": f"{address}/b"}
    )
    await until(lambda: up(bridge))
    broken = next(iter(bridge.triggers))

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(broken.trigger, "look", fail)
    bridge.feel(JOY)
    assert listener.got() == [("/b", 1)]
    [line] = [line for line in caplog.messages if "failed" in line]
    assert "fear → osc /a" in line


async def test_it_looks_by_itself_while_it_runs(bridge, listener, until):
    await bridge.configure({"emotion": "joy", "to": f"osc://127.0.0.1:{listener.port}/x"})
    bridge.triggers._felt = lambda: JOY
    task = asyncio.create_task(bridge.triggers.run())
    got: list[Any] = []
    await until(lambda: got.extend(listener.got()) or got)
    task.cancel()
    await asyncio.wait([task])
    assert got == [("/x", 1)]
