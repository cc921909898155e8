"""docs/chatbots.md is true: every block runs as it stands, but for the ports, and does to the face
what the page says."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.cli import COMMANDS
from bridge.config.reading import read_settings
from bridge.emotion.names import parts_of
from tests.checkout import ROOT, Checkout
from tests.end_to_end.conftest import Receiver, eventually

pytestmark = pytest.mark.skipif(os.name == "nt", reason="runs a shell")

PAGE = (ROOT / "docs/chatbots.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
EXAMPLES = (ROOT / "examples/README.md").read_text(encoding="utf-8")


def blocks(kind: str, section: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", SECTIONS[section], re.MULTILINE | re.DOTALL)


def lines(section: str) -> list[str]:
    return [line for block in blocks("sh", section) for line in block.splitlines()]


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    made = Checkout(tmp_path)
    yield made
    made.close()


def showed(avatar: Receiver, name: str, above: float = 0.3) -> bool:
    return any(frame.weights[name] > above for frame in list(avatar.vmc))


def test_the_lines_of_the_installation_make_an_environment_and_name_what_exists(
    tmp_path: Path,
) -> None:
    """All but the download: pip only reads what it would install."""
    make, activate, install = lines("Install")
    extras = re.findall(r"'\.\[(.*)\]'", install)[0].split(",")
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert all(re.search(rf"^{extra} = \[", project, re.MULTILINE) for extra in extras)
    assert (ROOT / "constraints.txt").exists()
    script = f"{make} --without-pip && {activate} && command -v python"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).parent.parent.name == ".venv"


def test_the_demo_moves_the_face_and_listen_stands_in(checkout: Checkout) -> None:
    demo, _, listen = lines("See a face")
    checkout.start(demo)
    eventually(lambda: showed(checkout.avatar, "MouthSmileLeft"))
    checkout.avatar.close()
    listening = checkout.start(listen)
    printed = [listening.stdout.readline().decode() for _ in range(11)]
    assert all(" 52 values " in line for line in printed)
    first, last = (float(re.findall(r"time=([\d.]+)", line)[0]) for line in printed[::10])
    assert 0.9 < last - first < 2.0  # ten a second; a busy machine drops some


def test_the_page_is_there_for_a_browser(checkout: Checkout) -> None:
    _, line, _ = lines("See a face")
    checkout.start(f"{line} --to vseeface")
    eventually(lambda: checkout.avatar.vmc)
    [address] = re.findall(r"<(http://.*?)>", SECTIONS["See a face"])
    page = checkout.run(f"curl -sS --retry 9 --retry-connrefused -H 'Accept: text/html' {address}")
    assert page.startswith("<!doctype html>")


def test_a_piped_chatbot_moves_the_face(checkout: Checkout) -> None:
    [line] = lines("Pipe your chatbot into it")
    printed = checkout.run(line)
    assert printed.startswith("Hello! How nice to see you. Oh,")
    assert "[" not in printed
    for name in ("MouthSmileLeft", "BrowOuterUpLeft", "MouthFrownLeft"):
        assert showed(checkout.avatar, name)
    assert set(checkout.avatar.vmc[-1].weights.values()) == {0.0}


def test_the_prompt_is_the_file_and_its_emotions_are_known() -> None:
    [prompt] = blocks("text", "Make the model write tags")
    assert prompt == (ROOT / "examples/system_prompt.txt").read_text("utf-8")
    named = re.findall(r"emotions: (.*?)\.", " ".join(prompt.split()))[0].split(", ")
    assert len(named) > 10
    assert all(parts_of(emotion) for emotion in named)
    [line] = lines("Make the model write tags")
    assert line in EXAMPLES  # tests/test_examples.py runs it


def test_words_without_tags_make_the_face_smile(checkout: Checkout) -> None:
    [line] = lines("Text without tags")
    checkout.start(line)
    eventually(lambda: showed(checkout.avatar, "MouthSmileLeft"))


def test_the_face_waits_for_the_voice(checkout: Checkout) -> None:
    [settings] = blocks("yaml", "Let the face wait for the voice")
    assert settings in (ROOT / "examples/chat.yaml").read_text("utf-8")
    [line] = lines("Let the face wait for the voice")
    assert line in EXAMPLES  # tests/test_examples.py runs it


def test_what_a_speaker_sends_is_understood(checkout: Checkout) -> None:
    sent = re.findall(r"`(\{.*?\})`", SECTIONS["Let the face wait for the voice"])
    assert len(sent) == 5
    [serve] = blocks("sh", "States and gestures")[:1]
    checkout.serve(serve)
    curl = f"curl -sS -d '%s' http://127.0.0.1:{checkout.web}/v1/streams/main"
    for update in sent:
        assert "error" not in json.loads(checkout.run(curl % update))


def test_states_and_gestures_move_the_face(checkout: Checkout) -> None:
    serve, states, gesture, mistake = blocks("sh", "States and gestures")
    checkout.serve(serve)
    weight = checkout.avatar.weight
    url = f"http://127.0.0.1:{checkout.web}/v1/streams/main"
    for line, state in zip(
        states.splitlines(), ("listening", "thinking", "speaking", None), strict=True
    ):
        assert "error" not in json.loads(checkout.run(line))
        eventually(
            lambda state=state: json.loads(checkout.run(f"curl -sS {url}"))["state"] == state
        )
        if state == "thinking":
            eventually(lambda: weight("EyeLookUpLeft") > 0.1)
    first, second = gesture.splitlines()
    checkout.run(first)
    eventually(lambda: weight("MouthSmileLeft") > 0.3)
    checkout.run(second)
    eventually(lambda: weight("BrowOuterUpLeft") > 0.3)
    eventually(lambda: weight("BrowOuterUpLeft") < 0.2 and weight("MouthSmileLeft") > 0.3)
    assert 'did you mean "happy"' in json.loads(checkout.run(mistake))["error"]


def test_the_configuration_of_a_client_is_the_file_and_every_tool_is_listed() -> None:
    section = "Let the model call tools"
    [shown] = blocks("json", section)
    assert shown == (ROOT / "examples/mcp.json").read_text("utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", SECTIONS[section], re.MULTILINE)
    source = (ROOT / "bridge/tools/server.py").read_text("utf-8")
    assert listed == re.findall(r"^    def ([a-z]\w+)\(\n", source, re.MULTILINE)


def test_the_program_runs(checkout: Checkout) -> None:
    [program] = blocks("python", "From your own program")
    (checkout.folder / "program.py").write_text(checkout.with_ports(program))
    checkout.run("python program.py")
    assert showed(checkout.avatar, "MouthSmileLeft", 0.2)
    assert showed(checkout.avatar, "JawOpen", 0.2)


def test_the_triggers_are_a_configuration(tmp_path: Path) -> None:
    [settings] = blocks("yaml", "A Live2D model")
    (tmp_path / "live2d.yaml").write_text(settings)
    read = read_settings(tmp_path / "live2d.yaml")
    assert [trigger.emotion for trigger in read.triggers] == ["joy", "sadness"]


def test_commands_and_messages_in_the_text_exist() -> None:
    text = " ".join(re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL).split())
    named = re.findall(r"`affect-bridge ([a-z][a-z-]*)", text)
    assert {"emotions", "listen", "mcp"} <= set(named) <= set(COMMANDS)
    code = "".join(path.read_text("utf-8") for path in (ROOT / "bridge").rglob("*.py"))
    for message in ("nothing is listening; still sending", "the text has no tags such as [joy]"):
        assert message in text
        assert message in code


def test_every_section_with_a_block_is_tested() -> None:
    tested = Path(__file__).read_text("utf-8")
    for name, section in SECTIONS.items():
        assert "```" not in section or f'"{name}"' in tested, name
