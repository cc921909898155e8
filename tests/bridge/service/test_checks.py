"""A configuration that could not run as a service is refused before it is installed."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.config.reading import read_settings
from bridge.model.checkpoint import BUILTIN
from bridge.service.checks import CannotRun, check_access, hidden_by

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="systemd is part of Linux"
)


@pytest.fixture
def open_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose files everybody may read, unlike pytest's own, on a machine whose Python
    everybody may run."""
    monkeypatch.setattr("bridge.service.checks.sys.executable", "/bin/sh")
    monkeypatch.setattr("bridge.service.checks.bridge.__file__", "/bin/sh")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def config(folder: Path, text: str) -> Path:
    path = folder / "studio.yaml"
    path.write_text(text)
    path.chmod(0o644)
    return path


def refused(path: Path) -> str:
    settings = read_settings(path)
    with pytest.raises(CannotRun) as why:
        check_access(path, settings, ("/bin/sh",))
    return str(why.value)


def test_home_directories_are_hidden_from_the_systems_service() -> None:
    assert hidden_by(Path("/root/x.yaml")) == Path("/root")
    assert hidden_by(Path("/home/ann/x.yaml")) == Path("/home")
    assert hidden_by(Path("/etc/passwd")) is None


def test_what_everybody_may_read_is_fit_for_a_service(open_folder: Path) -> None:
    path = config(open_folder, "inputs: [demo]\n")
    check_access(path, read_settings(path), ("/bin/sh",))


def test_a_folder_that_is_closed_is_named(open_folder: Path) -> None:
    path = config(open_folder, "inputs: [demo]\n")
    open_folder.chmod(0o700)
    assert f"cannot read {open_folder}" in refused(path)


def test_a_password_file_that_is_closed_leads_to_credentials(open_folder: Path) -> None:
    secret = open_folder / "secret"
    secret.touch(mode=0o600)
    path = config(open_folder, f"inputs: [{{from: 'mqtt://me@h/a', password_file: '{secret}'}}]\n")
    said = refused(path)
    assert "password_file" in said
    assert "LoadCredential=" in said


def test_a_model_that_is_closed_is_named(open_folder: Path) -> None:
    model = open_folder / "face.safetensors"
    model.write_bytes(BUILTIN.read_bytes())
    model.chmod(0o600)
    path = config(open_folder, f"inputs: [demo]\nmodel: {model}\n")
    assert f"model: the service runs as its own user, which cannot read {model}" in refused(path)


def test_a_relative_path_is_looked_for_beside_the_configuration(open_folder: Path) -> None:
    model = open_folder / "face.safetensors"
    model.write_bytes(BUILTIN.read_bytes())
    path = config(open_folder, "inputs: [demo]\nmodel: face.safetensors\n")
    check_access(path, read_settings(path), ("/bin/sh",))
    model.chmod(0o600)
    assert f"cannot read {model}" in refused(path)
