import importlib.util
from collections.abc import Callable

import pytest

from bridge.config.outputs import VRChatSection
from bridge.config.settings import Settings

Read = Callable[[str], Settings]
Mistakes = Callable[[str], list[str]]


def section(read: Read, output: str) -> VRChatSection:
    [found] = read(f"outputs: [{output}]").outputs
    assert isinstance(found, VRChatSection)
    return found


@pytest.mark.parametrize(
    ("output", "hears_at"),
    [
        ("vrchat", ("127.0.0.1", 9001)),
        ("'vrchat://127.0.0.1:9003?listen=off'", None),
        ("{to: vrchat, listen: off}", None),
        ("{to: vrchat, listen: 'off'}", None),
        ("{to: vrchat, listen: 9101}", ("127.0.0.1", 9101)),
        ("{to: vrchat, listen: ':9101'}", ("127.0.0.1", 9101)),
        ("'vrchat://localhost'", ("127.0.0.1", 9001)),
        ("'vrchat://[::1]'", ("127.0.0.1", 9001)),
        ("'vrchat://192.168.1.5'", None),
        ("'vrchat://192.168.1.5?listen=0.0.0.0:9001'", ("0.0.0.0", 9001)),
        ("{to: vrchat, listen: '[::1]:9001'}", ("::1", 9001)),
        ("'vrchat?discovery=true'", ("127.0.0.1", 0)),
        ("'vrchat?discovery=true&listen=9101'", ("127.0.0.1", 9101)),
    ],
)
def test_vrchat_is_heard_where_the_settings_say(
    read: Read, output: str, hears_at: tuple[str, int] | None
) -> None:
    found = section(read, output)
    assert found.hears_at == hears_at
    # What hears holds a port, which a reload has to give up before it is taken again.
    assert found.given_up_first == (hears_at is not None)


def test_resonite_can_be_beside_vrchat(read: Read) -> None:
    found = section(read, "'vrchat://127.0.0.1:9003?listen=off'")
    assert (found.address.host, found.address.port) == ("127.0.0.1", 9003)


@pytest.mark.parametrize("eye_look", ["off", "'off'", "native", "both", "parameters"])
def test_eyes_may_be_switched_off_in_yaml_too(read: Read, eye_look: str) -> None:
    assert section(read, f"{{to: vrchat, eye_look: {eye_look}}}").eye_look == eye_look.strip("'")


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("'vrchat?listen=on'", "True: expected auto, off, or host:port, as in 127.0.0.1:9001"),
        ("'vrchat?listen=h:0'", "expected auto, off, or host:port"),
        ("'vrchat?listen=h:66000'", "expected auto, off, or host:port"),
        ("'vrchat?listen=h'", "expected auto, off, or host:port"),
        ("'vrchat?discovery=true&listen=off'", "remove listen: off"),
        ("'vrchat?bits=9'", "expected less than or equal to 8"),
        ("'vrchat?bits=-1'", "expected greater than or equal to 0"),
        ("'vrchat?bits=true'", "expected a number"),
        ("'vrchat?floats=false'", "unless bits is set, as in bits=4"),
        ("'vrchat?prefix=F%23T'", "an OSC address cannot contain '#'"),
        ("'vrchat?eye_look=ears'", "'parameters', 'native', 'both' or 'off'"),
        ("'vrchat?prefx=FT'", "did you mean prefix?"),
        ("'vrchat://h/path'", "an address of vrchat has nothing after the port"),
    ],
)
def test_an_output_to_vrchat_that_cannot_work_is_refused_with_the_reason(
    mistakes: Mistakes, output: str, expected: str
) -> None:
    [line] = mistakes(f"outputs:\n  - {output}")
    assert line.startswith("2: ")
    assert expected in line


def test_discovery_without_its_extra_is_refused_with_the_way_to_get_it(
    mistakes: Mistakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    [line] = mistakes("outputs:\n  - to: vrchat\n    discovery: true")
    assert line.startswith("3: ")
    assert "pip install '.[discovery]'" in line


def test_the_extra_is_not_asked_for_without_discovery(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not section(read, "vrchat").discovery
