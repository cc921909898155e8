"""`affect-bridge mcp`: its mistakes. tests/end_to_end/test_mcp.py has the tools."""

import subprocess
import sys

import pytest


def run(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    program = f"{code}\nimport sys; from bridge.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", program, "mcp", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_the_extra_the_install_command_is_told() -> None:
    done = run(code="import sys; sys.modules['mcp'] = None")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "affect-bridge mcp needs the package mcp, version 2 or newer; run: "
        f'{sys.executable} -m pip install "mcp>=2"\n'
    )


@pytest.mark.parametrize("address", ["studio.yaml/x", "ftp://127.0.0.1:1"])
def test_an_address_that_is_none_is_explained(address: str) -> None:
    done = run("--bridge", address)
    assert done.returncode == 2
    assert "expected http://host:port, as in http://127.0.0.1:8765" in done.stderr
    assert done.stdout == ""


def test_it_ends_when_its_client_has_gone() -> None:
    done = run()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
