"""The commands and files in docs/service.md work; links in it and in SECURITY.md lead to files."""

import plistlib
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path, PureWindowsPath

import pytest

from bridge.cli import COMMANDS, _parser
from bridge.config.inputs import MqttSection
from bridge.config.reading import read_settings
from bridge.service.unit import INSTANCE_CONFIG, USUAL_COMMAND, USUAL_CONFIG, files

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/service.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


def blocks(kind: str) -> list[str]:
    return [text for name, text in BLOCKS if name == kind]


COMMAND_LINES = [
    shlex.split(line, comments=True) for text in blocks("sh") for line in text.splitlines()
]
COMMAND_LINES = [words[1:] if words[0] == "sudo" else words for words in COMMAND_LINES]


def of(*programs: str) -> list[list[str]]:
    """The commands that run one of these programs."""
    return [words for words in COMMAND_LINES if Path(words[0]).name in programs]


def test_every_program_on_the_page_is_a_known_one() -> None:
    checked = {"affect-bridge", "systemctl", "journalctl", "loginctl", "curl", "launchctl"}
    plain = {"python3", "pip", "mkdir", "sudoedit", "install", "plutil"}
    assert {Path(words[0]).name for words in COMMAND_LINES} <= checked | plain


@pytest.mark.parametrize("words", of("affect-bridge"), ids=shlex.join)
def test_a_command_of_affect_bridge_parses(words: list[str]) -> None:
    _parser(words[1:]).parse_args(words[1:])
    assert words[0] in {"affect-bridge", *USUAL_COMMAND}


def test_a_command_of_affect_bridge_in_the_text_exists() -> None:
    text = " ".join(re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL).split())
    named = re.findall(r"`affect-bridge ([a-z][a-z-]*)((?: [^`]+)?)`", text)
    assert named
    for name, arguments in named:
        assert name in COMMANDS
        _parser([name, *shlex.split(arguments)]).parse_args([name, *shlex.split(arguments)])


@pytest.mark.parametrize("words", of("systemctl", "journalctl", "loginctl"), ids=shlex.join)
def test_a_command_of_systemd_has_known_options_and_verbs(words: list[str]) -> None:
    program, *arguments = words
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    known = subprocess.run(
        [program, "--no-pager", "--help"], capture_output=True, text=True, check=True
    ).stdout
    options = [word.partition("=")[0] for word in arguments if word.startswith("-")]
    assert all(re.search(rf"(?<![\w-]){option}(?![\w-])", known) for option in options), options
    if program != "journalctl":
        verb = next(word for word in arguments if not word.startswith("-"))
        assert re.search(rf"^\s+{verb}\b", known, re.MULTILINE)


def test_the_page_names_the_services_that_are_installed() -> None:
    units = {name.name.removesuffix(".service") for name in files()}
    named = {
        word.partition("@")[0] + ("@" if "@" in word else "")
        for words in of("systemctl", "journalctl")
        for word in words
        if word.startswith("affect-bridge")
    }
    assert named == units


def test_the_page_names_the_paths_in_the_units() -> None:
    assert USUAL_CONFIG in PAGE
    assert INSTANCE_CONFIG.replace("%i", "alice") in PAGE
    assert USUAL_COMMAND[0] in PAGE
    installed = "\n".join(files().values())
    for state in ("affect-bridge", "affect-bridge-%i"):
        assert f"StateDirectory={state}\n" in installed
    assert "/var/lib/affect-bridge-alice" in PAGE


@pytest.mark.parametrize("text", blocks("yaml"))
def test_a_configuration_can_be_read_and_run_as_a_service(text: str, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(text, encoding="utf-8")
    settings = read_settings(config)
    credentials = [
        section.password_credential
        for section in settings.inputs
        if isinstance(section, MqttSection) and section.password_credential
    ]
    assert credentials == re.findall(r"^LoadCredential=([\w-]+):", PAGE, re.MULTILINE)


def test_systemd_accepts_the_drop_in(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    [drop_in] = blocks("ini")
    [system, *_] = files().values()
    unit = tmp_path / "affect-bridge.service"
    unit.write_text(system.replace(USUAL_COMMAND[0], "/bin/true"), encoding="utf-8")
    folder = tmp_path / "affect-bridge.service.d"
    folder.mkdir()
    (folder / "override.conf").write_text(drop_in, encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "--no-pager", "verify", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (verified.returncode, verified.stderr) == (0, "")


def arguments_of_ours(words: list[str]) -> None:
    options = _parser(words).parse_args(words)
    assert options.command == "run"
    assert options.config is not None


def test_the_task_for_windows_is_well_formed_and_runs_the_bridge_for_ever() -> None:
    [text] = [block for block in blocks("xml") if "mit/task" in block]
    task = ElementTree.fromstring(text)

    def setting(path: str) -> str | None:
        return task.findtext("/".join(TASK + step for step in path.split("/")))

    assert setting("Settings/ExecutionTimeLimit") == "PT0S"
    assert setting("Settings/DisallowStartIfOnBatteries") == "false"
    assert setting("Settings/StopIfGoingOnBatteries") == "false"
    assert setting("Triggers/LogonTrigger/UserId") == setting("Principals/Principal/UserId")
    assert PureWindowsPath(setting("Actions/Exec/Command") or "").name == "pythonw.exe"
    python, module, *words = (setting("Actions/Exec/Arguments") or "").split()
    assert (python, module) == ("-m", "bridge")
    arguments_of_ours(words)


def test_the_commands_for_windows_are_of_one_task_and_its_file() -> None:
    [text] = blocks("bat")
    lines = text.splitlines()
    assert all(re.match(r"schtasks /\w+ /TN affect-bridge\b", line) for line in lines)
    assert "affect-bridge.xml" in lines[0]


def test_the_agent_for_macos_is_well_formed_and_runs_the_bridge() -> None:
    [text] = [block for block in blocks("xml") if "plist" in block]
    agent = plistlib.loads(text.encode())
    assert agent["RunAtLoad"] is True
    assert agent["KeepAlive"] == {"SuccessfulExit": False}
    command, *words = agent["ProgramArguments"]
    assert Path(command).name == "affect-bridge"
    arguments_of_ours(words)
    label = agent["Label"]
    assert f"LaunchAgents/{label}.plist" in PAGE
    for words in of("launchctl"):
        assert words[-1].removesuffix(".plist").endswith(f"/{label}")


def test_the_bridge_can_be_run_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "--version"], capture_output=True, check=False
    )
    assert done.returncode == 0


def test_the_page_says_which_systems_were_not_tried() -> None:
    for system in ("Windows", "macOS"):
        [section] = re.findall(rf"^## {system}.*?(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
        assert f"**Not tried on {system}.**" in section


def test_no_address_is_invented_for_reports() -> None:
    assert "@" not in SECURITY
    assert "Report a vulnerability" in SECURITY
