"""Configurations written to a real file and read back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.config.reading import ConfigError, read_settings
from bridge.config.settings import Settings

Read = Callable[[str], Settings]
Mistakes = Callable[[str], list[str]]


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    return tmp_path / "bridge.yaml"


@pytest.fixture
def read(config_file: Path) -> Read:
    """Settings from YAML text."""

    def read_text(text: str) -> Settings:
        config_file.write_text(text, encoding="utf-8")
        return read_settings(config_file)

    return read_text


@pytest.fixture
def mistakes(read: Read, config_file: Path) -> Mistakes:
    """The messages for YAML text that is refused, without the name of the file."""

    def lines(text: str) -> list[str]:
        with pytest.raises(ConfigError) as refused:
            read(text)
        found = str(refused.value).splitlines()
        assert all(line.startswith(f"{config_file}:") for line in found)
        return [line.removeprefix(f"{config_file}:") for line in found]

    return lines
