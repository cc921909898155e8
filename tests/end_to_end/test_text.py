"""Text without tags on stdin, as a process: the words move the face."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.conftest import COMMAND


def test_the_words_of_a_sentence_move_the_face(face, avatar, at_once, eventually):
    bridge = face(at_once, "--from", "stdin:text")
    bridge.say("I am so happy for you!")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.3)
    bridge.say("The meeting starts at nine.")
    bridge.say("I'm devastated, I miss her so much...")
    eventually(lambda: avatar.weight("MouthFrownLeft") > 0.15)
    eventually(lambda: avatar.weight("MouthSmileLeft") < 0.05)


def test_a_sentence_is_felt_though_its_line_does_not_end(face, avatar, at_once, eventually):
    bridge = face(at_once, "--from", "stdin:text?hold=1")
    for character in "I am so happy for you!":
        bridge.write(character.encode())
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.3)
    eventually(lambda: avatar.weight("MouthSmileLeft") < 0.05)


def test_a_chatbots_sentences_without_a_tag_move_the_face(face, avatar, at_once, eventually):
    bridge = face(at_once, "--from", "stdin:chat?untagged=read")
    bridge.say("[sad] I am so happy for you!")
    eventually(lambda: avatar.weight("MouthFrownLeft") > 0.3)
    bridge.say("I am so happy for you!")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.3)


@pytest.mark.skipif(os.name == "nt", reason="runs a shell")
def test_the_line_of_the_documentation_smiles_until_the_feeling_expires(avatar):
    page = (Path(__file__).parents[2] / "docs/inputs.md").read_text(encoding="utf-8")
    [line] = re.findall(r"```sh\n(.*--from stdin:text.*)\n```", page)
    path = f"{Path(COMMAND).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["sh", "-c", line.replace("vseeface", f"vmc://127.0.0.1:{avatar.port}")],
        env={**os.environ, "PATH": path},
        capture_output=True,
        timeout=40,
        check=True,
    )
    smiling = [frame.time for frame in avatar.vmc if frame.weights["MouthSmileLeft"] > 0.3]
    assert 6.0 < smiling[-1] - smiling[0] < 12.0
    assert set(avatar.vmc[-1].weights.values()) == {0.0}
