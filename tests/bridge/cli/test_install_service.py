"""`affect-bridge install-service`: what it writes, and what it refuses."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.cli import install_service
from bridge.service import checks as service_checks

Run = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="systemd is part of Linux"
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "studio.yaml"
    path.write_text("inputs: [demo]\n")
    return path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's folder for units, on a machine where everybody may read everything."""
    monkeypatch.setattr(install_service, "_SYSTEM", tmp_path / "system")
    monkeypatch.setattr(service_checks, "hidden_by", lambda path: None)
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
    config.write_text("inputs: [demo]\nfsp: 2\n")
    status, _, err = run("install-service", "--user", str(config))
    assert status == 2
    assert f"{config}:2: fsp" in err
    assert not home.exists()


def test_what_the_services_own_user_could_not_read_is_refused(run: Run, config: Path):
    config.chmod(0o600)
    status, _, err = run("install-service", str(config))
    assert status == 2
    assert "cannot read" in err
    assert "--user" in err


def test_a_folder_that_may_not_be_written_is_said_with_what_to_do(
    run: Run, config: Path, system: Path
):
    system.write_text("in the way")
    status, _, err = run("install-service", str(config))
    assert status == 1
    assert "cannot write" in err


def test_a_path_with_a_space_or_dots_is_written_as_systemd_reads_it(
    run: Run, tmp_path: Path, home: Path
):
    folder = tmp_path / "my studio"
    folder.mkdir()
    (folder / "a.yaml").write_text("inputs: [demo]\n")
    status, _, err = run("install-service", "--user", str(folder / ".." / "my studio" / "a.yaml"))
    assert (status, err) == (0, "")
    text = (home / "systemd" / "user" / "affect-bridge.service").read_text()
    assert f'run "{folder}/a.yaml"\n' in text


def test_every_file_of_a_folder_becomes_an_instance(run: Run, tmp_path: Path, system: Path):
    folder = tmp_path / "100%"
    folder.mkdir()
    for name in ("alice", "bob"):
        (folder / f"{name}.yaml").write_text("inputs: [demo]\n")
    status, out, _ = run("install-service", "--instances", str(folder))
    assert status == 0
    text = (system / "affect-bridge@.service").read_text()
    assert f"run {tmp_path}/100%%/%i.yaml\n" in text
    assert "StateDirectory=affect-bridge-%i\n" in text
    assert out.splitlines()[-1].strip() == (
        "systemctl enable --now affect-bridge@alice affect-bridge@bob"
    )


def test_what_runs_as_a_service_already_is_not_enabled_as_an_instance_too(
    run: Run, config: Path, system: Path
):
    assert run("install-service", str(config))[0] == 0
    config.with_name("alice.yaml").write_text("inputs: [demo]\n")
    status, out, _ = run("install-service", "--instances", str(config.parent))
    assert status == 0
    assert out.splitlines()[-1].endswith(" enable --now affect-bridge@alice")


def test_an_instance_that_systemd_could_not_name_is_refused(run: Run, tmp_path: Path, system: Path):
    (tmp_path / "my studio.yaml").write_text("inputs: [demo]\n")
    status, _, err = run("install-service", "--instances", str(tmp_path))
    assert status == 2
    assert "rename the file" in err
    assert not system.exists()


def test_instances_need_a_folder(run: Run, config: Path, system: Path):
    status, _, err = run("install-service", "--instances", str(config))
    assert (status, system.exists()) == (2, False)
    assert "is not a folder" in err


def test_a_unit_of_somebody_else_s_is_left_alone(run: Run, config: Path, system: Path):
    system.mkdir()
    place = system / "affect-bridge.service"
    place.write_text("[Service]\nExecStart=/bin/true\n")
    status, _, err = run("install-service", str(config))
    assert status == 2
    assert "not written by this command" in err
    assert "/bin/true" in place.read_text()


def test_what_was_installed_before_is_written_anew(run: Run, config: Path, system: Path):
    assert run("install-service", str(config))[0] == 0
    other = config.with_name("other.yaml")
    other.write_text("inputs: [demo]\n")
    assert run("install-service", str(other))[0] == 0
    assert f"run {other}\n" in (system / "affect-bridge.service").read_text()


@pytest.mark.parametrize("settings", ["fps: 30\n", "inputs: [stdin]\n"])
def test_a_service_without_another_input_than_standard_input_is_refused(
    run: Run, config: Path, home: Path, settings: str
):
    config.write_text(settings)
    status, _, err = run("install-service", "--user", str(config))
    assert (status, home.exists()) == (2, False)
    assert "a service has no standard input" in err


MQTT = "mqtt://ann@broker/affect/+/set"


def test_a_password_in_a_variable_that_the_service_will_not_have_is_warned_of(
    run: Run, config: Path, home: Path
):
    config.write_text(f"inputs: [demo, '{MQTT}?password_env=SECRET']\noutputs: [mqtt://bob@h]\n")
    status, out, err = run("install-service", "--user", str(config))
    assert status == 0
    assert "enable --now" in out
    first, second = err.splitlines()
    assert first.startswith(f"warning: {config}: inputs[2]: the service will not have ")
    assert "SECRET with the password of ann; use password_credential" in first
    assert f"{config}: outputs[1]: " in second
    assert "AFFECT_BRIDGE_MQTT_PASSWORD with the password of bob" in second


@pytest.mark.parametrize(
    "place",
    [MQTT.replace("ann@", ""), f"{MQTT}?password_credential=x", f"{MQTT}?password_file={{file}}"],
    ids=["no user", "a credential", "a file"],
)
def test_a_service_that_finds_its_password_is_not_warned_of(run: Run, config: Path, place: str):
    config.write_text(f"inputs: ['{place.format(file=config)}']\n")
    assert run("install-service", "--user", str(config))[::2] == (0, "")


@pytest.mark.parametrize(
    ("drop_in", "warned"),
    [
        ("Environment=A=b AFFECT_BRIDGE_MQTT_PASSWORD=hush", False),
        ("PassEnvironment=AFFECT_BRIDGE_MQTT_PASSWORD", False),
        ("EnvironmentFile=/etc/affect-bridge/variables", False),
        ("Environment=NOT_AFFECT_BRIDGE_MQTT_PASSWORD=hush", True),
        ("#Environment=AFFECT_BRIDGE_MQTT_PASSWORD=hush", True),
    ],
)
def test_a_drop_in_can_set_the_variable_of_a_password(
    run: Run, config: Path, system: Path, drop_in: str, warned: bool
):
    config.write_text(f"inputs: ['{MQTT}']\n")
    folder = system / "affect-bridge.service.d"
    folder.mkdir(parents=True)
    (folder / "override.conf").write_text(f"[Service]\n{drop_in}\n")
    status, _, err = run("install-service", str(config))
    assert status == 0
    assert ("warning" in err) == warned
    assert "hush" not in err


def test_an_instance_s_own_drop_in_can_set_the_variable_of_its_password(
    run: Run, tmp_path: Path, system: Path
):
    folder = tmp_path / "faces"
    folder.mkdir()
    for name in ("alice", "bob"):
        (folder / f"{name}.yaml").write_text(f"inputs: ['{MQTT}']\n")
    drop_ins = system / "affect-bridge@alice.service.d"
    drop_ins.mkdir(parents=True)
    (drop_ins / "a.conf").write_text("[Service]\nEnvironmentFile=/x\n")
    status, _, err = run("install-service", "--instances", str(folder))
    assert status == 0
    [warning] = err.splitlines()
    assert "bob.yaml: inputs[1]" in warning
