"""Where a password may be, and messages about it, which never contain it."""

import logging
import os
import traceback
from pathlib import Path

import pytest

from bridge.config.inputs import MqttSection
from bridge.secrets.passwords import LARGEST, Password
from bridge.supervision.supervised import Unavailable

posix = pytest.mark.skipif(os.name != "posix", reason="only POSIX systems know modes and pipes")


def password(environment: dict[str, str] | None = None, **settings: object) -> Password:
    """The password settings of user `me`."""
    section = MqttSection.model_validate({"from": "mqtt://me@h/a", **settings})
    return Password(section, environment or {})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.touch(mode=0o600)
    return path


def why_not(unreadable: Password) -> str:
    """The traceback of a password that cannot be read."""
    with pytest.raises(Unavailable) as refused:
        unreadable.read()
    return "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"hush", "hush"),
        (b"hush\n", "hush"),
        (b"hush\r\n", "hush"),
        (b" two words \n", " two words "),
        (b"\xef\xbb\xbfhush\r\n", "hush"),  # from a Windows editor
        ("pässwörd".encode(), "pässwörd"),
    ],
)
def test_a_password_is_a_file_s_text_without_the_end_of_its_line(
    file: Path, written: bytes, read: str
) -> None:
    file.write_bytes(written)
    assert password(password_file=file).read() == read


def test_a_file_is_read_anew_each_time_and_wins_over_the_environment(file: Path) -> None:
    told = password({"AFFECT_BRIDGE_MQTT_PASSWORD": "other"}, password_file=file)
    for word in ("first", "second"):
        file.write_text(word)
        assert told.read() == word


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"hush\xff\xfe", "not UTF-8"),
        (b"hush" * LARGEST, f"larger than {LARGEST} bytes"),
    ],
)
def test_a_file_that_holds_no_password_is_named_and_not_repeated(
    file: Path, content: bytes, reason: str
) -> None:
    file.write_bytes(content)
    told = why_not(password(password_file=file))
    assert str(file) in told
    assert reason in told
    assert "hush" not in told


def test_a_file_that_is_gone_is_said_until_it_is_back(file: Path) -> None:
    told = password(password_file=file)
    file.unlink()
    assert "cannot be read: No such file" in why_not(told)
    file.write_text("hush")
    assert told.read() == "hush"


@posix
def test_a_file_that_became_a_pipe_is_refused_without_waiting(file: Path) -> None:
    told = password(password_file=file)
    file.unlink()
    os.mkfifo(file, 0o600)
    assert "is not a regular file" in why_not(told)


@posix
def test_a_link_is_followed_as_secrets_are_handed_out_by_links(file: Path, tmp_path: Path) -> None:
    file.write_text("hush")
    (tmp_path / "link").symlink_to(file)
    assert password(password_file=tmp_path / "link").read() == "hush"


@posix
@pytest.mark.parametrize(("mode", "warnings"), [(0o644, 1), (0o604, 1), (0o640, 0), (0o600, 0)])
def test_a_file_that_everybody_can_read_is_warned_of_once(
    file: Path, caplog: pytest.LogCaptureFixture, mode: int, warnings: int
) -> None:
    file.write_text("hush")
    file.chmod(mode)
    told = password(password_file=file)
    with caplog.at_level(logging.WARNING):
        assert told.read() == told.read() == "hush"
    assert len(caplog.messages) == warnings
    assert all(f"chmod o= {file}" in said and "hush" not in said for said in caplog.messages)


def test_a_credential_is_read_from_the_folder_that_systemd_names(file: Path) -> None:
    file.write_text("hush\n")
    told = password({"CREDENTIALS_DIRECTORY": str(file.parent)}, password_credential="secret")
    assert told.read() == "hush"
    assert told.hint() == ""


@pytest.mark.parametrize("environment", [{}, {"CREDENTIALS_DIRECTORY": ""}])
def test_a_credential_outside_of_a_service_is_reported_what_is_missing(
    environment: dict[str, str],
) -> None:
    told = why_not(password(environment, password_credential="mqtt-password"))
    assert "CREDENTIALS_DIRECTORY is not set" in told
    assert "LoadCredential=mqtt-password:" in told


def test_a_credential_that_the_unit_does_not_load_is_reported_by_name(tmp_path: Path) -> None:
    folder = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    told = why_not(password(folder, password_credential="mqtt-password"))
    assert f"no credential 'mqtt-password' in {tmp_path}" in told
    assert "LoadCredential=mqtt-password:" in told


def test_the_environment_is_asked_only_for_who_has_a_name() -> None:
    environment = {"AFFECT_BRIDGE_MQTT_PASSWORD": "hush", "OTHER": "other"}
    assert password(environment).read() == "hush"
    assert password(environment, password_env="OTHER").read() == "other"
    assert password(environment, **{"from": "mqtt://h/a"}).read() is None


def test_a_variable_that_is_not_set_is_named_when_the_broker_refuses() -> None:
    told = password({}, password_env="OTHER")
    assert told.read() is None
    assert "OTHER is not set" in told.hint()


def test_a_variable_that_is_no_text_is_named_and_not_repeated() -> None:
    told = why_not(password({"OTHER": "hush\udcff"}, password_env="OTHER"))
    assert "OTHER is not UTF-8 text" in told
    assert "hush" not in told
