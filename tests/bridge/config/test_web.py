"""Where the interface may be served, and how to write it."""

import pytest

from bridge.config.reading import ConfigError, read_settings


@pytest.fixture
def read(tmp_path):
    def from_text(text):
        path = tmp_path / "studio.yaml"
        path.write_text(text)
        return read_settings(path).web

    return from_text


@pytest.mark.parametrize("text", ["fps: 60", "web: off", "web:", "web: false"])
def test_it_is_off_unless_it_is_turned_on(read, text):
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("web: on", "127.0.0.1:8765"),
        ("web: {}", "127.0.0.1:8765"),
        ("web: 9000", "127.0.0.1:9000"),
        ("web: localhost:9000", "127.0.0.1:9000"),
        ("web: '[::1]:9000'", "[::1]:9000"),
        ("web: {at: 127.0.0.2:9000}", "127.0.0.2:9000"),
        ("web: {at: 0.0.0.0:9000, token_env: TOKEN}", "0.0.0.0:9000"),
    ],
)
def test_where_it_is_served(read, text, place):
    assert read(text).address.place == place


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("web: 0.0.0.0:8765", "web: 0.0.0.0:8765 can be reached from other machines and needs"),
        ("web: 192.168.1.5:8765", "needs a token"),
        ("web: '[::]:8765'", "needs a token"),
        ("web: studio.local:8765", "expected the IP address and port"),
        ("web: nowhere", "expected host:port, as in 127.0.0.1:8765"),
        ("web: 127.0.0.1:0", "expected host:port, as in 127.0.0.1:8765"),
        ("web: [1]", "expected host:port"),
        ("web: {att: 1}", "did you mean at"),
        ("web: {token_env: A, token_credential: b}", "give one of them"),
        ("web: {token_credential: ../x}", "expected the name of a credential"),
        ("web: {token_file: no-such-file}", "no such file"),
        ("web: {avatar: me.fbx}", "expected a file that ends in .vrm or .glb"),
        ("web: {avatar: me.vrm}", "no such file"),
        ("web: {hosts: ['a b']}", "expected a name without a port"),
        ("web: {hosts: ['studio.local:80']}", "expected a name without a port"),
        ("web: {origins: [game.example]}", "as in https://game.example"),
        ("web: {origins: ['https://game.example/page']}", "without a path"),
        ("health: 9464\nweb: 9464", "duplicate port 9464; health uses it"),
    ],
)
def test_a_mistake_says_what_was_expected(read, text, what):
    with pytest.raises(ConfigError, match=r"studio.yaml:[12]: web") as mistake:
        read(text)
    assert what in str(mistake.value)


def test_an_avatar_is_a_path_in_the_folder_of_the_configuration(read, tmp_path):
    (tmp_path / "me.VRM").write_bytes(b"glTF")
    assert read("web: {avatar: me.VRM}").avatar == tmp_path / "me.VRM"


def test_updates_have_a_priority_and_a_hold_as_those_of_inputs(read):
    section = read("web: {priority: 5, hold: 3}")
    assert (section.priority, section.hold_seconds) == (5, 3.0)
    assert read("web: on").hold_seconds == float("inf")


def test_only_priority_and_hold_change_without_closing_the_port(read):
    section = type(read("web: on"))
    changed = {name: section.on_reload(name).value for name in section.model_fields}
    at_once = {name for name, when in changed.items() if when == "at once"}
    assert at_once == {"priority", "hold"}
