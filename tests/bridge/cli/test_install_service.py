"""Installing the service: what is written where, and what is refused with a reason."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.cli import install_service

Run = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="systemd is part of Linux"
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "studio.yaml"
    path.write_text("fps: 30\n")
    return path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system's folder of units, and a machine on which everybody may read everything."""
    monkeypatch.setattr(install_service, "_SYSTEM", tmp_path / "system")
    monkeypatch.setattr(install_service, "_hidden_by", lambda path: None)
    return tmp_path / "system"


def test_a_users_unit_is_written_and_the_two_commands_are_said(run: Run, config: Path, home: Path):
    status, out, _ = run("install-service", "--user", str(config))
    assert status == 0
    text = (home / "systemd" / "user" / "affect-bridge.service").read_text()
    assert f"affect-bridge run {config}" in text
    *_, reload, enable = out.splitlines()
    assert reload.strip() == "systemctl --user daemon-reload"
    assert enable.strip() == "systemctl --user enable --now affect-bridge"


def test_the_systems_unit_runs_this_very_command(run: Run, config: Path, system: Path):
    status, out, _ = run("install-service", str(config))
    assert status == 0
    text = (system / "affect-bridge.service").read_text()
    command = Path(sys.executable).parent / "affect-bridge"
    assert f"ExecStart={command} run {config}" in text
    assert "DynamicUser=yes" in text
    assert "systemctl enable --now affect-bridge" in out


def test_print_writes_nothing_and_needs_no_configuration(run: Run, home: Path, system: Path):
    status, out, _ = run("install-service", "--print")
    assert status == 0
    assert out.startswith("# Written by")
    assert "run /etc/affect-bridge/config.yaml" in out
    assert not system.exists()
    assert not home.exists()


def test_a_configuration_with_a_mistake_is_refused_before_anything_is_written(
    run: Run, config: Path, home: Path
):
    config.write_text("fps: 30\nfsp: 2\n")
    status, _, err = run("install-service", "--user", str(config))
    assert status == 2
    assert f"{config}:2: fsp" in err
    assert not home.exists()


def test_what_the_services_own_user_could_not_read_is_refused(run: Run, config: Path):
    config.chmod(0o600)
    status, _, err = run("install-service", str(config))
    assert status == 2
    assert "closed" in err
    assert "--user" in err


def test_home_directories_are_hidden_from_the_systems_service():
    assert install_service._hidden_by(Path("/root/x.yaml")) == Path("/root")
    assert install_service._hidden_by(Path("/etc/passwd")) is None


def test_a_folder_that_may_not_be_written_is_said_with_what_to_do(
    run: Run, config: Path, system: Path
):
    system.write_text("in the way")
    status, _, err = run("install-service", str(config))
    assert status == 1
    assert "cannot be written" in err
