"""The units in `systemd/`, checked with systemd's own tools."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bridge.service.unit import files, quoted, unit

FOLDER = Path(__file__).parents[3] / "systemd"
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")
MOST_EXPOSED = 1.5

if SYSTEMD_ANALYZE is None and "CI" in os.environ:
    raise RuntimeError("CI must install systemd, for systemd-analyze")
needs_systemd = pytest.mark.skipif(
    SYSTEMD_ANALYZE is None, reason="systemd-analyze is not installed"
)


def systemd_analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert SYSTEMD_ANALYZE is not None
    return subprocess.run(
        [SYSTEMD_ANALYZE, "--no-pager", *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture
def runnable(tmp_path: Path) -> Path:
    """The system's units, with a command that exists."""
    for name, text in files().items():
        if len(name.parts) == 1:
            there = text.replace("/opt/affect-bridge/.venv/bin/affect-bridge", "/bin/true")
            (tmp_path / name).write_text(there)
    return tmp_path


@pytest.mark.parametrize("name", [name.as_posix() for name in files()])
def test_the_files_in_the_folder_are_what_is_installed(name: str):
    written = {path.as_posix(): text for path, text in files().items()}
    assert (FOLDER / name).read_text(encoding="utf-8") == written[name]
    assert {p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*.service")} == set(written)


@needs_systemd
@pytest.mark.parametrize("name", ["affect-bridge.service", "affect-bridge@studio.service"])
def test_systemd_finds_nothing_wrong_with_a_unit(runnable: Path, name: str):
    if "@" in name:
        (runnable / name).symlink_to(runnable / "affect-bridge@.service")
    verified = systemd_analyze("verify", str(runnable / name))
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


@needs_systemd
@pytest.mark.parametrize("name", ["affect-bridge.service", "affect-bridge@.service"])
def test_a_unit_is_hardly_exposed(runnable: Path, name: str):
    judged = systemd_analyze(
        "security", "--offline=true", f"--threshold={MOST_EXPOSED * 10:.0f}", str(runnable / name)
    )
    assert judged.returncode == 0, judged.stdout
    assert "Overall exposure level" in judged.stdout


def test_a_users_unit_asks_for_nothing_that_only_the_system_may(tmp_path: Path):
    text = unit(("/bin/true",), "/c.yaml", user=True)
    assert "WantedBy=default.target" in text
    for of_the_system in ("DynamicUser", "ProtectSystem", "network-online", "PrivateDevices"):
        assert of_the_system not in text


def test_a_percent_sign_in_a_folder_s_name_makes_no_instance():
    assert "%i.yaml" not in unit(("/bin/true",), quoted("/srv/100%inside/c.yaml"))
    assert "(%i)" not in unit(("/bin/true",), quoted("/srv/100%inside/c.yaml"))


def test_each_instance_keeps_its_state_in_a_folder_of_its_own():
    """DynamicUser= does not allow nested state directories, such as affect-bridge/%i."""
    written = {path.name: text for path, text in files().items() if len(path.parts) == 1}
    assert "\nStateDirectory=affect-bridge\n" in written["affect-bridge.service"]
    assert "\nStateDirectory=affect-bridge-%i\n" in written["affect-bridge@.service"]


@pytest.mark.parametrize("name", [name.as_posix() for name in files()])
def test_a_mistake_in_the_configuration_is_not_tried_again(name: str):
    assert "\nRestartPreventExitStatus=2\n" in (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("/opt/a", "/opt/a"),
        ("/opt/my bridge/a", '"/opt/my bridge/a"'),
        ("/opt/100%/a", "/opt/100%%/a"),
        ("/opt/$HOME", "/opt/$$HOME"),
        ('/o"p\\t', '"/o\\"p\\\\t"'),
    ],
)
def test_a_path_is_written_as_systemd_reads_it(word: str, written: str):
    assert quoted(word) == written
