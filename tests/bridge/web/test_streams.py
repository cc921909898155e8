"""Requests about streams."""

import pytest

from bridge.web import streams as streams_module
from bridge.web.streams import LONGEST_UPDATE
from protocols.arkit import BLENDSHAPES


async def asked(served, method, path, **request):
    async with served.client.request(method, path, **request) as answer:
        assert answer.content_type == "application/json"
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    "request_",
    [
        {"data": "happiness 0.9"},
        {"data": b"happiness 0.9", "headers": {"Content-Type": "text/plain"}},
        {"json": {"emotion": "happiness", "intensity": 0.9}},
        {
            "data": "happiness 0.9",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        },
    ],
)
async def test_an_update_is_understood_in_each_form_that_clients_send(served, request_):
    status, told = await asked(served, "POST", "/v1/streams/alice", **request_)
    assert (status, told["stream"], told["label"]) == (200, "alice", "happiness 0.9")
    assert told["hold_seconds"] is None
    assert told["notes"] == []


async def test_what_was_sent_is_shown_at_once(served):
    await asked(served, "POST", "/v1/streams", data="0.5 -0.25 0.125")
    status, shown = await asked(served, "GET", "/v1/streams/main")
    assert status == 200
    assert (shown["valence"], shown["arousal"], shown["dominance"]) == (0.5, -0.25, 0.125)
    assert (shown["source"], shown["speaking"]) == ("web 127.0.0.1:8765", False)
    assert 0 <= shown["seconds_ago"] < 5
    assert "weights" not in shown


async def test_the_weights_and_rotations_come_if_asked_for(served):
    await asked(served, "POST", "/v1/streams", data="happiness")
    _, shown = await asked(served, "GET", "/v1/streams/main?weights=true")
    assert tuple(shown["weights"]) == BLENDSHAPES
    assert shown["weights"]["mouthSmileLeft"] > 0.3
    assert set(shown["rotations"]) == {"head", "left_eye", "right_eye"}
    assert set(shown["rotations"]["head"]) == {"yaw", "pitch", "roll"}


async def test_an_update_without_a_stream_is_for_the_one_it_names_or_main(served):
    await asked(served, "POST", "/v1/streams", json={"emotion": "anger", "stream": "bob"})
    await asked(served, "POST", "/v1/streams", json={"emotion": "joy"})
    _, told = await asked(served, "GET", "/v1/streams")
    assert {row["stream"]: row["label"] for row in told["streams"]} == {
        "main": "joy 1",
        "bob": "anger 1",
    }


async def test_the_answer_says_what_was_clamped_and_for_how_long_it_holds(served):
    _, told = await asked(served, "POST", "/v1/streams", json={"vad": [1.02, 0, 0], "hold": 3})
    assert (told["valence"], told["hold_seconds"]) == (1.0, 3.0)
    assert "outside -1 to 1" in told["notes"][0]


async def test_an_update_with_cues_alone_leaves_the_feeling(served):
    await asked(served, "POST", "/v1/streams", data="joy")
    _, told = await asked(served, "POST", "/v1/streams", json={"speaking": True})
    assert (told["label"], told["valence"], told["speaking"]) == (None, None, True)
    _, shown = await asked(served, "GET", "/v1/streams/main")
    assert (shown["label"], shown["speaking"]) == ("joy 1", True)


@pytest.mark.parametrize(
    ("method", "path", "request_", "status", "error", "expected"),
    [
        ("POST", "/v1/streams", {"data": "hapiness"}, 422, 'mean "happiness"', "docs/inputs"),
        ("POST", "/v1/streams", {"data": ""}, 422, "empty", "happiness 0.9"),
        ("POST", "/v1/streams", {"data": b"<a/>", "headers": {"Content-Type": "text/xml"}}, 415,
         "text/xml", "application/json"),
        ("POST", "/v1/streams", {"data": b"j" * (LONGEST_UPDATE + 2)}, 413, "too long", "32768"),
        ("GET", "/v1/streams/nobody", {}, 404, "nobody", "main"),
        ("GET", "/v1/streams/nobody/events", {}, 404, "nobody", "main"),
        ("GET", "/v1/streams/main?weights=maybe", {}, 400, "maybe", "weights=true"),
        ("GET", "/v2", {}, 404, "/v2", "/v1/streams"),
        ("DELETE", "/v1/streams/main", {}, 405, "DELETE", "POST"),
        ("PUT", "/v1/openapi.json", {}, 405, "PUT", "GET"),
    ],
)  # fmt: skip
async def test_a_refusal_says_what_was_wrong_and_what_was_expected(
    served, method, path, request_, status, error, expected
):
    got, body = await asked(served, method, path, **request_)
    assert got == status
    assert set(body) == {"error", "expected"}
    assert error in body["error"]
    assert expected in body["expected"]


async def test_a_stream_that_cannot_be_is_refused_with_the_reason(served):
    served.mixer.reshape(["main"], open_to_more=False, most_streams=4)
    status, body = await asked(served, "POST", "/v1/streams/alice", data="joy")
    assert (status, "no output shows" in body["error"]) == (422, True)
    assert served.source.complaints.refused == 1


async def test_more_updates_than_the_limit_are_refused_and_may_be_sent_later(serve, monkeypatch):
    monkeypatch.setattr(streams_module, "MOST_UPDATES", 3)
    served = await serve()
    answers = [await asked(served, "POST", "/v1/streams", data="joy") for _ in range(8)]
    assert answers[0][0] == 200
    assert (429, True) in [
        (status, "too many" in body.get("error", "")) for status, body in answers
    ]


async def test_a_bridge_without_frames_is_said_not_to_answer(served, monkeypatch):
    monkeypatch.setattr("bridge.web.bridge_link.PATIENCE", 0.2)
    served.frames.finish()
    served.frames._thread.join()
    status, body = await asked(served, "GET", "/v1/streams")
    assert (status, "does not answer" in body["error"]) == (503, True)
