"""Starting and ending a process."""

import os
import subprocess
import sys
import time

import pytest

from bridge.link import child as child_module
from bridge.link.child import Child


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts a module with these lines."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)

    def run(program, hello=None):
        (tmp_path / "a_child.py").write_text(program)
        return Child("a_child", hello or {})

    return run


async def test_it_learns_from_its_input_what_to_do(start, tmp_path, monkeypatch):
    monkeypatch.setattr(child_module, "_END_WITHIN", 9.0)
    child = start(
        "import json, pathlib, sys\n"
        f"pathlib.Path({str(tmp_path / 'told')!r}).write_text(json.load(sys.stdin)['word'])\n",
        {"word": "secret"},
    )
    assert await child.how() == "exit status 0"
    assert (tmp_path / "told").read_text() == "secret"


async def test_one_that_does_not_end_is_killed(start):
    child = start("import time\ntime.sleep(60)\n")
    began = time.monotonic()
    await child.end()
    assert child.ended
    assert await child.how() == "signal 9"
    assert time.monotonic() - began < 3


async def test_how_it_ended_is_told(start, monkeypatch):
    monkeypatch.setattr(child_module, "_END_WITHIN", 9.0)
    assert await start("raise SystemExit(3)\n").how() == "exit status 3"


def test_it_writes_nothing_to_the_output_of_the_bridge(tmp_path):
    """The bridge's own standard output may be a pipe that another program reads."""
    (tmp_path / "a_child.py").write_text("print('noise')\n")
    program = (
        "import asyncio\nfrom bridge.link import child\nchild._END_WITHIN = 9.0\n"
        "asyncio.run(child.Child('a_child', {}).end())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        env={"PYTHONPATH": f"{child_module.Path(child_module.__file__).parents[2]}:{tmp_path}"},
        check=True,
    )
    assert done.stdout == b""


async def test_a_module_in_the_current_directory_is_not_taken_for_one_of_ours(
    tmp_path, monkeypatch
):
    (tmp_path / "json.py").write_text("raise SystemExit(77)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(child_module, "_END_WITHIN", 9.0)
    child = Child("json.tool", {})
    assert await child.how() == "exit status 0"
