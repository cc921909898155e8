"""Gestures, states and moods of a character: a real process, a real pipe, a real receiver."""

import json
import time
import urllib.request

import pytest


def say(bridge, **update) -> None:
    bridge.say(json.dumps(update))


def test_a_gesture_shows_for_a_moment_and_gives_way_to_what_was_there(
    face, avatar, at_once, eventually
):
    bridge = face(at_once)
    say(bridge, emotion="happiness")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)
    say(bridge, emotion="surprise", hold=0.5, then="previous")
    eventually(lambda: avatar.weight("BrowOuterUpLeft") > 0.6)
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)
    assert avatar.weight("BrowOuterUpLeft") < 0.2
    say(bridge, emotion="surprise", then="prevoius")
    eventually(lambda: bridge.logged('did you mean "previous"'))


def test_a_sleeping_face_has_its_eyes_shut_until_the_state_ends(face, avatar, eventually):
    bridge = face()
    say(bridge, state="asleep")
    eventually(lambda: avatar.weight("EyeBlinkLeft") == 1.0)
    say(bridge, state="thinkin")
    eventually(lambda: bridge.logged('unknown state "thinkin"; did you mean "thinking"?'))
    assert avatar.weight("EyeBlinkLeft") == 1.0
    say(bridge, state=None)
    eventually(lambda: avatar.weight("EyeBlinkLeft") < 0.3)


@pytest.fixture
def moody(tmp_path, free_tcp_port) -> tuple[str, str]:
    config = tmp_path / "moody.yaml"
    config.write_text(
        f"health: 127.0.0.1:{free_tcp_port}\n"
        "face: {still: true, mood: {strength: 0.9, shows: 1}, "
        "states: {dancing: {emotion: joy}}}\n"
    )
    return str(config), f"http://127.0.0.1:{free_tcp_port}/healthz"


def test_a_mood_and_a_state_of_the_settings_can_be_seen(face, moody, avatar, eventually):
    config, address = moody
    bridge = face(config)
    eventually(lambda: bridge.logged("health", ": up"))

    def stream() -> dict:
        time.sleep(0.1)  # health accepts 30 connections a second
        with urllib.request.urlopen(address, timeout=5.0) as answer:
            [found] = json.load(answer)["streams"]
        return found

    say(bridge, state="dancing")
    eventually(lambda: stream()["state"] == "dancing")
    eventually(lambda: stream()["label"] == "joy 1")
    eventually(lambda: stream()["mood"][0] > 0.3)
    say(bridge, state=None)
    eventually(lambda: stream()["label"] == "neutral")
    assert stream()["valence"] > 0.1
    say(bridge, mood="reset")
    eventually(lambda: avatar.weight("MouthSmileLeft") < 0.02)
