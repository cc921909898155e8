"""The installed command with triggers: an emotion that stands acts on other programs."""

import asyncio
import os
import signal
import sys
import threading

import pytest
from osc4py3 import oscbuildparse

from tests.bridge.outputs.vtube_studio_stand_in import Model, StandIn


@pytest.fixture
def program():
    """A stand-in for VTube Studio on a thread of its own, with a model."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    async def begin():
        made = StandIn()
        made.model = Model("Akari", {"id-1": "Blush"}, {"tears.exp3.json": False})
        await made.start()
        return made

    made = asyncio.run_coroutine_threadsafe(begin(), loop).result(5)
    yield made
    asyncio.run_coroutine_threadsafe(made.stop(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)


@pytest.fixture
def environment(tmp_path):
    known = {name: value for name, value in os.environ.items() if name != "STATE_DIRECTORY"}
    return {**known, "XDG_STATE_HOME": str(tmp_path / "state"), "PYTHONUNBUFFERED": "1"}


def messages(receiver, address):
    """The arguments of the messages at one address, by osc4py3."""
    found = []
    for datagram in receiver.datagrams:
        if not datagram.startswith(b"#bundle"):
            message = oscbuildparse.decode_packet(datagram)
            if message.addrpattern == address:
                found += message.arguments
    return found


CONFIG = """\
outputs:
  - {{to: 'vtube-studio://127.0.0.1:{vts}', parameters: default}}
triggers:
  - {{emotion: joy, hotkey: Blush}}
  - {{emotion: sadness, expression: tears}}
  - {{emotion: sadness, to: 'vrchat://127.0.0.1:{vrchat}', parameter: Tears}}
  - {{emotion: joy, to: 'osc://127.0.0.1:{osc}/light', send: {light}}}
"""


def test_emotions_press_a_hotkey_show_an_expression_and_send_messages(
    run_bridge, program, receive, eventually, environment, tmp_path
):
    vrchat, light = receive(), receive()
    config = tmp_path / "studio.yaml"
    ports = {"vts": program.port, "vrchat": vrchat.port, "osc": light.port}
    config.write_text(CONFIG.format(**ports, light=1.0))
    bridge = run_bridge("run", str(config), env=environment)
    eventually(lambda: program.requests.count("ExpressionStateRequest"))
    eventually(lambda: program.injections)

    bridge.say("happiness 0.9")  # a synonym of joy
    eventually(lambda: program.pressed == ["Blush"])
    eventually(lambda: messages(light, "/light") == [1.0])
    assert program.switched == []

    bridge.say("-0.8 -0.4 -0.3")  # sadness, as numbers alone
    eventually(lambda: program.switched == [("tears.exp3.json", True)])
    eventually(lambda: messages(vrchat, "/avatar/parameters/Tears") == [True])
    eventually(lambda: messages(light, "/light") == [1.0, 0.0])
    assert program.pressed == ["Blush"]
    assert (program.questions, program.connections) == (1, 1)

    if sys.platform != "win32":  # which has no SIGHUP
        config.write_text(CONFIG.format(**ports, light=2.0))
        bridge.signal(signal.SIGHUP)
        eventually(lambda: bridge.logged("triggers[4].send: 1.0 → 2.0"))
        assert program.switched == [("tears.exp3.json", True)]

    assert bridge.stop() == 0
    eventually(lambda: program.switched == [("tears.exp3.json", True), ("tears.exp3.json", False)])
    assert messages(vrchat, "/avatar/parameters/Tears") == [True, False]


def test_a_hotkey_that_the_model_lacks_is_named_in_the_log(
    run_bridge, program, eventually, environment, tmp_path
):
    config = tmp_path / "studio.yaml"
    config.write_text(
        f"triggers: {{emotion: joy, hotkey: Blussh, to: 'vtube-studio://127.0.0.1:{program.port}'}}"
    )
    bridge = run_bridge("run", str(config), env=environment)
    eventually(lambda: bridge.logged('no hotkey "Blussh"; did you mean "Blush"? It has Blush'))
    assert bridge.stop() == 0


def test_a_stream_that_no_output_shows_has_triggers(run_bridge, receive, eventually, tmp_path):
    light = receive()
    config = tmp_path / "studio.yaml"
    address = f"osc://127.0.0.1:{light.port}/{{stream}}"
    config.write_text(f"triggers: {{emotion: joy, to: '{address}'}}")
    bridge = run_bridge("run", str(config))
    bridge.say('{"stream": "alice", "emotion": "joy"}')
    eventually(lambda: messages(light, "/alice") == [1])
    assert messages(light, "/main") == []
    assert bridge.stop() == 0
    assert messages(light, "/alice") == [1, 0]
