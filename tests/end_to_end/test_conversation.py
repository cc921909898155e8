"""One conversation by every way in at once: a chatbot's pipe, HTTP, a WebSocket and a model's
tools move the same face, while the chatbot's text leaves clean."""

import json
import os

import aiohttp
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.end_to_end.conftest import COMMAND
from tests.end_to_end.test_chat import read_until

SMILE, FROWN, RAISED, SNEER = (
    *("MouthSmileLeft", "MouthFrownLeft", "BrowOuterUpLeft", "NoseSneerLeft"),
)


@pytest.fixture
def url(free_tcp_port):
    return f"http://127.0.0.1:{free_tcp_port}"


@pytest.fixture
def chatting(face, at_once, url, eventually):
    """A bridge that reads a chatbot's text and serves HTTP."""
    bridge = face(
        *(at_once, "--still", "--from", "stdin:chat", "--web", url.removeprefix("http://")),
    )
    eventually(lambda: bridge.logged("web", ": up"))
    return bridge


async def test_every_way_in_moves_the_same_face(chatting, url, avatar, eventually):
    chatting.write(b"Hello [joy] there. ")
    eventually(lambda: avatar.weight(SMILE) > 0.6)
    assert read_until(chatting, b"there. ")[0] == b"Hello there. "

    stream = f"{url}/v1/streams/main"
    async with aiohttp.ClientSession() as session:
        async with session.post(stream, data="sadness") as answer:
            assert answer.status == 200
        eventually(lambda: avatar.weight(FROWN) > 0.3)

        async with session.ws_connect(stream) as socket:
            await socket.send_str('{"emotion": "surprise"}')
            eventually(lambda: avatar.weight(RAISED) > 0.6)
            missing = {"understood", "surprise 1"}
            while missing:
                message = json.loads((await socket.receive(timeout=5)).data)
                missing -= {message.get("label"), *message}

    command = StdioServerParameters(
        command=COMMAND, args=["mcp", "--bridge", url], env=dict(os.environ)
    )
    async with Client(stdio_client(command)) as client:
        answer = await client.call_tool("set_emotion", {"emotion": "disgust", "intensity": 1})
        assert not answer.is_error
        eventually(lambda: avatar.weight(SNEER) > 0.3)

        chatting.write(b"[joy] Well")
        eventually(lambda: avatar.weight(SMILE) > 0.6)
        answer = await client.call_tool("what_is_shown", {"stream": "main"})
        assert json.loads(answer.content[0].text)["source"] == "stdin:chat"
    assert read_until(chatting, b"Well")[0] == b"Well"


async def test_a_page_of_another_site_reaches_nothing(chatting, url, avatar):
    evil = {"Origin": "https://evil.example"}
    stream = f"{url}/v1/streams/main"
    async with aiohttp.ClientSession(headers=evil) as session:
        for method in ("GET", "POST", "OPTIONS"):
            async with session.request(method, stream, data="anger") as answer:
                assert answer.status == 403
                assert "Access-Control-Allow-Origin" not in answer.headers
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(stream)
        assert refused.value.status == 403
    avatar.more_frames(20)
    assert avatar.weight("BrowDownLeft") == 0


async def test_a_state_that_does_not_exist_is_answered_with_those_that_do(chatting, url):
    stream, update = f"{url}/v1/streams/main", {"state": "thinkin"}
    async with aiohttp.ClientSession() as session, session.post(stream, json=update) as answer:
        told = await answer.json()
    assert answer.status == 422
    assert told["error"] == 'unknown state "thinkin"; did you mean "thinking"?'
    assert told["expected"] == (
        "one of the states: listening, thinking, speaking, waiting, failed, asleep; "
        "null ends a state"
    )
