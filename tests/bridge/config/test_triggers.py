"""Settings of triggers."""

from collections.abc import Callable
from typing import Any

import pytest

from bridge.config.reading import to_yaml
from bridge.config.settings import Settings
from bridge.config.triggers import VRChatTrigger, VTubeStudioTrigger

Read = Callable[[str], Settings]
Mistakes = Callable[[str], list[str]]


def only(settings: Settings) -> Any:
    [trigger] = settings.triggers
    return trigger


@pytest.mark.parametrize(
    ("trigger", "name"),
    [
        ("{emotion: joy, hotkey: Blush}", "joy → hotkey Blush"),
        (
            "{emotion: sadness, expression: tears.exp3.json}",
            "sadness → expression tears.exp3.json",
        ),
        ("{emotion: anger, parameter: Angry}", "anger → parameter Angry"),
        ("{emotion: fear, to: 'osc://127.0.0.1:9000/light'}", "fear → osc /light"),
        ("{emotion: fear, to: 'mqtt://localhost/light'}", "fear → mqtt light"),
        ("{emotion: fear, stream: alice, hotkey: Cry}", "alice: fear → hotkey Cry"),
        ("{emotion: 悲しい, hotkey: Cry}", "悲しい → hotkey Cry"),
        ("{emotion: sadness+fear, hotkey: Cry}", "sadness+fear → hotkey Cry"),
    ],
)
def test_a_trigger_needs_no_more_than_an_emotion_and_what_it_does(
    read: Read, trigger: str, name: str
) -> None:
    assert only(read(f"triggers: [{trigger}]")).name == name
    assert only(read(f"triggers: {trigger}")).name == name  # one needs no list


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("{emotion: hapy, hotkey: x}", 'unknown emotion "hapy"; did you mean "happy"'),
        ("{emotion: joy, hotkeey: x}", "no such setting 'hotkeey'; did you mean hotkey?"),
        (
            "{emotion: joy, hotkey: x, hotkei: x}",
            "triggers[1].hotkei: no such setting; did you mean",
        ),
        ("{emotion: joy}", "the trigger does nothing; add hotkey or expression"),
        ("{emotion: joy, hotkey: x, expression: y}", "for both, write two triggers"),
        ("{emotion: joy, expression: y, hotkey_after: x}", "hotkey_after needs hotkey"),
        ("{emotion: joy, hotkey: x, above: 50}", "above: 50: expected less than or equal to 1"),
        ("{emotion: joy, hotkey: x, below: 0.6}", "below 0.6 is more than above 0.45"),
        ("{emotion: joy, hotkey: x, for: -1}", "for: -1: expected"),
        (
            "{emotion: joy, hotkey: x, stream: a b}",
            "'a b' is not a name that a stream may have; expected 1–64 bytes",
        ),
        ("{emotion: joy, to: vtubestudio, hotkey: x}", "did you mean vtube-studio?"),
        ("{emotion: joy, to: 'vtube-studio://h/Blush', hotkey: x}", "nothing after the port"),
        ("{emotion: joy, to: 'osc://h:9000'}", "expected an OSC address after the port"),
        ("{emotion: joy, to: 'osc://h:9000/a*'}", "an OSC address cannot contain '*'"),
        ("{emotion: joy, to: 'mqtt://h'}", "expected a topic after the host"),
        ("{emotion: joy, to: 'mqtt://h/a/#'}", "are for subscriptions"),
        ("{emotion: joy, to: 'mqtt://h/a', send: ON}", 'write the message in quotes, as in "ON"'),
        ("{emotion: joy, to: 'mqtt://u:secret@h/a'}", "a password in an address"),
        ("{emotion: joy, to: 'vrchat://h/Angry', parameter: x}", "the name goes into parameter"),
        ("{emotion: joy, parameter: a b}", "an OSC address cannot contain ' '"),
        ("{emotion: joy, to: vrchat}", "parameter"),
        ("Blush", "expected a map, as in {emotion: joy, hotkey: Blush}"),
    ],
)
def test_a_mistake_is_reported_with_its_line_and_what_was_expected(
    mistakes: Mistakes, trigger: str, expected: str
) -> None:
    [mistake] = mistakes(f"fps: 60\ntriggers:\n  - {trigger}")
    assert mistake.startswith("3: triggers[1]")
    assert expected in mistake
    assert "secret" not in mistake


@pytest.mark.parametrize(
    ("send", "after"),
    [("true", False), ("false", False), ("2", 0), ("0.5", 0.0), ("1.0", 0.0)],
)
def test_after_a_value_its_zero_of_the_same_type_is_sent(read: Read, send: str, after: Any) -> None:
    trigger = only(read(f"triggers: [{{emotion: joy, parameter: P, send: {send}}}]"))
    assert trigger.send_after == after
    assert type(trigger.send_after) is type(trigger.send) is type(after)


def test_after_a_text_nothing_is_sent_unless_it_is_said(read: Read) -> None:
    trigger = "{emotion: joy, to: 'osc://h:9000/face', send: happy%s}"
    assert only(read(f"triggers: [{trigger % ''}]")).send_after is None
    assert only(read(f"triggers: [{trigger % ', send_after: none'}]")).send_after == "none"
    nothing = "triggers: [{emotion: joy, parameter: P, send_after: null}]"
    assert only(read(nothing)).send_after is None


def test_an_emotion_is_over_at_two_thirds_of_the_threshold_by_default(read: Read) -> None:
    usual = "triggers: [{emotion: joy, hotkey: x, above: 0.9%s}]"
    assert only(read(usual % "")).released_below == pytest.approx(0.6)
    assert only(read(usual % ", below: 0.2")).released_below == 0.2


def test_stream_in_an_address_means_every_stream(read: Read) -> None:
    assert only(read("triggers: [{emotion: joy, to: 'osc://h:1/{stream}/x'}]")).stream == "*"


def test_a_hotkey_belongs_to_the_vtube_studio_of_the_outputs(read: Read) -> None:
    settings = read(
        """\
        outputs: [vmc, 'vtube-studio://studio:8002', {to: 'vtube-studio://den', stream: bob}]
        triggers:
        - {emotion: joy, hotkey: x}
        - {emotion: joy, hotkey: x, stream: bob}
        - {emotion: joy, hotkey: x, to: 'vtube-studio://den:8001'}
        - {emotion: joy, hotkey: x, to: 'vtube-studio://attic'}
        - {emotion: joy, parameter: x}
        """
    )
    _, studio, den = settings.outputs
    found = [trigger.output_among(settings.outputs) for trigger in settings.triggers]
    assert found == [studio, den, den, None, None]
    assert isinstance(settings.triggers[0], VTubeStudioTrigger)
    assert isinstance(settings.triggers[4], VRChatTrigger)
    assert settings.triggers[4].address.place == "127.0.0.1:9000"


def test_with_several_vtube_studios_a_trigger_must_say_which(mistakes: Mistakes) -> None:
    outputs = "outputs: ['vtube-studio://a', 'vtube-studio://b']\n"
    [mistake] = mistakes(outputs + "triggers: [{emotion: joy, hotkey: x}]")
    assert "several outputs to VTube Studio; say which one, as in to: vtube-studio://a" in mistake


def test_an_mqtt_trigger_shares_its_client_with_equal_ones_only(
    read: Read, mistakes: Mistakes
) -> None:
    one = "{emotion: joy, to: 'mqtt://h/a', client_id: c}"
    other = "{emotion: fear, to: 'mqtt://h/b', client_id: c%s}"
    first, second = read(f"triggers: [{one}, {other % ''}]").triggers
    assert first.connection == second.connection
    [mistake] = mistakes(f"triggers: [{one}, {other % ', keep_alive: 7'}]")
    assert "duplicate client id 'c' at h:1883" in mistake
    [mistake] = mistakes(f"inputs: [{{from: 'mqtt://h/x', client_id: c}}]\ntriggers: [{one}]")
    assert "duplicate client id 'c' at h:1883" in mistake


def test_what_check_prints_can_be_read_again(read: Read) -> None:
    settings = read(
        """\
        triggers:
        - {emotion: joy, hotkey: x, hotkey_after: x}
        - {emotion: joy, to: 'osc://h:1/x', send: 1.0, send_after: null}
        - {emotion: joy, to: 'mqtt://h/x', send: "ON"}
        """
    )
    assert read(to_yaml(settings)).triggers == settings.triggers
