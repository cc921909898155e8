"""The JSON of /healthz."""

import json
import math
import time

import pytest

from bridge.emotion.felt import Felt
from bridge.emotion.names import parts_of
from bridge.emotion.reading import parse_update
from bridge.emotion.states import CharacterState
from bridge.emotion.update import UpdateError, named_update
from bridge.face.layer import PerStream
from bridge.face.mood import MoodSettings
from bridge.health.report import report
from bridge.supervision.supervised import State
from protocols.face import Faces


def told(bridge, reasons=()):
    return report(bridge.vitals, bridge.recent, list(reasons), bridge.now)


def test_it_is_healthy_when_there_are_no_reasons_against_it(bridge):
    assert told(bridge)["healthy"] is True
    assert told(bridge, ["no frame was sent"])["healthy"] is False
    assert told(bridge, ["no frame was sent"])["reasons"] == ["no frame was sent"]


def test_frames_are_reported_as_they_were_counted(bridge):
    bridge.frames_for(4, each_second=60)
    bridge.clock.dropped, bridge.clock.stalls = 7, 2
    assert told(bridge)["frames"] == {
        "wanted_per_second": 60,
        "achieved_per_second": 60.0,
        "sent": 240,
        "dropped": 7,
        "stalls": 2,
    }


def test_the_engine_that_serves_is_reported(bridge):
    assert told(bridge)["engine"] == "network"


def test_each_input_is_reported_with_its_state_and_counts(bridge, part_in):
    first = bridge.inputs[0]
    bridge.feel(named_update("joy"))
    first.part.complaints.refuse("nonsense", "xyz")
    first.part.complaints.drop("too_many", lambda: "too many")
    first.failures = 3
    part_in(bridge, first, State.WAITING, 12.0, "the port is taken")
    [input_, *_] = told(bridge)["inputs"]
    latest = input_.pop("latest")
    assert (latest["stream"], latest["label"]) == ("main", "joy 1")
    assert latest["seconds_ago"] >= 0
    assert input_ == {
        "name": "osc 127.0.0.1:9130",
        "state": "waiting to retry",
        "seconds_in_state": 12.0,
        "failures": 3,
        "problem": "the port is taken",
        "updates": 1,
        "overwrites": 0,
        "refused": 2,
        "latest_refusal": "'xyz': nonsense",
    }


def test_an_input_without_updates_has_no_latest(bridge):
    told_of = told(bridge)["inputs"][0]
    assert (told_of["latest"], told_of["latest_refusal"]) == (None, "")


def test_each_output_is_reported_with_its_state_and_counts(bridge, part_in):
    part_in(bridge, bridge.outputs[1], State.UP, 90.0)
    output = bridge.outputs[1].part
    output.packets, output.bytes, output.errors, output.trouble = 5, 600, 2, "unheard"
    assert told(bridge)["outputs"][1] == {
        "name": "osc 127.0.0.1:8000",
        "state": "up",
        "seconds_in_state": 90.0,
        "failures": 0,
        "problem": "",
        "stream": "main",
        "trouble": "unheard",
        "frames": 0,
        "packets": 5,
        "bytes": 600,
        "errors": 2,
    }


def test_an_output_that_gives_streams_ports_is_reported_with_them(make_bridge):
    to = {"to": "vmc://127.0.0.1:39539", "ports": 2}
    bridge = make_bridge(outputs=[to])
    output = bridge.outputs[0].part
    output.show(Faces(["main", "bob", "alice"]), 0.0)
    found = told(bridge)["outputs"][0]
    assert found["ports"] == {"main": 39539, "bob": 39540}
    assert found["streams_without_port"] == 1


def test_of_very_many_streams_the_first_are_reported_and_all_are_counted(bridge):
    bridge.mixer.reshape(["main"], open_to_more=True, most_streams=2000)
    for number in range(1500):
        bridge.mixer.mailbox("a").post(named_update("joy", stream=f"s{number}"))
    bridge.feel(named_update("anger"))
    found = told(bridge)
    assert found["stream_count"] == 1501
    assert len(found["streams"]) == 1000
    assert found["streams"][0]["name"] == "main"


def test_each_trigger_is_reported_with_what_it_did(make_bridge):
    two = [{"emotion": "joy", "hotkey": "Blush"}, {"emotion": "fear", "to": "osc://h:1/x"}]
    bridge = make_bridge(triggers=two)
    hotkey = bridge.triggers[0]
    for now in (bridge.now - 6, bridge.now - 5):
        hotkey.tell(hotkey.trigger.look(Felt.of(main=parts_of("joy")), now))
    idle = {"standing": False, "fired": 0, "missed": 0, "seconds_since_fired": None}
    assert told(bridge)["triggers"] == [
        {
            "name": "joy → hotkey Blush",
            "standing": True,
            "fired": 1,
            "missed": 1,  # VTube Studio is not there
            "seconds_since_fired": 5.0,
        },
        {"name": "fear → osc /x", **idle},
    ]


def test_each_stream_is_reported_with_its_label_and_feeling(bridge):
    bridge.feel(named_update("anger", 0.5, stream="アリス"))
    [main, other] = told(bridge)["streams"]
    assert (main["name"], main["label"], main["valence"]) == ("main", "neutral", 0.0)
    assert (other["name"], other["label"]) == ("アリス", "anger 0.5")
    assert (other["valence"], other["arousal"], other["dominance"]) == (-0.35, 0.4, 0.35)


def test_each_stream_is_reported_with_its_source_and_the_age_of_its_last_update(bridge):
    bridge.feel(named_update("anger", hold=60))
    bridge.feel(named_update("joy", stream="bob", hold=0.05))
    bridge.now = time.perf_counter() + 7.0
    main, bob = told(bridge)["streams"]
    assert (main["source"], bob["source"]) == ("osc 127.0.0.1:9130", "osc 127.0.0.1:9130")
    assert main["seconds_since_update"] == pytest.approx(7.0, abs=0.5)


def test_a_stream_without_an_update_has_neither_source_nor_age(bridge):
    [main] = told(bridge)["streams"]
    assert (main["source"], main["seconds_since_update"]) == ("", None)


def test_the_limit_of_streams_and_the_updates_that_it_refused_are_reported(bridge):
    bridge.mixer.reshape(["main"], open_to_more=True, most_streams=2)
    bridge.feel(named_update("joy", stream="bob"))
    for _ in range(3):
        with pytest.raises(UpdateError):
            bridge.feel(named_update("joy", stream="one too many"[:3]))
    assert (told(bridge)["max_streams"], told(bridge)["refused_streams"]) == (2, 3)


def test_the_time_from_an_update_to_its_datagrams_is_reported(bridge):
    assert told(bridge)["update_to_datagram_seconds"] == {"median": None, "p99": None}
    for seconds in [0.004] * 90 + [0.018] * 10:
        bridge.frames.response.observe(seconds)
    assert told(bridge)["update_to_datagram_seconds"] == {"median": 0.005, "p99": 0.02}


def test_numbers_that_json_cannot_express_are_null(bridge):
    bridge.pipeline._frame.feelings[0] = (math.nan, math.inf, 0.5)
    said = json.dumps(told(bridge), allow_nan=False)
    assert json.loads(said)["streams"][0]["valence"] is None


def test_a_stream_is_reported_with_its_state_and_its_mood(bridge):
    [stream] = told(bridge)["streams"]
    assert (stream["state"], stream["mood"]) == ("", None)
    bridge.mixer.reshape(
        ["main"], open_to_more=True, most_streams=64, states={"asleep": CharacterState()}
    )
    bridge.pipeline.mood.configure(PerStream(MoodSettings(on=True)))
    bridge.pipeline.mood.value[:] = 0.1234
    bridge.feel(parse_update("state=asleep"))
    [stream] = told(bridge)["streams"]
    assert stream["state"] == "asleep"
    assert stream["mood"] == pytest.approx([0.123] * 3)
