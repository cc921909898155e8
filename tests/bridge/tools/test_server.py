"""What a language model is told of the tools. tests/end_to_end/test_mcp.py calls them."""

import pytest

from bridge.config.web import TokenSettings
from bridge.emotion.names import parts_of
from bridge.tools.running_bridge import Place, RunningBridge
from bridge.tools.server import EMOTIONS, server


def bridge() -> RunningBridge:
    return RunningBridge(Place("http", "127.0.0.1", 1), TokenSettings(None, "", None, None))


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_each_emotion_that_a_model_is_told_is_known(emotion: str) -> None:
    assert parts_of(emotion)


def test_no_two_of_them_are_the_same() -> None:
    assert len({parts_of(emotion) for emotion in EMOTIONS}) == len(EMOTIONS)


async def test_every_tool_and_every_argument_is_described_briefly() -> None:
    tools = await server(bridge(), "alice").list_tools()
    assert [tool.name for tool in tools] == [
        *("set_emotion", "gesture", "look_at", "set_state", "what_is_shown"),
    ]
    for tool in tools:
        assert tool.description
        assert "  " not in tool.description
        for name, argument in tool.input_schema["properties"].items():
            assert argument["description"], (tool.name, name)
    written = "".join(tool.model_dump_json() for tool in tools)
    assert len(written) < 6000  # a model reads it before every answer


async def test_the_face_that_is_changed_is_the_one_of_the_command() -> None:
    for tool in await server(bridge(), "alice").list_tools():
        if tool.name != "what_is_shown":
            assert tool.input_schema["properties"]["stream"]["default"] == "alice"
