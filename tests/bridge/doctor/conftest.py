"""Programs of this machine that receive, and ports that nothing has."""

import socket
from collections.abc import Iterator

import pytest

from bridge.config.settings import Settings
from tests.bridge.brokers import free_port


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    """A UDP port of this machine on which something listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        opened.settimeout(5.0)
        yield opened


@pytest.fixture
def closed_port() -> int:
    return free_port(socket.SOCK_DGRAM)


def settings_with(**given: object) -> Settings:
    return Settings.model_validate({"inputs": ["demo"], **given})
