"""The table of `affect-bridge status`: it fits the terminal and sends it no escape sequences."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.cli.status_table import table
from bridge.emotion.update import named_update, point_update
from bridge.health.report import report
from bridge.supervision.supervised import State


def columns(line):
    """How wide a terminal draws a line, by the rules of its own: Unicode's."""
    wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
    return wide - sum(1 for c in line if unicodedata.category(c) in ("Mn", "Me", "Cf"))


@pytest.fixture
def told(bridge, part_in):
    bridge.frames_for(4, each_second=60)
    bridge.feel(named_update("anger", 0.5, stream="アリス"))
    bridge.feel(point_update(0.1, -0.2, 0.3, stream="Ярослав"))
    part_in(bridge, bridge.inputs[0], State.WAITING, 300, "the port is taken")
    bridge.outputs[0].part.packets = 123456789
    bridge.outputs[0].part.trouble = "unheard"
    return report(bridge.vitals, bridge.recent, ["the input is away " * 9], bridge.now)


def row(text, name):
    [found] = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return re.split(r" {2,}", found)


def test_the_first_line_is_the_verdict(told):
    assert table(told, "127.0.0.1:9464").splitlines()[0].endswith(": NOT HEALTHY")
    told["healthy"] = True
    first = table(told, "127.0.0.1:9464").splitlines()[0]
    assert "127.0.0.1:9464" in first
    assert first.endswith(": healthy")


def test_frames_parts_and_streams_are_shown(told):
    text = table(told, "here")
    assert "60 of 60 a second; 240 sent, 0 dropped, 0 stalls; engine: network\n" in text
    assert row(text, "osc 127.0.0.1:9130")[1:] == ["waiting to retry", "5 min", "2", "0"]
    assert "\n  the port is taken\n" in text
    assert row(text, "vmc 127.0.0.1:39539")[1:4] == ["up, unheard", "4 s", "123456789"]
    assert row(text, "アリス")[1:4] == ["anger 0.5", "osc 127.0.0…", "4 s"]
    assert row(text, "アリス")[4:] == ["-0.35", "+0.40", "+0.35"]
    assert row(text, "main")[1:] == ["neutral", "-", "-", "+0.00", "+0.00", "+0.00"]
    assert "\nstreams: 3 of 64; 0 updates refused at the limit\n" in text
    assert "\nupdate to datagram: no update yet\n" in text


def test_where_streams_have_ports_of_their_own_the_table_says_which(told):
    told["stream_count"] = 5000
    told["outputs"][0] |= {"ports": {"アリス": 39539, "bob": 39540}, "streams_without_port": 3}
    text = table(told, "here")
    assert "アリス → 39539, bob → 39540, 3 streams have no port" in text
    assert "\nstreams: 5000 of 64; 0 updates refused at the limit\n" in text


def test_triggers_are_shown_only_where_there_are_any(told):
    assert "trigger" not in table(told, "here")
    told["triggers"] = [
        {
            "name": "joy → hotkey Blush",
            "standing": True,
            "fired": 12,
            "missed": 1,
            "seconds_since_fired": 3.2,
        },
        {"name": "idle", "standing": False, "fired": 0, "missed": 0, "seconds_since_fired": None},
    ]
    text = table(told, "here")
    assert row(text, "joy → hotkey Blush")[1:] == ["on", "3 s", "12", "1"]
    assert row(text, "idle")[1:] == ["off", "-", "0", "0"]


def test_the_time_from_an_update_to_its_datagrams_is_shown(told):
    told["update_to_datagram_seconds"] = {"median": 0.015, "p99": 0.02}
    assert "half within 15 ms, 99 % within 20 ms" in table(told, "here")
    told["update_to_datagram_seconds"] = {"median": 0.015, "p99": None}
    assert "half within 15 ms, 99 % in more than 1 s" in table(told, "here")


def test_a_wide_terminal_shows_the_whole_source(told):
    assert "osc 127.0.0.1:9130" in table(told, "here", 110).partition("stream ")[2]


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal_and_columns_stand_below_each_other(told, width):
    told["streams"][0]["name"] = "夜" * 100
    lines = table(told, "here", width).splitlines()
    assert max(map(columns, lines)) <= width
    start = lines.index("") + 1
    heading = next(line for line in lines[start:] if line.startswith("stream "))
    rows = lines[lines.index(heading) + 1 :]
    assert {columns(line) for line in rows} == {columns(heading)} == {width}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (95.4, "95 s"), (130, "2 min"), (3 * 3600, "3 h"), (86400 * 40, "40 d")],
)
def test_durations_are_shown_in_their_largest_unit(told, seconds, words):
    told["uptime_seconds"] = seconds
    assert f"up {words}:" in table(told, "here")


def test_an_answer_cannot_send_escape_sequences_to_the_terminal(told):
    told["reasons"] = ["\x1b]0;title\x07\x1b[2J", "\u202egnp.exe"]
    told["inputs"][0]["name"] = "osc\r\n\x9b1A"
    text = table(told, "here")
    assert not set(text) & set("\x1b\x07\r\x9b\u202e")
    assert "\\x1b]0;title\\x07" in text


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
_KEYS = st.sampled_from(
    [
        *("reasons", "version", "uptime_seconds", "inputs", "outputs", "streams"),
        *("triggers", "standing", "fired", "missed", "seconds_since_fired"),
        *("name", "state", "seconds_in_state", "problem", "trouble", "packets", "errors"),
        *("updates", "refused", "label", "valence", "wanted_per_second", "sent"),
    ]
)
_ROWS = st.lists(st.dictionaries(_KEYS, _JSON, max_size=6) | _JSON, max_size=3)


@given(st.dictionaries(_KEYS, _JSON | _ROWS), _JSON | st.dictionaries(_KEYS, _JSON))
def test_whatever_else_answers_the_table_is_printable_and_fits(said, frames):
    text = table({**said, "healthy": False, "frames": frames}, "here")
    assert all(line.isprintable() for line in text.splitlines())
    assert all(columns(line) <= 80 for line in text.split("\n"))


def test_the_state_and_the_mood_of_a_stream_stand_below_it(told):
    told["streams"][0] |= {"state": "asleep", "mood": [0.1, -0.2, 0.0]}
    assert "\n  state asleep, mood +0.10 -0.20 +0.00\n" in table(told, "here")
    told["streams"][0] |= {"state": "\x1b[2J", "mood": "x"}
    assert "\x1b" not in table(told, "here")
