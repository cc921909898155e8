"""What a plugin is told by `affect-bridge listen`, which plays VTube Studio."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.face import DecodeError
from protocols.vtubestudio.host import Answer, Host

WHO = {"pluginName": "My Cool Plugin", "pluginDeveloper": "My Name"}
PARAMETER = {
    "parameterName": "MyNewParamName",
    "explanation": "This is my new parameter.",
    "min": -50,
    "max": 50,
    "defaultValue": 10,
}


def request(kind: str, data: dict[str, Any] | None = None, **changed: Any) -> str:
    message = {
        "apiName": "VTubeStudioPublicAPI",
        "apiVersion": "1.0",
        "requestID": "SomeID",
        "messageType": kind,
        "data": data,
    }
    return json.dumps({**message, **changed})


def open_host() -> Host:
    """A host with an authenticated plugin and its parameter."""
    host = Host()
    host.feed(request("AuthenticationRequest", {**WHO, "authenticationToken": "any"}))
    host.feed(request("ParameterCreationRequest", PARAMETER))
    return host


def inject(host: Host, *values: dict[str, Any], **data: Any) -> Answer:
    return host.feed(request("InjectParameterDataRequest", {**data, "parameterValues": values}))


def told(answer: Answer) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(answer.text)
    assert said["apiName"] == "VTubeStudioPublicAPI"
    assert said["apiVersion"] == "1.0"
    assert said["requestID"] == "SomeID"
    return said


def test_a_plugin_is_let_in_and_its_values_are_understood() -> None:
    host = Host()
    assert told(host.feed(request("APIStateRequest")))["data"]["active"] is True
    granted = told(host.feed(request("AuthenticationTokenRequest", WHO)))
    token = granted["data"]["authenticationToken"]
    assert 0 < len(token) <= 64
    opened = host.feed(request("AuthenticationRequest", {**WHO, "authenticationToken": token}))
    assert told(opened)["data"]["authenticated"] is True
    created = told(host.feed(request("ParameterCreationRequest", PARAMETER)))
    assert created["messageType"] == "ParameterCreationResponse"
    assert created["data"] == {"parameterName": "MyNewParamName"}
    injected = inject(
        host,
        {"id": "FaceAngleX", "value": 12.31},
        {"id": "MyNewParamName", "weight": 0.8, "value": 0.7},
        faceFound=False,
        mode="set",
    )
    assert told(injected)["messageType"] == "InjectParameterDataResponse"
    assert injected.frame is not None
    assert injected.frame.weights == {"FaceAngleX": 12.31, "MyNewParamName": 0.7}
    assert injected.frame.about == {"subject": "My Cool Plugin", "mode": "set", "face_found": 0}


@pytest.mark.parametrize(
    ("kind", "data", "number"),
    [
        ("HotkeyTriggerRequest", {}, 7),
        ("AuthenticationTokenRequest", {**WHO, "pluginName": "ab"}, 52),
        ("AuthenticationTokenRequest", {**WHO, "pluginDeveloper": "x" * 33}, 53),
        ("AuthenticationRequest", WHO, 100),
        ("AuthenticationRequest", {"authenticationToken": "x", "pluginDeveloper": "My Name"}, 101),
        ("AuthenticationRequest", {"authenticationToken": "x", "pluginName": "abc"}, 102),
        ("ParameterCreationRequest", {**PARAMETER, "parameterName": "abc"}, 350),
        ("ParameterCreationRequest", {**PARAMETER, "parameterName": "x" * 33}, 350),
        ("ParameterCreationRequest", {**PARAMETER, "parameterName": "two words"}, 350),
        ("ParameterCreationRequest", {**PARAMETER, "parameterName": ["x"]}, 350),
        ("ParameterCreationRequest", {**PARAMETER, "max": 1_000_001}, 351),
        ("ParameterCreationRequest", {**PARAMETER, "min": None}, 351),
        ("ParameterCreationRequest", {**PARAMETER, "explanation": "x" * 256}, 353),
        ("ParameterCreationRequest", {**PARAMETER, "parameterName": "MouthSmile"}, 354),
        ("InjectParameterDataRequest", {}, 450),
        ("InjectParameterDataRequest", {"parameterValues": "x"}, 450),
        ("InjectParameterDataRequest", {"parameterValues": [{"id": "MouthOpen"}]}, 451),
        ("InjectParameterDataRequest", {"parameterValues": [{"id": [], "value": 1}]}, 453),
        ("InjectParameterDataRequest", {"parameterValues": ["x"]}, 453),
        ("InjectParameterDataRequest", {"parameterValues": [{"id": "Other", "value": 1}]}, 453),
        ("InjectParameterDataRequest", {"mode": "mix", "parameterValues": [{}]}, 455),
    ],
)
def test_what_vtube_studio_would_refuse_is_refused_and_told(
    kind: str, data: dict[str, Any], number: int
) -> None:
    answer = open_host().feed(request(kind, data))
    said = told(answer)
    assert (said["messageType"], said["data"]["errorID"]) == ("APIError", number)
    assert answer.refusal == said["data"]["message"]
    assert answer.frame is None


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ({"value": 1e6 + 1}, 451),
        ({"value": True}, 451),
        ({"value": "1"}, 451),
        ({"value": float("nan")}, 451),
        ({"value": 10**400}, 451),
        ({"value": 1, "weight": 1.1}, 452),
        ({"value": 1, "weight": -0.1}, 452),
    ],
)
def test_a_value_out_of_bounds_is_refused(value: dict[str, Any], number: int) -> None:
    answer = inject(open_host(), {"id": "MouthOpen", **value})
    assert told(answer)["data"]["errorID"] == number


@pytest.mark.parametrize("kind", ["ParameterCreationRequest", "InjectParameterDataRequest"])
def test_before_authentication_nothing_is_taken(kind: str) -> None:
    assert told(Host().feed(request(kind, PARAMETER)))["data"]["errorID"] == 8


def test_a_plugin_may_create_100_parameters_and_each_as_often_as_it_likes() -> None:
    host = open_host()
    for index in range(99):
        name = f"Another{index}"
        host.feed(request("ParameterCreationRequest", {**PARAMETER, "parameterName": name}))
    again = host.feed(request("ParameterCreationRequest", PARAMETER))
    assert not again.refusal
    more = host.feed(
        request("ParameterCreationRequest", {**PARAMETER, "parameterName": "OneTooMany"})
    )
    assert told(more)["data"]["errorID"] == 355


@pytest.mark.parametrize("id_", ["x" * 65, "ü"])
def test_an_id_that_vtube_studio_refuses_is_not_understood(id_: str) -> None:
    with pytest.raises(DecodeError, match="requestID"):
        Host().feed(request("APIStateRequest", requestID=id_))


@given(data=st.data())
def test_mutated_requests_are_answered_or_refused_with_decode_error(
    mutated: Callable[[Sequence[bytes]], st.SearchStrategy[bytes]], data: st.DataObject
) -> None:
    values = {"parameterValues": [{"id": "MouthOpen", "value": 0.5, "weight": 1}]}
    valid = [
        request("AuthenticationRequest", {**WHO, "authenticationToken": "any"}).encode(),
        request("ParameterCreationRequest", PARAMETER).encode(),
        request("InjectParameterDataRequest", values).encode(),
    ]
    host = open_host()
    for text in data.draw(st.lists(mutated(valid) | st.binary(max_size=50), max_size=5)):
        with suppress(DecodeError):
            json.loads(host.feed(text).text)
