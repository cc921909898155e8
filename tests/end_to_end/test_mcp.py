"""`affect-bridge mcp`, started by a client of the protocol, and a running bridge."""

import json
import os
import subprocess

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.end_to_end.conftest import COMMAND


@pytest.fixture
def tools(free_tcp_port):
    """A connection to the command, as a chat program opens it."""

    def start(*arguments, at=None, env=None):
        address = f"http://127.0.0.1:{free_tcp_port}" if at is None else at
        command = StdioServerParameters(
            command=COMMAND,
            args=["mcp", "--bridge", address, *arguments],
            env={**os.environ, **(env or {})},
        )
        return Client(stdio_client(command))

    return start


@pytest.fixture
def served(face, free_tcp_port, eventually):
    """Starts a bridge that serves HTTP."""

    def start(*arguments):
        bridge = face(*arguments, "--still", "--web", f"127.0.0.1:{free_tcp_port}")
        eventually(lambda: bridge.logged("web", ": up"))
        return bridge

    return start


async def call(client, tool, **arguments):
    """Whether it failed, and the text of the answer."""
    answer = await client.call_tool(tool, arguments)
    return answer.is_error, "".join(part.text for part in answer.content)


async def test_a_model_moves_the_face_and_sees_what_is_shown(
    served, tools, avatar, at_once, eventually
):
    served(at_once)
    async with tools() as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == {
            *("set_emotion", "gesture", "look_at", "set_state", "what_is_shown"),
        }
        told = await call(client, "set_emotion", emotion="joy", intensity=0.9)
        assert told == (False, "main shows joy 0.9 until the next emotion")
        eventually(lambda: avatar.weight("MouthSmileLeft") > 0.4)
        failed, shown = await call(client, "what_is_shown", stream="main")
        assert not failed
        assert json.loads(shown)["label"] == "joy 0.9"

        told = await call(client, "gesture", emotion="surprise", seconds=0.6)
        assert told == (False, "main shows surprise 1 for 0.6 s, then the emotion before")
        eventually(lambda: avatar.weight("BrowOuterUpLeft") > 0.6)
        eventually(lambda: avatar.weight("MouthSmileLeft") > 0.4)

        told = await call(client, "look_at", right=20, up=10)
        assert told == (False, "main looks 20° to its right and 10° up")
        eventually(lambda: avatar.weight("EyeLookUpLeft") > 0.2)
        assert avatar.weight("EyeLookOutRight") > 0.4  # its right eye turns outwards
        assert avatar.weight("EyeLookDownLeft") == 0
        await call(client, "look_at")
        eventually(lambda: avatar.weight("EyeLookUpLeft") < 0.1)

        assert await call(client, "set_state", state="asleep") == (
            False,
            "main is in the state asleep",
        )
        eventually(lambda: avatar.weight("EyeBlinkLeft") == 1.0)
        _, shown = await call(client, "what_is_shown")
        assert json.loads(shown)["streams"][0]["state"] == "asleep"
        assert await call(client, "set_state", state="none") == (False, "main has no state")
        eventually(lambda: avatar.weight("EyeBlinkLeft") < 0.5)


async def test_what_is_wrong_is_told_to_the_model(served, tools, avatar):
    served()
    async with tools() as client:
        for tool, arguments, why in [
            ("set_emotion", {"emotion": "hapy"}, 'unknown emotion "hapy"; did you mean "happy"'),
            ("set_emotion", {"emotion": "joy", "intensity": 2}, "less than or equal to 1"),
            (
                "set_emotion",
                {"emotion": "joy", "stream": "bob"},
                "no output shows the stream",
            ),
            ("set_emotion", {}, "emotion"),
            ("gesture", {"emotion": "suprise"}, 'did you mean "surprise"'),
            ("look_at", {"right": 91}, "less than or equal to 90"),
            ("set_state", {"state": "thinkin"}, 'did you mean "thinking"'),
            (
                "what_is_shown",
                {"stream": "bob"},
                "expected one of the streams: main",
            ),
        ]:
            failed, text = await call(client, tool, **arguments)
            assert failed, (tool, arguments)
            assert why in text, (tool, arguments)
        assert not (await call(client, "set_emotion", emotion="joy"))[0]


async def test_without_a_bridge_the_model_is_told_what_to_run_and_a_restart_is_no_matter(
    served, tools, free_tcp_port
):
    async with tools() as client:
        failed, text = await call(client, "set_emotion", emotion="joy")
        assert failed
        assert f"no bridge answers at http://127.0.0.1:{free_tcp_port}" in text
        assert f"affect-bridge run --web 127.0.0.1:{free_tcp_port}" in text
        for _ in range(2):
            bridge = served()
            assert not (await call(client, "set_emotion", emotion="joy"))[0]
            bridge.close()


async def test_the_token_of_a_bridge_is_read_from_the_environment(
    run_bridge, tools, free_tcp_port, avatar, tmp_path, eventually
):
    (tmp_path / "web-token").write_text("correct-horse-battery")
    (tmp_path / "studio.yaml").write_text(
        f"inputs: [demo]\noutputs: ['vmc://127.0.0.1:{avatar.port}']\n"
        f"web: {{at: '127.0.0.1:{free_tcp_port}', token_file: web-token}}\n"
    )
    bridge = run_bridge("run", str(tmp_path / "studio.yaml"))
    eventually(lambda: bridge.logged("web", ": up"))
    async with tools(env={"AFFECT_BRIDGE_TOKEN": ""}) as client:
        failed, text = await call(client, "what_is_shown")
        assert failed
        assert "a token is needed; set the environment variable AFFECT_BRIDGE_TOKEN" in text
    async with tools(env={"AFFECT_BRIDGE_TOKEN": "correct-horse-battery"}) as client:
        assert not (await call(client, "what_is_shown"))[0]


def test_nothing_but_the_protocol_is_on_stdout(free_tcp_port):
    asked = [
        {
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            },
        },
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "nonsense", "arguments": {}}},
        {"id": 3, "method": "tools/call", "params": {"name": "what_is_shown", "arguments": {}}},
    ]
    lines = [json.dumps({"jsonrpc": "2.0", **message}) for message in asked]
    command = subprocess.Popen(
        [COMMAND, "mcp", "--bridge", f"127.0.0.1:{free_tcp_port}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with command:
        command.stdin.write("".join(f"{line}\n" for line in [*lines, "this is not JSON"]))
        command.stdin.flush()
        answers = [json.loads(command.stdout.readline()) for _ in range(3)]
        rest, _ = command.communicate(timeout=20)
    assert command.returncode == 0
    answers += [json.loads(line) for line in rest.splitlines()]
    assert all(answer["jsonrpc"] == "2.0" for answer in answers)
    assert {1, 2, 3} <= {answer.get("id") for answer in answers}
