"""make stops with a plain message when Python is too old."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAKE = shutil.which("make")

if MAKE is None and "CI" in os.environ:
    raise RuntimeError("CI must have make")
pytestmark = [
    pytest.mark.skipif(MAKE is None, reason="make is not installed"),
    pytest.mark.skipif(sys.platform == "win32", reason="the fake python3 is a shell script"),
]

FAKE_PYTHON = """\
#!/bin/sh
# Runs code like a Python of another version. Makes no virtual environment, and says so.
if [ "$1" = -c ]; then
  exec {python} -c 'import sys; sys.version_info = ({version}, 4); exec(sys.argv[1])' "$2"
fi
echo "$*" >>{calls}
exit 3
"""

Make = Callable[[str, str], tuple[int, str, str]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Runs make in an empty checkout, on a machine whose python3 has this version. Returns the
    status, standard error and what else python3 was called for."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    calls = tmp_path / "calls"
    calls.touch()

    def run(version: str, target: str) -> tuple[int, str, str]:
        python = tmp_path / "bin" / "python3"
        python.parent.mkdir(exist_ok=True)
        numbers = version.replace(".", ", ")
        text = FAKE_PYTHON.format(python=sys.executable, version=numbers, calls=calls)
        python.write_text(text, "utf-8")
        python.chmod(0o755)
        path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        done = subprocess.run(
            ["make", target],
            cwd=tmp_path,
            env={**clean, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr, calls.read_text("utf-8")

    return run


@pytest.mark.parametrize("target", ["install", "run", "test", "check"])
def test_an_old_python_is_refused_before_anything_is_installed(make: Make, target: str) -> None:
    status, said, calls = make("3.10", target)
    assert status != 0
    assert said.splitlines()[0] == "affect-bridge needs Python 3.11 or newer; this is 3.10"
    assert "Traceback" not in said
    assert calls == ""


@pytest.mark.parametrize("version", ["3.11", "3.14", "4.0"])
def test_a_new_python_makes_a_virtual_environment(make: Make, version: str) -> None:
    _, said, calls = make(version, "install")
    assert "needs Python" not in said
    assert calls == "-m venv .venv\n"
