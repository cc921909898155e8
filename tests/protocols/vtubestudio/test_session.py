"""A plugin's session with VTube Studio, whose answers are typed from its README and ErrorID.cs."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from protocols.face import DecodeError, Face
from protocols.vtubestudio.host import Host
from protocols.vtubestudio.parameters import custom_inputs, custom_parameters, default_inputs
from protocols.vtubestudio.session import Session, Stage, VTubeStudioError


def session(token: str | None = "adcd-123", prefix: str = "Affect") -> Session:
    return Session(
        token,
        custom_parameters(prefix, angles=False),
        custom_inputs(prefix, angles=False),
        face_found=True,
    )


def answer(request: str | None, kind: str, **data: Any) -> str:
    """VTube Studio's answer to a request."""
    assert request is not None
    return json.dumps(
        {
            "apiName": "VTubeStudioPublicAPI",
            "apiVersion": "1.0",
            "timestamp": 1625405710728,
            "requestID": json.loads(request)["requestID"],
            "messageType": kind,
            "data": data,
            "unknown": {"fields": ["are", "tolerated"]},
        }
    )


def error(request: str | None, number: int, message: str = "no") -> str:
    return answer(request, "APIError", errorID=number, message=message)


def kind_of(request: str | None) -> str:
    assert request is not None
    kind = json.loads(request)["messageType"]
    assert isinstance(kind, str)
    return kind


def greeted(made: Session) -> str | None:
    """The request after the greeting."""
    return made.receive(answer(made.start(), "APIStateResponse", active=True))


def authenticated(made: Session) -> str | None:
    """The request after authentication."""
    return made.receive(answer(greeted(made), "AuthenticationResponse", authenticated=True))


def ready(made: Session) -> Session:
    """The session once every parameter is created."""
    request = authenticated(made)
    while request is not None:
        name = json.loads(request)["data"]["parameterName"]
        request = made.receive(answer(request, "ParameterCreationResponse", parameterName=name))
    assert made.stage is Stage.INJECTING
    return made


def test_an_injection_has_the_golden_text(
    golden: Callable[[str], list[bytes]], golden_face: Face
) -> None:
    assert [ready(session()).inject(golden_face).encode()] == golden("vtubestudio.hex")


def test_an_injection_says_what_the_readme_says(golden_face: Face) -> None:
    request = json.loads(ready(session()).inject(golden_face))
    assert request["messageType"] == "InjectParameterDataRequest"
    assert 1 <= len(request["requestID"]) <= 64
    assert request["data"]["faceFound"] is True
    assert request["data"]["mode"] == "set"
    assert all(set(one) == {"id", "value"} for one in request["data"]["parameterValues"])


def test_without_a_face_to_be_found_vtube_studio_is_told_so() -> None:
    made = ready(
        Session("adcd-123", [], default_inputs(angles=False, mirror=False), face_found=False)
    )
    assert json.loads(made.inject(Face()))["data"]["faceFound"] is False


def test_with_a_token_a_session_authenticates_and_creates_its_parameters() -> None:
    made = session()
    request = greeted(made)
    assert kind_of(request) == "AuthenticationRequest"
    assert json.loads(request or "")["data"] == {
        "pluginName": "affect-bridge",
        "pluginDeveloper": "The affect-bridge developers",
        "authenticationToken": "adcd-123",
    }
    request = made.receive(answer(request, "AuthenticationResponse", authenticated=True, reason=""))
    created = []
    while request is not None:
        assert kind_of(request) == "ParameterCreationRequest"
        created.append(json.loads(request)["data"])
        request = made.receive(answer(request, "ParameterCreationResponse", parameterName="x"))
    assert len(created) == 52
    assert all(
        set(one) == {"parameterName", "explanation", "min", "max", "defaultValue"}
        for one in created
    )
    assert made.stage is Stage.INJECTING


def test_without_a_token_it_asks_for_one_and_uses_it() -> None:
    made = session(token=None)
    request = greeted(made)
    assert kind_of(request) == "AuthenticationTokenRequest"
    for name in json.loads(request or "")["data"].values():
        assert 3 <= len(name) <= 32
    assert made.stage is Stage.ASKING
    request = made.receive(
        answer(request, "AuthenticationTokenResponse", authenticationToken="new")
    )
    assert made.token == "new"
    assert json.loads(request or "")["data"]["authenticationToken"] == "new"


@pytest.mark.parametrize("token", ["", "x" * 65, "ü", "two\nlines", 7, None])
def test_a_token_that_cannot_be_one_is_refused(token: object) -> None:
    made = session(token=None)
    request = greeted(made)
    with pytest.raises(DecodeError, match="1–64 printable ASCII"):
        made.receive(answer(request, "AuthenticationTokenResponse", authenticationToken=token))


def test_a_token_that_is_not_valid_any_more_is_given_up_for_a_new_one() -> None:
    made = session()
    request = made.receive(answer(greeted(made), "AuthenticationResponse", authenticated=False))
    assert kind_of(request) == "AuthenticationTokenRequest"
    assert made.token is None


def test_a_server_that_refuses_the_token_it_has_just_granted_is_not_asked_for_ever() -> None:
    made = session(token=None)
    request = greeted(made)
    request = made.receive(
        answer(request, "AuthenticationTokenResponse", authenticationToken="new")
    )
    with pytest.raises(DecodeError, match="just granted"):
        made.receive(answer(request, "AuthenticationResponse", authenticated=False))


@pytest.mark.parametrize("number", [8, 50])
def test_a_token_that_is_refused_by_an_error_is_given_up_as_well(number: int) -> None:
    made = session()
    assert kind_of(made.receive(error(greeted(made), number))) == "AuthenticationTokenRequest"


@pytest.mark.parametrize("number", [8, 50])
def test_a_token_that_is_revoked_while_injecting_is_asked_for_again(number: int) -> None:
    made = ready(session())
    faces = [made.inject(Face()) for _ in range(3)]
    request = made.receive(error(faces[0], number))
    assert kind_of(request) == "AuthenticationTokenRequest"
    assert made.token is None
    # The refusals of the other faces are no answers to the question.
    assert made.receive(error(faces[1], number)) is None
    assert made.receive(error(faces[2], number)) is None
    assert made.stage is Stage.ASKING


def test_parameters_that_are_gone_are_created_again_but_not_for_ever() -> None:
    made = ready(session())
    faces = [made.inject(Face()) for _ in range(2)]
    request = made.receive(error(faces[0], 453))
    assert made.receive(error(faces[1], 453)) is None
    for _ in range(52):
        assert kind_of(request) == "ParameterCreationRequest"
        request = made.receive(answer(request, "ParameterCreationResponse", parameterName="x"))
    assert request is None
    with pytest.raises(VTubeStudioError, match="does not know one of the inputs") as refused:
        made.receive(error(made.inject(Face()), 453))
    assert refused.value.hopeless


def test_after_a_success_they_may_be_gone_once_more() -> None:
    made = ready(session())
    for _ in range(2):
        request = made.receive(error(made.inject(Face()), 453))
        while request is not None:
            request = made.receive(answer(request, "ParameterCreationResponse", parameterName="x"))
        assert made.receive(answer(made.inject(Face()), "InjectParameterDataResponse")) is None
    assert made.injected == 2


@pytest.mark.parametrize(
    ("advance", "number", "words", "hopeless"),
    [
        (greeted, 1, "Allow Plugin API access", False),
        (authenticated, 350, "another prefix", True),
        (authenticated, 352, "AffectBrowDownLeft", True),
        (authenticated, 354, "default input", True),
        (authenticated, 355, "100 custom parameters", True),
        (authenticated, 356, "300 custom parameters", True),
        (authenticated, 0, "while creating parameters", False),
        (authenticated, 99999, "error 99999: no", False),
    ],
)
def test_what_is_refused_is_explained(
    advance: Callable[[Session], str | None], number: int, words: str, hopeless: bool
) -> None:
    made = session()
    with pytest.raises(VTubeStudioError, match=words) as refused:
        made.receive(error(advance(made), number))
    assert refused.value.hopeless is hopeless


@pytest.mark.parametrize(
    ("number", "words", "hopeless"), [(50, "refused access", True), (51, "already asks", False)]
)
def test_a_question_that_fails_is_explained(number: int, words: str, hopeless: bool) -> None:
    made = session(token=None)
    with pytest.raises(VTubeStudioError, match=words) as refused:
        made.receive(error(greeted(made), number))
    assert refused.value.hopeless is hopeless


def test_an_input_that_another_plugin_sets_is_named_by_vtube_studio() -> None:
    made = ready(session())
    with pytest.raises(
        VTubeStudioError, match=r"another plugin sets .*JawOpen is controlled"
    ) as refused:
        made.receive(error(made.inject(Face()), 454, "AffectJawOpen is controlled by Other"))
    assert not refused.value.hopeless


def test_a_token_that_is_repeated_in_an_error_is_not_shown() -> None:
    made = session("hush-hush")
    with pytest.raises(VTubeStudioError) as refused:
        made.receive(error(greeted(made), 7, "what is hush-hush?"))
    assert "hush-hush" not in str(refused.value)


def test_what_is_not_an_answer_to_us_is_left_alone() -> None:
    made = session()
    start = made.start()
    others = [
        start.replace("affect-bridge-1", "SomeID"),
        start.replace("affect-bridge-1", "affect-bridge-2"),
        start.replace("affect-bridge-1", "affect-bridge-" + "9" * 40),
        start.replace("affect-bridge-1", "affect-bridge-²"),
    ]
    assert [made.receive(answer(other, "ModelLoadedEvent")) for other in others] == [None] * 4
    assert made.stage is Stage.GREETING
    assert made.unanswered == 1
    with pytest.raises(DecodeError, match="unexpected answer ModelLoadedEvent while greeting"):
        made.receive(answer(start, "ModelLoadedEvent"))


def test_faces_on_their_way_are_counted_even_if_an_answer_is_lost() -> None:
    made = ready(session())
    faces = [made.inject(Face()) for _ in range(5)]
    assert made.unanswered == 5
    made.receive(answer(faces[3], "InjectParameterDataResponse"))
    assert made.unanswered == 1
    assert made.receive(answer(faces[1], "InjectParameterDataResponse")) is None
    assert made.unanswered == 1


@given(
    weights=arrays(np.float32, 52, elements=st.floats(0, 1, width=32)),
)
def test_what_is_injected_is_what_a_host_understands(
    reference_order: list[str], weights: np.ndarray
) -> None:
    made, host = session(token=None), Host()
    request: str | None = made.start()
    while request is not None:
        request = made.receive(host.feed(request).text)
    heard = host.feed(made.inject(Face(weights)))
    assert heard.refusal == ""
    assert heard.frame is not None
    expected = {
        f"Affect{name[0].upper()}{name[1:]}": weight
        for name, weight in zip(reference_order, weights.tolist(), strict=True)
    }
    assert heard.frame.weights == pytest.approx(expected, abs=5.1e-5)
    assert made.receive(heard.text) is None
    assert made.injected == 1


@given(data=st.data())
def test_mutated_answers_only_raise_decode_error_or_say_that_they_refuse(
    mutated: Callable[[Sequence[bytes]], st.SearchStrategy[bytes]], data: st.DataObject
) -> None:
    for made, advance in (
        (session(), Session.start),
        (session(), greeted),
        (session(token=None), greeted),
        (session(), authenticated),
        (ready(session()), lambda made: made.inject(Face())),
    ):
        request = advance(made)
        valid = [
            answer(request, kind, **content).encode()
            for kind, content in (
                ("APIStateResponse", {"active": True}),
                ("AuthenticationTokenResponse", {"authenticationToken": "x"}),
                ("AuthenticationResponse", {"authenticated": True}),
                ("APIError", {"errorID": 50, "message": "no"}),
            )
        ]
        for text in data.draw(st.lists(mutated(valid) | st.binary(max_size=50), max_size=4)):
            with suppress(DecodeError, VTubeStudioError):
                made.receive(text)
