"""The host side of VTube Studio's plugin API, as far as needed to inject parameters. No model is
loaded in it. `affect-bridge listen` uses it to show what a plugin sends, without VTube Studio.

It follows VTube Studio's published rules with two exceptions: it grants access without asking, and
it accepts any token, so that a plugin keeps the token that it has from the real program. Refusals
are reported to the caller as well as to the plugin.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from protocols.face import DecodeError, Received
from protocols.vtubestudio.messages import (
    LARGEST_VALUE,
    LONGEST_ID,
    LONGEST_TOKEN,
    ErrorId,
    Message,
    quoted,
    read,
    write,
)
from protocols.vtubestudio.parameters import (
    FACE_INPUTS,
    HEAD_INPUTS,
    LONGEST_EXPLANATION,
    MOST_CUSTOM,
)

_TOKEN = "granted-by-affect-bridge-listen"  # noqa: S105 - it opens nothing
_NAME_LENGTHS = range(3, 33)
_OF_THE_PROGRAM = {
    *(one.name for one in (*HEAD_INPUTS, *FACE_INPUTS)),
    *(f"FacePosition{axis}" for axis in "XYZ"),
    *("FaceAngry", "MousePositionX", "MousePositionY"),
    *("VoiceVolume", "VoiceFrequency", "VoiceSilence", *(f"Voice{vowel}" for vowel in "AIUEO")),
    *("VoiceVolumePlusMouthOpen", "VoiceFrequencyPlusMouthSmile"),
}


_NO_MODEL = {"modelLoaded": False, "modelName": "", "modelID": ""}


class Answer(NamedTuple):
    """The result of one request of a plugin."""

    text: str
    """The text to send back."""
    frame: Received | None = None
    """The injected values, if any."""
    refusal: str = ""
    """Why the request was refused; empty if it was not."""


class _Mistake(Exception):
    def __init__(self, error: ErrorId, text: str) -> None:
        super().__init__(text)
        self.error = error


class Host:
    """The connection of one plugin."""

    def __init__(self) -> None:
        self._plugin = ""
        self._custom: set[str] = set()
        self._authenticated = False

    def feed(self, text: str | bytes) -> Answer:
        """Process one request.

        Raises:
            DecodeError: it is not of this API and gets no answer.
        """
        request = read(text)
        if len(request.id) > LONGEST_ID or not request.id.isascii():
            raise DecodeError(f"a requestID that is not 1–{LONGEST_ID} ASCII characters")
        try:
            data, frame = self._perform(request)
        except _Mistake as mistake:
            said = {"errorID": int(mistake.error), "message": str(mistake)}
            return Answer(write("APIError", request.id, said), refusal=str(mistake))
        kind = request.kind.removesuffix("Request") + "Response"
        return Answer(write(kind, request.id, data), frame)

    def _perform(self, request: Message) -> tuple[dict[str, Any], Received | None]:
        answer = _ANSWERS.get(request.kind)
        if answer is None:
            raise _Mistake(ErrorId.TYPE_UNKNOWN, f"unknown messageType {quoted(request.kind)}")
        if answer not in _OPEN and not self._authenticated:
            raise _Mistake(ErrorId.NOT_AUTHENTICATED, "authenticate this session first")
        return answer(self, request.data)

    def _state(self, data: dict[str, Any]) -> tuple[dict[str, Any], None]:
        return {
            "active": True,
            "vTubeStudioVersion": "affect-bridge listen",
            "currentSessionAuthenticated": self._authenticated,
        }, None

    def _grant(self, data: dict[str, Any]) -> tuple[dict[str, Any], None]:
        self._introduce(data, ErrorId.PLUGIN_NAME_INVALID, ErrorId.DEVELOPER_INVALID)
        return {"authenticationToken": _TOKEN}, None

    def _authenticate(self, data: dict[str, Any]) -> tuple[dict[str, Any], None]:
        token = data.get("authenticationToken")
        if not isinstance(token, str) or not token:
            raise _Mistake(ErrorId.TOKEN_MISSING, "the request has no authenticationToken")
        self._introduce(data, ErrorId.PLUGIN_NAME_MISSING, ErrorId.DEVELOPER_MISSING)
        self._authenticated = len(token) <= LONGEST_TOKEN
        reason = "Any token is valid here." if self._authenticated else "The token is too long."
        return {"authenticated": self._authenticated, "reason": reason}, None

    def _introduce(self, data: dict[str, Any], no_name: ErrorId, no_developer: ErrorId) -> None:
        for key, error in (("pluginName", no_name), ("pluginDeveloper", no_developer)):
            said = data.get(key)
            if not isinstance(said, str) or len(said) not in _NAME_LENGTHS:
                raise _Mistake(error, f"{key} {quoted(said)}: expected 3–32 characters")
        self._plugin = quoted(data["pluginName"])

    def _create(self, data: dict[str, Any]) -> tuple[dict[str, Any], None]:
        name, explanation = _parameter_name(data), data.get("explanation") or ""
        if name in _OF_THE_PROGRAM:
            raise _Mistake(
                ErrorId.PARAMETER_IS_A_DEFAULT, f"{name} is a default parameter of VTube Studio"
            )
        if not isinstance(explanation, str) or len(explanation) > LONGEST_EXPLANATION:
            raise _Mistake(
                ErrorId.EXPLANATION_TOO_LONG,
                f"{name}: the explanation is longer than 255 characters",
            )
        for key in ("min", "max", "defaultValue"):
            _number(
                data.get(key), LARGEST_VALUE, ErrorId.PARAMETER_VALUES_INVALID, f"{name}: {key}"
            )
        if name not in self._custom and len(self._custom) >= MOST_CUSTOM:
            raise _Mistake(
                ErrorId.TOO_MANY_OF_THIS_PLUGIN, f"more than {MOST_CUSTOM} custom parameters"
            )
        self._custom.add(name)
        return {"parameterName": name}, None

    def _inject(self, data: dict[str, Any]) -> tuple[dict[str, Any], Received]:
        mode, values = data.get("mode") or "set", data.get("parameterValues")
        if mode not in ("set", "add"):
            raise _Mistake(ErrorId.MODE_UNKNOWN, f"mode {quoted(mode)}: expected set or add")
        if not isinstance(values, list) or not values:
            raise _Mistake(ErrorId.NO_DATA, "the request has no parameterValues")
        weights = dict(map(self._value, values))
        about: dict[str, str | int | float] = {
            "subject": self._plugin,
            "mode": mode,
            "face_found": int(data.get("faceFound") is True),
        }
        return {}, Received(weights, about)

    def _subscribe(self, data: dict[str, Any]) -> tuple[dict[str, Any], None]:
        return {"subscribedEventCount": 1, "subscribedEvents": [data.get("eventName")]}, None

    def _list_hotkeys(self, data: dict[str, Any]) -> tuple[dict[str, Any], None]:
        return {**_NO_MODEL, "availableHotkeys": []}, None

    def _list_expressions(self, data: dict[str, Any]) -> tuple[dict[str, Any], None]:
        return {**_NO_MODEL, "expressions": []}, None

    def _value(self, said: Any) -> tuple[str, float]:
        name = said.get("id") if isinstance(said, dict) else None
        if not isinstance(name, str) or not (name in self._custom or name in _OF_THE_PROGRAM):
            raise _Mistake(ErrorId.PARAMETER_UNKNOWN, f"unknown parameter {quoted(name)}")
        value = _number(said.get("value"), LARGEST_VALUE, ErrorId.VALUE_INVALID, name)
        if said.get("weight") is not None:
            weight = _number(said["weight"], 1.0, ErrorId.WEIGHT_INVALID, f"the weight of {name}")
            if weight < 0.0:
                raise _Mistake(ErrorId.WEIGHT_INVALID, f"the weight of {name} is below 0")
        return name, value


_Answering = Callable[[Host, dict[str, Any]], tuple[dict[str, Any], Received | None]]

_ANSWERS: dict[str, _Answering] = {
    "APIStateRequest": Host._state,
    "AuthenticationTokenRequest": Host._grant,
    "AuthenticationRequest": Host._authenticate,
    "ParameterCreationRequest": Host._create,
    "InjectParameterDataRequest": Host._inject,
    "EventSubscriptionRequest": Host._subscribe,
    "HotkeysInCurrentModelRequest": Host._list_hotkeys,
    "ExpressionStateRequest": Host._list_expressions,
}
_OPEN = (Host._state, Host._grant, Host._authenticate)
"""The requests that are allowed before authentication."""


def _parameter_name(data: dict[str, Any]) -> str:
    name = data.get("parameterName")
    if isinstance(name, str) and re.fullmatch("[A-Za-z0-9]{4,32}", name):
        return name
    raise _Mistake(
        ErrorId.PARAMETER_NAME_INVALID,
        f"parameter name {quoted(name)}: expected 4–32 letters and digits",
    )


def _number(said: Any, largest: float, error: ErrorId, what: str) -> float:
    if (
        isinstance(said, bool)
        or not isinstance(said, int | float)
        or not -largest <= said <= largest
    ):
        raise _Mistake(error, f"{what} {quoted(said)}: expected a number up to ±{largest:.0f}")
    return float(said)
