"""Commands, configurations and examples in the documents work.

`python tests/test_docs.py` writes the tables of settings in docs/receivers.md.
"""

import contextlib
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic_core import PydanticUndefined

from bridge.cli import COMMANDS, _parser
from bridge.cli.listen import _address
from bridge.config.output_section import OutputSection
from bridge.config.outputs import SECTIONS
from bridge.config.reach import ReachSettings
from bridge.config.reading import read_settings
from bridge.config.receivers import RECEIVERS
from bridge.config.settings import Settings

ROOT = Path(__file__).parent.parent
PAGES = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in (
        "README.md",
        "docs/games.md",
        "docs/operators.md",
        "docs/receivers.md",
        "docs/research.md",
        "docs/scale.md",
        "docs/start.md",
        "docs/troubleshooting.md",
        "docs/vtubers.md",
        "docs/adding-a-receiver.md",
        "docs/configuration.md",
        "docs/inputs.md",
        "docs/living-face.md",
        "docs/triggers.md",
    )
}
RECEIVERS_PAGE = PAGES["docs/receivers.md"]
ADDING_PAGE = PAGES["docs/adding-a-receiver.md"]
EVERY_OUTPUT = "every output"
"""The name of the table with the settings that all outputs have."""

BLOCK = re.compile(r"^```(\w*)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4,}(\S.*)$", re.MULTILINE)
INLINE = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"(?<![\w/.-])(?:\.venv/bin/|\.venv\\Scripts\\)?affect-bridge\b(?!\.)(.*)")


# Commands and configurations


def commands(page: str) -> list[list[str]]:
    """The arguments of every `affect-bridge …` in a page's blocks and text."""
    text = BLOCK.sub("", page)
    lines = [
        line
        for kind, _, block in BLOCK.findall(page)
        if kind == "sh"
        for line in block.replace("\\\n", " ").splitlines()
    ]
    lines += INDENTED.findall(text) + INLINE.findall(text)
    found = [match[1] for line in lines if (match := COMMAND.search(line))]
    return [
        arguments
        for line in found
        if (arguments := shlex.split(line.partition(" | ")[0], comments=True))
    ]


EVERY_COMMAND = [
    pytest.param(name, arguments, id=f"{name} {shlex.join(arguments)}")
    for name, page in PAGES.items()
    for arguments in commands(page)
    if "puppet" not in shlex.join(arguments)  # the example is run below, where its dialect is
]


@pytest.mark.parametrize(("page", "arguments"), EVERY_COMMAND)
def test_a_command_in_the_documents_is_one_that_is_understood(
    page: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    if arguments[0] in COMMANDS and len(arguments) == 1:
        return  # a command by its name alone, in the text
    options = _parser(arguments).parse_args(arguments)
    if options.command == "run":
        config = None if str(options.config) in ("studio.yaml", "config.yaml") else options.config
        said = {key: getattr(options, key) for key in ("inputs", "outputs", "fps")}
        read_settings(config, {key: value for key, value in said.items() if value is not None})
    elif options.command == "listen":
        _address(options.address)
    elif options.command == "receivers":
        assert options.name is None or options.name in {*RECEIVERS, *SECTIONS}


OUTPUTS_SAID = [
    pytest.param(name, match[1], id=match[1])
    for name, page in PAGES.items()
    for match in re.finditer(r"--to +('[^'\n]+'|[^\s'`,|.;]\S*?)(?=[\s`,;|)]|$)", page)
    if "puppet" not in match[1] and "HOST" not in match[1]
]


@pytest.mark.parametrize(("page", "output"), OUTPUTS_SAID)
def test_an_output_in_the_documents_is_one_that_works(page: str, output: str) -> None:
    read_settings(None, {"outputs": [output.strip("'")]})


CONFIGURATIONS = [
    pytest.param(block, id=f"{name} {block.split(':')[0]} {number}")
    for name, page in PAGES.items()
    for number, (kind, _, block) in enumerate(BLOCK.findall(page))
    if kind == "yaml" and "puppet" not in block
]


@pytest.mark.parametrize("block", CONFIGURATIONS)
def test_a_configuration_in_the_documents_is_one_that_can_be_read(
    block: str, tmp_path: Path
) -> None:
    config = tmp_path / "bridge.yaml"
    config.write_text(block, encoding="utf-8")
    read_settings(config)


# The page about receivers


def anchors(page: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", BLOCK.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", [*RECEIVERS, *SECTIONS])
def test_every_program_and_every_dialect_has_a_paragraph_under_its_name(name: str) -> None:
    assert name in anchors(RECEIVERS_PAGE)


@pytest.mark.parametrize("name", RECEIVERS)
def test_the_command_for_every_program_is_shown(name: str) -> None:
    assert ["run", "--from", "demo", "--to", name] in commands(RECEIVERS_PAGE)


def test_a_setting_that_the_page_names_exists() -> None:
    known = {name for section in SECTIONS.values() for name in section.model_fields}
    known |= Settings.model_fields.keys()
    named = set()
    for code in INLINE.findall(RECEIVERS_PAGE):
        named |= set(re.findall(r"^([a-z_]+): ", code))
        named |= set(re.findall(r"(?:^|[?&])([a-z_]+)=", code))
    assert named
    assert named <= known


def settings_table(name: str) -> str:
    """A table of the settings that only one dialect has, or of those that all outputs have."""
    common = {**OutputSection.model_fields, **ReachSettings.model_fields}
    fields = common if name == EVERY_OUTPUT else SECTIONS[name].model_fields
    rows = ["| setting | default | what it is |", "|---|---|---|"]
    for setting, field in fields.items():
        if name != EVERY_OUTPUT and setting in common and field.default == common[setting].default:
            continue
        # A default that a function makes is another on each machine.
        told = "" if field.default is PydanticUndefined else f"`{yaml_scalar(field.default)}`"
        what = (field.description or "").replace("|", r"\|").replace("<", "&lt;")
        rows.append(f"| `{setting}` | {told} | {what} |")
    return "\n".join(rows) if len(rows) > 2 else "It has no settings of its own."


def yaml_scalar(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=True).split("\n")[0]


def with_tables(page: str) -> str:
    """The page with up-to-date tables of settings."""
    return re.sub(
        r"(<!-- settings of ([\w -]+) -->\n).*?(<!-- end -->)",
        lambda m: f"{m[1]}{settings_table(m[2])}\n{m[3]}",
        page,
        flags=re.DOTALL,
    )


def test_the_tables_of_settings_are_what_the_code_has() -> None:
    tables = re.findall(r"<!-- settings of ([\w -]+) -->", RECEIVERS_PAGE)
    assert sorted(tables) == sorted([EVERY_OUTPUT, *SECTIONS])
    assert with_tables(RECEIVERS_PAGE) == RECEIVERS_PAGE, "run python tests/test_docs.py"


# The example of a dialect


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the example added to it as the page says."""
    copy = tmp_path_factory.mktemp("house")
    for part in ("bridge", "protocols", "tests/protocols"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    files = {path: block for _, path, block in BLOCK.findall(ADDING_PAGE) if path}
    line = files.pop("protocols/dialects.py")
    for path, block in files.items():
        assert not (copy / path).exists()
        (copy / path).write_text(block, encoding="utf-8")
    dialects = copy / "protocols/dialects.py"
    text = dialects.read_text(encoding="utf-8")
    last = text.rindex(".DIALECT,\n") + len(".DIALECT,\n")
    text = text[:last] + line + text[last:]
    dialects.write_text(f"from protocols import puppet\n{text}", encoding="utf-8")
    return copy


def run_in(house: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run a Python module in the copy, to its end."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_tests_of_the_example_dialect_pass(house: Path) -> None:
    done = run_in(house, "pytest", "-q", "-p", "no:cacheprovider", "tests/protocols/test_puppet.py")
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_the_tests_of_the_example_dialect_fail_when_its_order_changes(house: Path) -> None:
    module = house / "protocols/puppet.py"
    written = module.read_text(encoding="utf-8")
    swapped = written.replace(
        '"eyeBlinkLeft",\n    "eyeBlinkRight",', '"eyeBlinkRight",\n    "eyeBlinkLeft",'
    )
    assert swapped != written
    module.write_text(swapped, encoding="utf-8")
    try:
        done = run_in(
            house, "pytest", "-q", "-p", "no:cacheprovider", "tests/protocols/test_puppet.py"
        )
    finally:
        module.write_text(written, encoding="utf-8")
    assert done.returncode == 1
    assert "2 failed" in done.stdout


def test_the_example_is_written_as_the_house_writes(house: Path) -> None:
    for command in (["check"], ["format", "--check"]):
        done = run_in(
            house, "ruff", *command, "protocols/puppet.py", "tests/protocols/test_puppet.py"
        )
        assert done.returncode == 0, done.stdout


@contextlib.contextmanager
def running(house: Path, port: int) -> Iterator[None]:
    """The bridge of the copy with the page's configuration, sending to `port` on this machine."""
    [block] = [text for kind, _, text in BLOCK.findall(ADDING_PAGE) if kind == "yaml"]
    assert "puppet://192.168.1.30" in block
    config = house / "puppet.yaml"
    here = block.replace("puppet://192.168.1.30", f"puppet://127.0.0.1:{port}")
    config.write_text(f"inputs: [demo]\n{here}", encoding="utf-8")
    bridge = subprocess.Popen(
        [sys.executable, "-m", "bridge", "run", str(config)],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house)},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        bridge.kill()
        bridge.wait()


def test_the_example_dialect_is_sent_to_a_real_socket_by_its_configuration(house: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as puppet:
        puppet.bind(("127.0.0.1", 0))
        puppet.settimeout(20)
        with running(house, puppet.getsockname()[1]):
            received = [puppet.recv(2048) for _ in range(10)]
    assert {(len(datagram), datagram[:8]) for datagram in received} == {(32, b"PUP1Otto")}
    assert any(any(datagram[24:]) for datagram in received)  # the demo moves the servos


def test_the_example_dialect_is_heard_by_listen(house: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running(house, port):
        done = run_in(house, "bridge", "listen", f"puppet://:{port}", "--json", "--count", "3")
    assert done.returncode == 0, done.stderr
    frames = [json.loads(line) for line in done.stdout.splitlines()]
    assert [frame["name"] for frame in frames] == ["Otto"] * 3
    assert list(frames[0]["weights"])[:2] == ["jawOpen", "mouthSmileLeft"]


def test_the_example_dialect_is_shown_with_its_settings(house: Path) -> None:
    done = run_in(house, "bridge", "receivers", "puppet")
    assert done.returncode == 0, done.stderr
    assert "puppet: puppet The name of the puppet" in " ".join(done.stdout.split())


def test_a_mistake_in_the_examples_settings_is_reported_with_its_line(house: Path) -> None:
    config = house / "mistake.yaml"
    config.write_text("outputs:\n  - to: puppet://127.0.0.1\n    puppet: Zoë\n", encoding="utf-8")
    done = run_in(house, "bridge", "check", str(config))
    assert done.returncode == 2
    assert done.stderr.startswith(f"{config}:2: outputs[1]")
    assert "1–16 ASCII characters" in done.stderr


if __name__ == "__main__":
    page = ROOT / "docs/receivers.md"
    page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")
