"""Which addresses health accepts, and how to write them."""

import pytest

from bridge.config.reading import ConfigError, read_settings


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        path = tmp_path / "studio.yaml"
        path.write_text(text)
        return read_settings(path).health

    return read_text


@pytest.mark.parametrize("text", ["fps: 60", "health: off", "health: null", "health:"])
def test_health_is_off_unless_it_is_turned_on(read, text):
    assert read(text) is None


@pytest.mark.parametrize(
    ("spelling", "host", "port"),
    [
        ("127.0.0.1:9464", "127.0.0.1", 9464),
        ("9464", "127.0.0.1", 9464),
        ("'9464'", "127.0.0.1", 9464),
        ("localhost:80", "127.0.0.1", 80),
        ("127.3.2.1:65535", "127.3.2.1", 65535),
        ("'[::1]:9464'", "::1", 9464),
    ],
)
def test_a_loopback_address_and_a_port_turn_it_on(read, spelling, host, port):
    for text in (f"health: {spelling}", f"health: {{at: {spelling}}}"):
        health = read(text)
        assert (health.address.host, health.address.port, health.grace) == (host, port, 30.0)


def test_a_map_may_say_the_grace_alone(read):
    health = read("health: {grace: 5}")
    assert (health.address.place, health.grace) == ("127.0.0.1:9464", 5.0)


@pytest.mark.parametrize("place", ["0.0.0.0:9464", "192.168.1.7:9464", "'[::]:9464'"])
def test_an_address_that_others_can_reach_needs_the_networks_that_may_connect(read, place):
    with pytest.raises(ConfigError, match=r"studio.yaml:1: health: .*name the networks that may"):
        read(f"health: {place}")
    health = read(f"health: {{at: {place}, allow: [10.0.0.0/8]}}")
    assert health.open_to_others


def test_a_name_is_no_address_to_serve(read):
    with pytest.raises(ConfigError, match=r"studio.yaml:1: health.at: .*expected an IP address"):
        read("health: studio.local:9464")


@pytest.mark.parametrize(
    "value",
    [
        *("true", "[1]", "1.5", "''", "nonsense", "127.0.0.1", "'::1:80'", "a:b"),
        *("127.0.0.1:0", "65536", "-1"),
        *("http://127.0.0.1:80", "user@127.0.0.1:80", "127.0.0.1:80/x"),
    ],
)
def test_what_is_no_place_is_refused_with_an_example(read, value):
    with pytest.raises(ConfigError, match=r"studio.yaml:1: health.*expected host:port.*:9464"):
        read(f"health: {value}")


def test_an_unknown_setting_of_health_is_named_with_the_one_that_was_meant(read):
    with pytest.raises(ConfigError, match=r"2: health.graze: no such setting; did you mean grace"):
        read("health:\n  graze: 5\n")
