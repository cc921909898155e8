"""What the streams show, from the bridge's packets."""

import struct
from array import array

import pytest

from bridge.link.packets import Packet
from bridge.web.shown import Shown

NAMES = ("jawOpen", "cheekPuff")


def floats(*values):
    return array("f", values).tobytes()


def look(streams, states, faces=(), feelings=(), speaking=b"", face=b""):
    head = {"kind": "look", "streams": streams, "states": states, "faces": list(faces)}
    return Packet(head, floats(*feelings) + speaking + face)


@pytest.fixture
def shown():
    nothing = Shown(NAMES)
    face = floats(0.25, 1.0, *(0.1,) * 3, *(0.0,) * 3, *(-0.5,) * 3)
    return nothing.after(
        look(
            ["a", "b"],
            [["a", "joy 1", "osc", 1_000_000.5, "listening"], ["b", "neutral", "", None, ""]],
            ["b"],
            (0.5, 0.25, -1, 0, 0, 0),
            b"\x00\x01",
            face,
        )
    )


def test_a_feeling_has_the_numbers_and_the_state_of_its_stream(shown):
    assert shown.feeling("a") == {
        "stream": "a",
        "label": "joy 1",
        "valence": 0.5,
        "arousal": 0.25,
        "dominance": -1.0,
        "source": "osc",
        "since": "1970-01-12T13:46:40.500+00:00",
        "state": "listening",
        "speaking": False,
    }
    assert shown.feeling("b")["state"] is None
    assert shown.feeling("b")["source"] is None
    assert shown.feeling("b")["since"] is None
    assert shown.feeling("b")["speaking"] is True
    assert shown.feeling("c") is None


def test_a_face_has_names_and_degrees(shown):
    assert shown.face("a") is None
    face = shown.face("b")
    assert face["weights"] == {"jawOpen": 0.25, "cheekPuff": 1.0}
    assert face["rotations"]["head"] == dict.fromkeys(("yaw", "pitch", "roll"), 5.73)
    assert face["rotations"]["right_eye"]["yaw"] == -28.65


def test_names_and_states_that_are_not_sent_again_stay(shown):
    later = shown.after(look(None, [["a", "anger", "web", 1.0, ""]], (), (0,) * 6, b"\x00\x00"))
    assert later.number == shown.number + 1
    assert later.streams == ("a", "b")
    assert later.feeling("a")["label"] == "anger"
    assert later.feeling("b")["label"] == "neutral"
    assert shown.feeling("a")["label"] == "joy 1"


def test_a_stream_that_has_ended_is_forgotten(shown):
    later = shown.after(look(["b"], [], (), (0, 0, 0), b"\x00"))
    assert later.feeling("a") is None
    assert later.feeling("b")["stream"] == "b"


def test_how_long_ago_an_update_came_is_never_negative(shown):
    """The wall clock may be set back."""
    assert shown.seconds_ago("a", 1_000_002.0) == {"seconds_ago": 1.5}
    assert shown.seconds_ago("a", 5.0) == {"seconds_ago": 0.0}
    assert shown.seconds_ago("b", 5.0) == {"seconds_ago": None}


def test_every_watcher_gets_the_same_text(shown):
    assert shown.event("b", face=True) is shown.event("b", face=True)
    assert "weights" in shown.event("b", face=True)
    assert "weights" not in shown.event("b", face=False)
    assert shown.event("c", face=True) == ""


def test_a_packet_that_is_too_short_is_an_error_and_not_a_wrong_face(shown):
    with pytest.raises((ValueError, struct.error)):
        shown.after(Packet({"streams": None, "states": [], "faces": ["b"]}, b"123"))
