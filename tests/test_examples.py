"""Each example, and each line of examples/README.md, runs as it stands, but for the ports."""

import json
import os
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.checkout import ROOT, Checkout, node
from tests.end_to_end.conftest import COMMAND, eventually
from tests.end_to_end.test_chat import tell

pytestmark = pytest.mark.skipif(os.name == "nt", reason="runs a shell")

PAGE = (ROOT / "examples/README.md").read_text(encoding="utf-8")
LINES = [
    line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S) for line in block.splitlines()
]
SERVING = "affect-bridge run --web --to vseeface"


def line_with(*words: str) -> str:
    [line] = [line for line in LINES if all(word in line for word in words)]
    return line


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    made = Checkout(tmp_path)
    yield made
    made.close()


def first(checkout: Checkout, name: str, above: float = 0.3) -> float:
    """When the face first showed this."""
    return next(frame.time for frame in checkout.avatar.vmc if frame.weights[name] > above)


def test_a_chatbot_in_a_pipe_moves_the_face_and_its_text_passes(checkout: Checkout) -> None:
    printed = checkout.run(line_with("chatbot.py", "--from stdin:chat"))
    assert printed == (
        "Hello! How nice to see you. Oh, is that a new hat?\n"
        "Mine got lost in the rain. But never mind.\n"
    )
    smiled = first(checkout, "MouthSmileLeft")
    assert smiled < first(checkout, "BrowOuterUpLeft") < first(checkout, "MouthFrownLeft")


def test_with_a_speaker_each_emotion_waits_for_its_words(checkout: Checkout) -> None:
    started = checkout.start(line_with("speaker.py"))
    eventually(lambda: checkout.avatar.weight("MouthFrownLeft") > 0.3, 30)
    # The text itself reaches the rain 2 s after the smile, the voice later.
    assert first(checkout, "MouthFrownLeft") - first(checkout, "MouthSmileLeft") > 3.0
    assert max(frame.weights["JawOpen"] for frame in checkout.avatar.vmc) > 0.2
    time.sleep(5)
    assert checkout.stop(started) == (
        "Hello! How nice to see you. Oh, is that a new hat?\n"
        "Mine got lost in the rain. But never mind.\n"
    )


class ChatServer(BaseHTTPRequestHandler):
    """Answers as a server with the API of OpenAI does."""

    asked: list[dict[str, object]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append({"path": self.path, **body})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        pieces = [{"role": "assistant"}, {"content": "[sa"}, {"content": "d] Once — "}, {}]
        for piece in pieces:
            self._send({"choices": [{"index": 0, "delta": piece}]})
        self._send({"choices": [{"index": 0, "delta": {"content": None}, "finish_reason": "stop"}]})
        self._send({"choices": [], "usage": {"total_tokens": 3}})
        self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, chunk: object) -> None:
        self.wfile.write(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode())

    def log_message(self, *_: object) -> None:
        pass


def test_the_answer_of_a_language_model_moves_the_face(checkout: Checkout) -> None:
    ChatServer.asked = []
    with HTTPServer(("127.0.0.1", 0), ChatServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        printed = checkout.run(
            line_with("openai_chat.py"),
            OPENAI_BASE_URL=f"http://127.0.0.1:{server.server_address[1]}/v1",
        )
        server.shutdown()
    assert printed == "Once — \n"
    assert first(checkout, "MouthFrownLeft") > 0
    [asked] = ChatServer.asked
    assert (asked["path"], asked["stream"]) == ("/v1/chat/completions", True)
    system, user = asked["messages"]  # type: ignore[misc]
    assert "[joy]" in system["content"]
    assert user["content"] == "Tell me a sad story."


def test_curl_sets_states_and_emotions(checkout: Checkout) -> None:
    checkout.serve(line_with(SERVING))
    printed = checkout.run(line_with("curl.sh"))
    answers = [json.loads(line) for line in printed.splitlines()]
    assert len(answers) == 6
    assert not any("error" in answer for answer in answers)
    assert answers[-1]["label"] == "surprise 1"
    eventually(lambda: checkout.avatar.weight("MouthSmileLeft") > 0.3)


@pytest.mark.skipif(node() is None, reason="node is not installed")
def test_node_smiles_and_prints_what_is_shown(checkout: Checkout) -> None:
    checkout.serve(line_with(SERVING))
    printed = checkout.run(line_with("face.mjs"))
    understood, *shown = printed.splitlines()
    assert understood == "understood joy 1"
    assert len(shown) > 5
    assert re.fullmatch(r"joy 1: valence 0\.[78]\d*, arousal 0\.[56]\d*", shown[-1])
    assert checkout.avatar.weight("MouthSmileLeft") > 0.4


async def test_a_client_with_the_configuration_has_the_tools(checkout: Checkout) -> None:
    checkout.serve(line_with(SERVING))
    [(name, server)] = json.loads((ROOT / "examples/mcp.json").read_text())["mcpServers"].items()
    assert (name, server["command"]) == ("face", "affect-bridge")
    arguments = [*server["args"], "--bridge", str(checkout.web)]
    command = StdioServerParameters(command=str(COMMAND), args=arguments, env=dict(os.environ))
    async with Client(stdio_client(command)) as client:
        answer = await client.call_tool("set_emotion", {"emotion": "joy"})
        assert not answer.is_error
    eventually(lambda: checkout.avatar.weight("MouthSmileLeft") > 0.4)


def test_touchosc_moves_the_face(checkout: Checkout) -> None:
    started = checkout.start(line_with("touchosc.yaml"))
    eventually(lambda: checkout.avatar.vmc)

    def touch(address: str, *values: float) -> None:
        tell(checkout.osc, f"{address}/z", 1.0)
        tell(checkout.osc, address, *values)
        tell(checkout.osc, f"{address}/z", 0.0)

    weight = checkout.avatar.weight
    touch("/1/fader1", 0.9)
    eventually(lambda: weight("MouthSmileLeft") > 0.4)
    touch("/1/fader1", 0.0)
    touch("/1/fader2", 1.0)
    eventually(lambda: weight("MouthFrownLeft") > 0.3)
    touch("/1/push1", 1.0)
    tell(checkout.osc, "/1/push1", 0.0)
    eventually(lambda: weight("MouthFrownLeft") < 0.1)
    touch("/2/xy", 0.95, 0.8)
    eventually(lambda: weight("MouthSmileLeft") > 0.4)
    touch("/2/xy", 0.5, 0.5)
    eventually(lambda: weight("MouthSmileLeft") < 0.15)
    checkout.stop(started)


def test_what_listens_in_place_of_an_avatar_program_prints_the_face(checkout: Checkout) -> None:
    """It takes the port of the avatar program itself."""
    port = checkout.avatar.port
    checkout.avatar.close()
    listening = checkout.start(line_with("listen"))
    assert f"listening for vmc on 127.0.0.1:{port}" in listening.stderr.readline().decode()
    checkout.run(line_with("chatbot.py", "--from stdin:chat"))
    assert "MouthSmileLeft=" in checkout.stop(listening)


def test_every_file_and_every_line_is_on_the_page_and_tested() -> None:
    for file in (ROOT / "examples").iterdir():
        assert f"`{file.name}`" in PAGE or file.name == "README.md"
    assert len(LINES) == 8
    assert len((ROOT / "examples/openai_chat.py").read_text().splitlines()) < 30
