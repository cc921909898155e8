"""Generated files are up to date."""

import socket
from pathlib import Path

import pytest

from bridge.cli.generated import ROOT, files


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_that_is_made_from_the_code_is_not_stale(path: Path):
    assert path.read_text(encoding="utf-8") == files()[path], "stale; run make docs"


def test_the_files_are_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    here = files()
    monkeypatch.setattr(socket, "gethostname", lambda: "some-other-machine")
    for variable in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "STATE_DIRECTORY"):
        monkeypatch.setenv(variable, str(tmp_path))
    assert files() == here
    for text in here.values():
        assert socket.gethostbyname("localhost") != socket.gethostname()
        assert "some-other-machine" not in text
