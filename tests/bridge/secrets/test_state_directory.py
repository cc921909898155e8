import os
import stat
from pathlib import Path

import pytest

from bridge.secrets.state_directory import (
    UnsafeSecret,
    forget_secret,
    read_secret,
    state_directory,
    write_secret,
)

posix = pytest.mark.skipif(os.name != "posix", reason="only POSIX systems know modes")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"STATE_DIRECTORY": "/var/lib/affect-bridge"}, "/var/lib/affect-bridge"),
        ({"STATE_DIRECTORY": "/var/lib/a:/var/lib/b", "XDG_STATE_HOME": "/x"}, "/var/lib/a"),
        ({"XDG_STATE_HOME": "/home/ann/state"}, "/home/ann/state/affect-bridge"),
        ({"XDG_STATE_HOME": "relative"}, str(Path.home() / ".local/state/affect-bridge")),
        ({"XDG_STATE_HOME": ""}, str(Path.home() / ".local/state/affect-bridge")),
        ({}, str(Path.home() / ".local/state/affect-bridge")),
    ],
)
def test_the_state_directory_is_where_systemd_or_the_xdg_specification_says(
    environment: dict[str, str], expected: str
) -> None:
    assert state_directory(environment, windows=False) == Path(expected)


def test_on_windows_the_state_directory_is_the_local_one_of_applications() -> None:
    local = {"LOCALAPPDATA": "C:/Users/ann/AppData/Local", "XDG_STATE_HOME": "/elsewhere"}
    expected = Path("C:/Users/ann/AppData/Local") / "affect-bridge"
    assert state_directory(local, windows=True) == expected
    assert state_directory({}, windows=True) == (
        Path.home() / "AppData" / "Local" / "affect-bridge"
    )


def test_a_secret_is_read_back_and_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "token"
    assert read_secret(path) is None
    write_secret(path, "first")
    write_secret(path, "second")
    assert read_secret(path) == "second"
    assert list(path.parent.iterdir()) == [path]
    forget_secret(path)
    forget_secret(path)
    assert read_secret(path) is None


@posix
def test_a_secret_and_its_directory_are_for_this_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_secret(tmp_path / "made" / "token", "secret")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "made" / "token").stat().st_mode) == 0o600


@posix
def test_a_secret_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "token"
    write_secret(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_secret(path, "ä")
    assert read_secret(path) == "old"
    assert list(tmp_path.iterdir()) == [path]


@posix
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o666, 0o644])
def test_a_secret_that_others_may_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "token"
    write_secret(path, "hush")
    path.chmod(mode)
    with pytest.raises(UnsafeSecret, match=f"mode {mode:04o}") as refused:
        read_secret(path)
    assert "chmod 600" in str(refused.value)
    assert "hush" not in str(refused.value)


@posix
def test_links_pipes_and_directories_are_no_secrets(tmp_path: Path) -> None:
    write_secret(tmp_path / "true", "secret")
    (tmp_path / "link").symlink_to(tmp_path / "true")
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "directory").mkdir()
    for name in ("link", "pipe", "directory"):
        with pytest.raises(UnsafeSecret, match=name):
            read_secret(tmp_path / name)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"two\nlines", b"\0", b"x" * 5000])
def test_a_file_of_something_else_is_refused_without_repeating_it(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(UnsafeSecret, match="does not contain a secret"):
        read_secret(path)


def test_an_empty_file_is_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("\n")
    path.chmod(0o600)
    assert read_secret(path) is None
