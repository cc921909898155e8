"""Hotkeys and expressions, with answers typed from VTube Studio's README and Events/README.md."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.vtubestudio.actions import Actions, Request
from protocols.vtubestudio.host import Host
from protocols.vtubestudio.session import Session, Stage

HOTKEYS = [("id-1", "Blush"), ("id-2", "Wave"), ("id-3", "")]


def hotkeys(*given: tuple[str, str], model: str = "Akari") -> dict[str, Any]:
    listed = [{"name": name, "type": "ToggleExpression", "hotkeyID": id_} for id_, name in given]
    return {"modelLoaded": True, "modelName": model, "modelID": "m", "availableHotkeys": listed}


def expressions(*files: str, on: str = "", model: str = "Akari") -> dict[str, Any]:
    listed = [
        {"name": file.removesuffix(".exp3.json"), "file": file, "active": file == on}
        for file in files
    ]
    return {"modelLoaded": True, "modelName": model, "modelID": "m", "expressions": listed}


def kinds(actions: Actions) -> list[tuple[str, dict[str, Any]]]:
    return [(request.kind, request.data) for request in actions.due()]


def list_all(actions: Actions, keys: dict[str, Any], faces: dict[str, Any]) -> None:
    """Answer the questions about the model."""
    for request in list(actions.due()):
        if request.kind == "HotkeysInCurrentModelRequest":
            actions.answered(request, keys)
        if request.kind == "ExpressionStateRequest":
            actions.answered(request, faces)


def made(on: str = "") -> Actions:
    """Actions of a model that has been listed."""
    actions = Actions()
    actions.use(["Blush"], ["tears"])
    actions.begin()
    list_all(actions, hotkeys(*HOTKEYS), expressions("tears.exp3.json", "angry.exp3.json", on=on))
    return actions


PRESS = ("HotkeyTriggerRequest", {"hotkeyID": "id-1"})


def switch(on: bool, file: str = "tears.exp3.json") -> tuple[str, dict[str, Any]]:
    return ("ExpressionActivationRequest", {"expressionFile": file, "active": on})


def test_nothing_is_asked_when_nothing_is_wanted():
    actions = Actions()
    actions.begin()
    assert kinds(actions) == []


def test_the_lists_are_requested_once_and_another_model_is_noticed():
    actions = Actions()
    actions.use(["Blush"], [])
    actions.begin()
    asked = [
        ("HotkeysInCurrentModelRequest", {}),
        ("ExpressionStateRequest", {"details": False}),
    ]
    event = {"eventName": "ModelLoadedEvent", "subscribe": True, "config": {}}
    assert kinds(actions) == [("EventSubscriptionRequest", event), *asked]
    assert kinds(actions) == []
    actions.model_changed()
    assert kinds(actions) == asked


@pytest.mark.parametrize("name", ["Blush", "blush", " BLUSH ", "id-1"])
def test_a_hotkey_is_pressed_once_by_its_name_or_id(name):
    actions = made()
    actions.press(name)
    assert kinds(actions) == [PRESS]
    assert kinds(actions) == []


def test_a_hotkey_that_waits_for_the_list_is_pressed_when_the_list_is_there():
    actions = Actions()
    actions.use(["Blush"], [])
    actions.begin()
    actions.press("Blush")
    list_all(actions, hotkeys(*HOTKEYS), expressions())
    assert kinds(actions) == [PRESS]


def test_a_hotkey_of_the_past_is_not_pressed_in_a_new_session():
    actions = Actions()
    actions.use(["Blush"], [])
    actions.press("Blush")
    actions.begin()
    list_all(actions, hotkeys(*HOTKEYS), expressions())
    assert kinds(actions) == []


@pytest.mark.parametrize("name", ["tears.exp3.json", "tears", "Tears"])
def test_an_expression_is_switched_on_once_and_off_once(name):
    actions = made()
    actions.show({name: True})
    assert kinds(actions) == [switch(True)]
    assert kinds(actions) == []
    actions.show({name: False})
    assert kinds(actions) == [switch(False)]
    assert kinds(actions) == []


def test_an_expression_with_two_names_is_on_while_either_wants_it():
    actions = made()
    actions.show({"tears": True, "tears.exp3.json": False})
    assert kinds(actions) == [switch(True)]
    assert kinds(actions) == []


def test_an_expression_that_its_user_switched_on_is_left_alone():
    actions = made(on="tears.exp3.json")
    actions.show({"tears": False})
    assert kinds(actions) == []


def test_an_expression_is_on_again_after_a_new_session_and_off_when_it_is_over():
    actions = made()
    actions.show({"tears": True})
    assert kinds(actions) == [switch(True)]
    actions.begin()  # VTube Studio was restarted
    list_all(actions, hotkeys(*HOTKEYS), expressions("tears.exp3.json"))
    assert kinds(actions) == [switch(True)]
    actions.begin()  # only the connection was lost
    actions.show({"tears": False})
    list_all(actions, hotkeys(*HOTKEYS), expressions("tears.exp3.json", on="tears.exp3.json"))
    assert kinds(actions) == [switch(False)]


def test_another_model_gets_the_expression_that_stands():
    actions = made()
    actions.show({"tears": True})
    assert kinds(actions) == [switch(True)]
    actions.model_changed()
    list_all(actions, hotkeys(), expressions("Tears.exp3.json"))
    assert kinds(actions) == [switch(True, "Tears.exp3.json")]


def test_a_late_answer_about_the_model_before_does_not_count():
    actions = Actions()
    actions.use(["Blush"], [])
    actions.begin()
    _, late, _ = list(actions.due())
    actions.model_changed()
    list(actions.due())
    actions.answered(late, hotkeys(*HOTKEYS))
    actions.press("Blush")
    assert kinds(actions) == []


def test_a_name_that_the_model_lacks_is_reported_once_with_those_that_it_has():
    actions = Actions()
    actions.use(["Blussh"], ["sleepy.exp3.json"])
    actions.begin()
    list_all(actions, hotkeys(*HOTKEYS), expressions("tears.exp3.json"))
    assert actions.take_complaints() == [
        'the model Akari has no hotkey "Blussh"; did you mean "Blush"? It has Blush, Wave',
        'the model Akari has no expression "sleepy.exp3.json"; it has tears.exp3.json',
    ]
    actions.press("Blussh")
    actions.show({"sleepy.exp3.json": True})
    assert kinds(actions) == []
    actions.model_changed()
    list_all(actions, hotkeys(*HOTKEYS), expressions("tears.exp3.json"))
    assert actions.take_complaints() == []
    actions.model_changed()
    list_all(actions, hotkeys(model="Bob"), expressions("sleepy.exp3.json", model="Bob"))
    assert actions.take_complaints() == ['the model Bob has no hotkey "Blussh"; it has none']


def test_names_that_are_used_later_are_checked_against_the_same_model():
    actions = made()
    assert actions.take_complaints() == []
    actions.use(["Blush", "Cry"], ["tears"])
    assert actions.take_complaints() == [
        'the model Akari has no hotkey "Cry"; it has Blush, Wave',
    ]


def test_without_a_model_nothing_is_missing_and_nothing_is_sent():
    actions = Actions()
    actions.use(["Blush"], ["tears"])
    actions.begin()
    none = {"modelLoaded": False, "modelName": "", "modelID": ""}
    list_all(actions, {**none, "availableHotkeys": []}, {**none, "expressions": []})
    actions.press("Blush")
    actions.show({"tears": True})
    assert kinds(actions) == []
    assert actions.take_complaints() == []


def test_a_refusal_is_reported_once_and_the_rest_goes_on():
    actions = made()
    for _ in range(2):
        actions.press("Blush")
        [request] = actions.due()
        actions.refused(request, 203, "cooldown")
    [complaint] = actions.take_complaints()
    assert complaint.startswith("Blush: VTube Studio lets a hotkey rest for some seconds")
    assert complaint.endswith("(error 203: cooldown)")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "availableHotkeys",
                    "expressions",
                    "name",
                    "file",
                    "hotkeyID",
                    "active",
                    "modelLoaded",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["availableHotkeys", "expressions", "modelLoaded"]), anything)
)
def test_no_answer_breaks_it(data):
    actions = Actions()
    actions.use(["Blush"], ["tears"])
    actions.begin()
    list_all(actions, data, data)
    actions.press("Blush")
    actions.show({"tears": True})
    for request in actions.due():
        assert isinstance(request, Request)
    assert all(text.isprintable() for text in actions.take_complaints())


# --- in a session


def answer(request: str, kind: str, **data: Any) -> str:
    said = json.loads(request)
    return json.dumps({**said, "messageType": kind, "data": data})


def session(actions: Actions) -> Session:
    """A session that sets no parameters, authenticated."""
    begun = Session("token", [], [], face_found=True, actions=actions)
    request = begun.receive(answer(begun.start(), "APIStateResponse", active=True))
    assert request is not None
    begun.receive(answer(request, "AuthenticationResponse", authenticated=True))
    assert begun.stage is Stage.INJECTING
    return begun


def test_before_it_is_authenticated_a_session_sends_no_requests_for_actions():
    actions = Actions()
    actions.use(["Blush"], [])
    begun = Session("token", [], [], face_found=True, actions=actions)
    begun.start()
    assert begun.act() == []


def test_a_session_presses_a_hotkey_of_the_model_that_is_loaded():
    actions = Actions()
    actions.use(["Blush"], [])
    begun = session(actions)
    subscribe, listing, states = begun.act()
    assert begun.unanswered == 3
    begun.receive(answer(listing, "HotkeysInCurrentModelResponse", **hotkeys(*HOTKEYS)))
    begun.receive(answer(subscribe, "EventSubscriptionResponse", subscribedEventCount=1))
    begun.receive(answer(states, "ExpressionStateResponse", **expressions()))
    assert begun.unanswered == 0
    actions.press("blush")
    [press] = begun.act()
    assert json.loads(press)["data"] == {"hotkeyID": "id-1"}
    begun.receive(answer(press, "HotkeyTriggerResponse", hotkeyID="id-1"))
    assert begun.act() == []
    event = json.loads(answer(press, "ModelLoadedEvent", modelLoaded=True, modelName="B"))
    begun.receive(json.dumps({**event, "requestID": "b9ac8a0f"}))
    assert [json.loads(text)["messageType"] for text in begun.act()] == [
        "HotkeysInCurrentModelRequest",
        "ExpressionStateRequest",
    ]


def test_a_refused_hotkey_does_not_end_the_session():
    actions = Actions()
    actions.use(["Blush"], [])
    begun = session(actions)
    _, listing, _ = begun.act()
    begun.receive(answer(listing, "HotkeysInCurrentModelResponse", **hotkeys(*HOTKEYS)))
    actions.press("Blush")
    [press] = begun.act()
    begun.receive(answer(press, "APIError", errorID=202, message="gone"))
    assert begun.stage is Stage.INJECTING
    assert actions.take_complaints() == [
        "Blush: the model no longer has this hotkey (error 202: gone)"
    ]


def test_a_permission_that_is_revoked_is_asked_for_again():
    actions = Actions()
    actions.use(["Blush"], [])
    begun = session(actions)
    first, second, _ = begun.act()
    request = begun.receive(answer(first, "APIError", errorID=8, message="no"))
    assert json.loads(request or "")["messageType"] == "AuthenticationTokenRequest"
    assert begun.receive(answer(second, "APIError", errorID=8, message="no")) is None
    assert begun.stage is Stage.ASKING


def test_the_host_of_listen_answers_without_a_model():
    actions, host = Actions(), Host()
    actions.use(["Blush"], ["tears"])
    begun = Session("token", [], [], face_found=True, actions=actions)
    request = begun.start()
    while request is not None:
        request = begun.receive(host.feed(request).text)
    answers = [host.feed(text) for text in begun.act()]
    assert [said.refusal for said in answers] == ["", "", ""]
    for said in answers:
        begun.receive(said.text)
    actions.press("Blush")
    assert begun.act() == []
    assert actions.take_complaints() == []
