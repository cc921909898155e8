import hashlib
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from bridge.model.identity import BUILTIN, SHIPPED_VERSION

Run = Callable[..., tuple[int, str, str]]


def test_the_version_is_that_of_the_package(run: Run) -> None:
    code, out, err = run("--version")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"affect-bridge {version('affect-bridge')}"


def test_the_version_names_the_model_and_the_hash_of_its_file(run: Run) -> None:
    digest = hashlib.sha256(BUILTIN.read_bytes()).hexdigest()
    assert (
        run("--version")[1].splitlines()[1] == f"model shipped {SHIPPED_VERSION}, sha256 {digest}"
    )


def test_help_names_every_command(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    for command in ("run", "check", "listen", "receivers", "emotions"):
        assert re.search(rf"^ +{command}\s", out, re.MULTILINE)


@pytest.mark.parametrize(
    "command", ["", "run", "check", "listen", "receivers", "emotions", "train"]
)
def test_every_help_has_an_example(run: Run, command: str) -> None:
    status, out, _ = run(*filter(None, [command]), "--help")
    assert status == 0
    _, _, examples = out.partition("example")
    assert f"affect-bridge {command}".strip() in examples


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["rnu"],
        ["--colour"],
        ["run", "--fps", "fast"],
        ["run", "--fps", "500"],
        ["run", "--from", "ocs://:9130"],
        ["run", "--to", "vmc://h:99999"],
        ["run", "--from", "osc://:9130?hold=["],
        ["run", "/no/such/file.yaml"],
        ["check"],
        ["check", "/no/such/file.yaml"],
        ["listen"],
        ["listen", "vmx://:1"],
        ["listen", "osc://"],
        ["listen", "vmc://:1", "--count", "0"],
        ["emotions", "joy", "anger"],
    ],
)
def test_a_mistake_in_the_command_is_reported_and_ends_with_status_2(
    run: Run, arguments: list[str]
) -> None:
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert err
    assert "Traceback" not in err


def test_a_model_that_cannot_be_read_is_reported_and_ends_with_status_2(
    run: Run, tmp_path: Path
) -> None:
    config, model = tmp_path / "bridge.yaml", tmp_path / "weights.safetensors"
    config.write_text(f"model: {model}\n")
    for command in ("run", "check"):
        model.write_bytes(b"not weights")
        status, _, err = run(command, str(config))
        assert status == 2
        assert str(model) in err


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("affect-bridge ")


def test_a_reader_that_has_seen_enough_is_no_failure(
    start: Callable[..., "subprocess.Popen[str]"],
) -> None:
    process = start("emotions")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.wait(10) == 0
    assert process.stderr.read() == ""


def test_only_training_imports_pytorch() -> None:
    program = (
        "import sys; from bridge.cli import main; main(['emotions', 'joy']);"
        "import bridge.cli.run, bridge.cli.check, bridge.cli.listen;"
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0
