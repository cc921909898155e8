"""Hints for each kind of machine."""

import platform

import pytest

from bridge.doctor import surroundings
from bridge.doctor.surroundings import (
    firewall_before,
    firewall_between,
    kind_of_machine,
    same_machine,
)


def test_wsl_a_container_and_plain_linux_are_told_apart(monkeypatch, tmp_path):
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "release", lambda: "5.15.90.1-microsoft-standard-WSL2")
    assert kind_of_machine() == "wsl"
    monkeypatch.setattr(platform, "release", lambda: "6.1.0")
    mark = tmp_path / "mark"
    monkeypatch.setattr(surroundings, "_CONTAINERS", (mark,))
    assert kind_of_machine() == "linux"
    mark.touch()
    assert kind_of_machine() == "container"
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert kind_of_machine() == "macos"


@pytest.mark.parametrize("kind", ["wsl", "container"])
def test_a_loopback_address_is_questioned_only_where_it_may_be_another_machine(kind):
    assert same_machine(kind, ["127.0.0.1"])
    assert not same_machine(kind, ["192.168.1.20"])
    assert not same_machine("linux", ["127.0.0.1"])


def test_a_firewall_hint_names_the_port_and_the_place_of_the_setting():
    assert "UDP port 39539" in firewall_between("linux", "10.0.0.7", 39539)
    assert "Windows Security" in firewall_before("windows", 9130)
    assert "sudo ufw allow 9130/udp" in firewall_before("linux", 9130)
    assert "Local Network" in firewall_between("macos", "10.0.0.7", 39539)
