"""Files that are not a configuration are refused quickly, with a reason."""

import os
import time
from pathlib import Path

import pytest

from bridge.config.reading import ConfigError, read_settings
from bridge.config.yaml_file import LARGEST_FILE, MOST_VALUES, YamlFileError, read_value, read_yaml

AT_ONCE = 3.0
"""Seconds. Each of these tests takes less than half of one; without the limit it would not end."""


def levels(first: str, each: str) -> str:
    """Twelve levels, each made of ten aliases of the one before: 10^12 values."""
    lines = [f"a0: &a0 {first}"]
    lines += [f"a{n}: &a{n} {each.replace('X', f'*a{n - 1}')}" for n in range(1, 13)]
    return "\n".join(lines) + "\n"


TEN = ", ".join(["X"] * 10)
TOO_MUCH = {
    "lists of aliases": levels("[x, x]", f"[{TEN}]"),
    "maps of aliases": levels("{x: 1}", "{" + TEN.replace("X", "k: X") + "}"),
    "maps with other keys": levels("{x: 1}", "{" + ", ".join(f"k{n}: X" for n in range(10)) + "}"),
    "merged maps": levels("{x: 1}", f"{{<<: [{TEN}]}}"),
    "a node in itself": "inputs: &a [*a]\n",
    "a map in itself": "interpolation: &a {kind: *a}\n",
    "nesting": "a: " + "[" * 20_000,
    "nesting that ends": "a: " + "[" * 300 + "]" * 300,
    "nested lines": "".join(" " * n + "-\n" for n in range(1, 500)),
    "many values": "a: [" + "1," * 60_000 + "1]",
    "many keys": "".join(f"k{n}:\n" for n in range(15_000)),
    "ten megabytes": "# x\n" * 2_500_000,
    "a long number": "fps: " + "9" * 150_000,
    "a long hexadecimal number": "fps: 0x" + "f" * 150_000,
    "a long number to the base 60": "fps: " + ":".join(["59"] * 60_000),
    "ten thousand names": "outputs: [{to: vmc, names: {"
    + ", ".join(f"k{n}: v" for n in range(9000))
    + "}}]",
    "thousands of outputs": "outputs:\n" + "  - vmc://127.0.0.1:39539\n" * 7000,
    "thousands of options": "inputs: ['osc://h:1/?" + "a=1&" * 40_000 + "']",
}


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_what_explodes_or_is_too_much_is_refused_at_once_in_a_line(
    config_file: Path, kind: str
) -> None:
    config_file.write_text(TOO_MUCH[kind], encoding="utf-8")
    began = time.monotonic()
    with pytest.raises(ConfigError) as refused:
        read_settings(config_file)
    assert time.monotonic() - began < AT_ONCE
    [told] = str(refused.value).splitlines()
    assert told.startswith(f"{config_file}:")
    assert len(told) < 1200


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("2001-99-99", "cannot be read"),  # a date, to YAML
        ("9" * 5000, "too large"),
        ("!!int ''", "cannot be read"),
        ("!!int seven", "cannot be read"),
        ("!!float ''", "cannot be read"),
        ("!!bool perhaps", "cannot be read"),
        ("!!timestamp soon", "cannot be read"),
        (r'"\ud800"', "cannot be read"),
    ],
)
def test_an_impossible_value_is_reported_with_its_line(
    config_file: Path, value: str, reason: str
) -> None:
    config_file.write_text(f"fps: 60\nmodel: {value}\n", encoding="utf-8")
    with pytest.raises(YamlFileError) as refused:
        read_yaml(config_file)
    assert str(refused.value).startswith(f"{config_file}:2: not valid YAML: ")
    assert reason in str(refused.value)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no named pipes in folders")
def test_a_pipe_is_refused_without_waiting_for_somebody_to_write(config_file: Path) -> None:
    os.mkfifo(config_file)
    with pytest.raises(YamlFileError, match="is not a regular file"):
        read_yaml(config_file)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_device_is_refused_unread() -> None:
    with pytest.raises(YamlFileError, match="is not a regular file"):
        read_yaml(Path("/dev/zero"))


@pytest.mark.skipif(os.name != "posix", reason="links need a privilege on Windows")
def test_a_link_is_followed_as_configurations_are_often_given_by_one(
    tmp_path: Path, config_file: Path
) -> None:
    (tmp_path / "store").write_text("fps: 24\n")
    config_file.symlink_to(tmp_path / "store")
    assert read_settings(config_file).fps == 24
    (tmp_path / "store").unlink()
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_settings(config_file)


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(YamlFileError, match="not a file name"):
        read_yaml(Path("a\0b"))


def test_a_configuration_as_large_as_any_is_read(config_file: Path) -> None:
    names = ", ".join(
        f"{name}: the_same_name_in_capitals_{name}" for name in ("jawOpen", "cheekPuff")
    )
    lines = [f"  - {{to: 'vmc://10.0.0.{n}:39539', names: {{{names}}}}}\n" for n in range(1, 65)]
    config_file.write_text("outputs:\n" + "".join(lines), encoding="utf-8")
    assert len(read_settings(config_file).outputs) == 64
    assert LARGEST_FILE > 64 * 52 * 50  # sixty-four outputs, each with fifty-two names of its own
    assert MOST_VALUES > 64 * 52 * 2


@pytest.mark.parametrize("value", ["!!bool x", r'"\ud800"', "0x" + "f" * 500, "[" * 100, "*x", "'"])
def test_an_option_that_is_no_value_is_refused(value: str) -> None:
    with pytest.raises(YamlFileError, match="not valid YAML"):
        read_value(value)
