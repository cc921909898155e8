"""VTube Studio's API server as its README and ErrorID.cs describe it, written without a look at
this project's own code, on a real socket. Its user answers as the test says."""

import asyncio
import contextlib
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

API_ACCESS_DEACTIVATED = 1
JSON_INVALID = 2
API_NAME_INVALID = 3
API_VERSION_INVALID = 4
REQUEST_ID_INVALID = 5
REQUEST_TYPE_MISSING = 6
REQUEST_TYPE_UNKNOWN = 7
REQUEST_REQUIRES_AUTHENTICATION = 8
TOKEN_REQUEST_DENIED = 50
TOKEN_REQUEST_ONGOING = 51
PLUGIN_NAME_INVALID = 52
DEVELOPER_NAME_INVALID = 53
AUTHENTICATION_TOKEN_MISSING = 100
CUSTOM_PARAM_NAME_INVALID = 350
CUSTOM_PARAM_VALUES_INVALID = 351
CUSTOM_PARAM_OF_OTHER_PLUGIN = 352
CUSTOM_PARAM_EXPLANATION_TOO_LONG = 353
CUSTOM_PARAM_IS_DEFAULT = 354
CUSTOM_PARAM_LIMIT_PER_PLUGIN = 355
CUSTOM_PARAM_LIMIT_TOTAL = 356
INJECT_NO_DATA = 450
INJECT_VALUE_INVALID = 451
INJECT_WEIGHT_INVALID = 452
INJECT_PARAM_NOT_FOUND = 453
INJECT_PARAM_CONTROLLED = 454
INJECT_MODE_UNKNOWN = 455
HOTKEY_NO_MODEL = 201
HOTKEY_NOT_FOUND = 202
EXPRESSION_NAME_INVALID = 650
EXPRESSION_NOT_FOUND = 651
EXPRESSION_NO_MODEL = 652
EVENT_UNKNOWN = 950

LOST_AFTER = 1.0

_DEFAULTS = """
FacePositionX FacePositionY FacePositionZ FaceAngleX FaceAngleY FaceAngleZ MouthSmile MouthOpen
Brows MousePositionX MousePositionY TongueOut EyeOpenLeft EyeOpenRight EyeLeftX EyeLeftY EyeRightX
EyeRightY CheekPuff BrowLeftY BrowRightY VoiceFrequency VoiceVolume VoiceVolumePlusMouthOpen
VoiceFrequencyPlusMouthSmile MouthX FaceAngry
"""
DEFAULTS = frozenset(_DEFAULTS.split())


class ApiError(Exception):
    def __init__(self, number: int, message: str = "no") -> None:
        super().__init__(message)
        self.number = number


@dataclass(eq=False)
class Injection:
    """One accepted InjectParameterDataRequest."""

    at: float
    plugin: str
    values: dict[str, float]
    face_found: bool | None
    mode: str


@dataclass(eq=False)
class Custom:
    plugin: str
    explanation: str
    low: float
    high: float
    default: float


@dataclass(eq=False)
class Model:
    """A Live2D model with hotkeys, by id, and expressions, by file."""

    name: str
    hotkeys: dict[str, str] = field(default_factory=dict)
    """The name of each hotkey by its id."""
    expressions: dict[str, bool] = field(default_factory=dict)
    """Whether each expression is on, by its file."""


@dataclass(eq=False)
class _Session:
    plugin: tuple[str, str] | None = None
    authenticated: bool = False
    socket: web.WebSocketResponse | None = None
    wants_models: bool = False


@dataclass(eq=False)
class _Held:
    value: float
    session: _Session
    until: float


@dataclass(eq=False)
class StandIn:
    """One VTube Studio with its user. What is kept between two starts is kept here too."""

    api_on: bool = True
    answer: str | None = "allow"
    """What the user clicks in the question about a plugin; None leaves it open."""
    says_nothing: bool = False
    says_instead: list[str | bytes] = field(default_factory=list)
    """Texts to answer with, in place of the true answers, while there are any."""
    port: int = 0
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    custom: dict[str, Custom] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    """Default parameters that this version does not have."""
    injections: list[Injection] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    """The type of every request, in order."""
    refused: list[int] = field(default_factory=list)
    """The number of every error that was answered."""
    questions: int = 0
    """How often the user was asked."""
    connections: int = 0
    model: Model | None = None
    pressed: list[str] = field(default_factory=list)
    """The name of every hotkey that was pressed, in order."""
    switched: list[tuple[str, bool]] = field(default_factory=list)
    """Every expression that a plugin switched, in order."""

    def __post_init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._sessions: set[_Session] = set()
        self._asking = False
        self._answered = asyncio.Event()
        self._going_on = asyncio.Event()
        self._going_on.set()
        self._runner: web.AppRunner | None = None

    # What its user does

    async def start(self) -> None:
        application = web.Application()
        application.router.add_get("/", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.05)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    async def stop(self) -> None:
        """Quit. Sessions end and all values are lost; tokens and parameters stay."""
        self._held.clear()
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    def click(self, answer: str) -> None:
        """Answer the open question."""
        self.answer = answer
        self._answered.set()

    def hang(self) -> None:
        """Stop answering, as a program that hangs does."""
        self._going_on.clear()

    def go_on(self) -> None:
        self._going_on.set()

    def revoke(self) -> None:
        """Take the permission of every plugin back, which deletes their parameters as well."""
        self.tokens.clear()
        self.custom.clear()
        self._held.clear()
        for session in self._sessions:
            session.authenticated = False

    async def load(self, model: Model | None) -> None:
        """Load a model, or none."""
        self.model = model
        for session in self._sessions:
            if session.wants_models and session.socket is not None and not session.socket.closed:
                await session.socket.send_str(
                    _message(str(uuid.uuid4()), "ModelLoadedEvent", self._model_data())
                )

    def occupy(self, name: str) -> None:
        """Let another plugin set a parameter."""
        self._held[name] = _Held(0.0, _Session(("Other", "Other")), float("inf"))

    def leave(self, name: str) -> None:
        """Let the other plugin release a parameter."""
        del self._held[name]

    def value(self, name: str) -> float | None:
        """What a parameter is set to; None once it is lost."""
        held = self._held.get(name)
        return None if held is None or held.until < time.monotonic() else held.value

    @property
    def latest(self) -> dict[str, float]:
        """The values of the latest injection."""
        return self.injections[-1].values if self.injections else {}

    # What the server does

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        session = _Session(socket=socket)
        self._sessions = {*self._sessions, session}
        async for message in socket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break
            await self._going_on.wait()
            if self.says_nothing:
                continue
            if self.says_instead:
                said = self.says_instead.pop(0)
                await (socket.send_str(said) if isinstance(said, str) else socket.send_bytes(said))
                continue
            with contextlib.suppress(ConnectionError):
                await socket.send_str(await self._answer_to(session, message.data))
        return socket

    async def _answer_to(self, session: _Session, text: str | bytes) -> str:
        id_, kind, data = str(uuid.uuid4()), "APIError", {}
        try:
            request = _parsed(text)
            id_ = request.get("requestID") or id_
            asked = _checked(request, id_)
            self.requests.append(asked)
            data = await self._perform(session, asked, request.get("data") or {})
            kind = asked.replace("Request", "Response")
        except ApiError as error:
            self.refused.append(error.number)
            data = {"errorID": error.number, "message": str(error)}
        return _message(id_, kind, data)

    async def _perform(self, session: _Session, asked: str, data: dict[str, Any]) -> dict[str, Any]:
        if asked == "APIStateRequest":
            return {
                "active": self.api_on,
                "vTubeStudioVersion": "1.9.0",
                "currentSessionAuthenticated": session.authenticated,
            }
        if not self.api_on:
            raise ApiError(API_ACCESS_DEACTIVATED, "User has deactivated API access.")
        if asked == "AuthenticationTokenRequest":
            return {"authenticationToken": await self._ask_user(data)}
        if asked == "AuthenticationRequest":
            return self._authenticate(session, data)
        answers = {
            "ParameterCreationRequest": self._create,
            "InjectParameterDataRequest": self._inject,
            "HotkeysInCurrentModelRequest": self._list_hotkeys,
            "HotkeyTriggerRequest": self._press,
            "ExpressionStateRequest": self._list_expressions,
            "ExpressionActivationRequest": self._switch,
            "EventSubscriptionRequest": self._subscribe,
        }
        if asked not in answers:
            raise ApiError(REQUEST_TYPE_UNKNOWN)
        if not session.authenticated:
            raise ApiError(REQUEST_REQUIRES_AUTHENTICATION, "This session is not authenticated.")
        return answers[asked](session, data)

    async def _ask_user(self, data: dict[str, Any]) -> str:
        name, developer = data.get("pluginName", ""), data.get("pluginDeveloper", "")
        if not 3 <= len(name) <= 32:
            raise ApiError(PLUGIN_NAME_INVALID)
        if not 3 <= len(developer) <= 32:
            raise ApiError(DEVELOPER_NAME_INVALID)
        if self._asking:
            raise ApiError(TOKEN_REQUEST_ONGOING, "A token request is already open.")
        self.questions += 1
        self._asking = True
        try:
            if self.answer is None:
                self._answered.clear()
                await self._answered.wait()
        finally:
            self._asking = False
        if self.answer != "allow":
            raise ApiError(TOKEN_REQUEST_DENIED, "User has denied API access for your plugin.")
        token = f"token-{uuid.uuid4()}"
        self.tokens[token] = (name, developer)
        return token

    def _authenticate(self, session: _Session, data: dict[str, Any]) -> dict[str, Any]:
        if not data.get("authenticationToken"):
            raise ApiError(AUTHENTICATION_TOKEN_MISSING)
        plugin = (data.get("pluginName", ""), data.get("pluginDeveloper", ""))
        session.authenticated = self.tokens.get(data["authenticationToken"]) == plugin
        session.plugin = plugin
        reason = "Token valid." if session.authenticated else "Token invalid or revoked."
        return {"authenticated": session.authenticated, "reason": reason}

    def _create(self, session: _Session, data: dict[str, Any]) -> dict[str, Any]:
        assert session.plugin is not None
        name, explanation = data.get("parameterName", ""), data.get("explanation", "")
        if not re.fullmatch(r"[a-zA-Z0-9]{4,32}", name):
            raise ApiError(CUSTOM_PARAM_NAME_INVALID)
        if name in DEFAULTS:
            raise ApiError(CUSTOM_PARAM_IS_DEFAULT)
        if len(explanation) >= 256:
            raise ApiError(CUSTOM_PARAM_EXPLANATION_TOO_LONG)
        numbers = [data.get(key) for key in ("min", "max", "defaultValue")]
        if not all(_within_a_million(number) for number in numbers):
            raise ApiError(CUSTOM_PARAM_VALUES_INVALID)
        if name in self.custom and self.custom[name].plugin != session.plugin[0]:
            raise ApiError(CUSTOM_PARAM_OF_OTHER_PLUGIN)
        if name not in self.custom:
            if sum(one.plugin == session.plugin[0] for one in self.custom.values()) >= 100:
                raise ApiError(CUSTOM_PARAM_LIMIT_PER_PLUGIN)
            if len(self.custom) >= 300:
                raise ApiError(CUSTOM_PARAM_LIMIT_TOTAL)
        low, high, default = (float(number) for number in numbers)  # type: ignore[arg-type]
        self.custom[name] = Custom(session.plugin[0], explanation, low, high, default)
        return {"parameterName": name}

    def _inject(self, session: _Session, data: dict[str, Any]) -> dict[str, Any]:
        assert session.plugin is not None
        mode, given = data.get("mode", "set"), data.get("parameterValues")
        if mode not in ("set", "add"):
            raise ApiError(INJECT_MODE_UNKNOWN)
        if not given:
            raise ApiError(INJECT_NO_DATA)
        now = time.monotonic()
        for one in given:
            self._check(session, one, mode, now)
        values = {one["id"]: float(one["value"]) for one in given}
        if mode == "set":
            for name, value in values.items():
                self._held[name] = _Held(value, session, now + LOST_AFTER)
        self.injections.append(
            Injection(now, session.plugin[0], values, data.get("faceFound"), mode)
        )
        return {}

    def _model_data(self) -> dict[str, Any]:
        if self.model is None:
            return {"modelLoaded": False, "modelName": "", "modelID": ""}
        return {
            "modelLoaded": True,
            "modelName": self.model.name,
            "modelID": f"id {self.model.name}",
        }

    def _list_hotkeys(self, session: _Session, data: dict[str, Any]) -> dict[str, Any]:
        hotkeys = self.model.hotkeys if self.model else {}
        listed = [
            {"name": name, "type": "ToggleExpression", "file": "x.exp3.json", "hotkeyID": id_}
            for id_, name in hotkeys.items()
        ]
        return {**self._model_data(), "availableHotkeys": listed}

    def _press(self, session: _Session, data: dict[str, Any]) -> dict[str, Any]:
        if self.model is None:
            raise ApiError(HOTKEY_NO_MODEL)
        wanted = data.get("hotkeyID", "")
        for id_, name in self.model.hotkeys.items():
            if wanted == id_ or wanted.casefold() == name.casefold():
                self.pressed.append(name)
                return {"hotkeyID": id_}
        raise ApiError(HOTKEY_NOT_FOUND, "Hotkey not found in model.")

    def _list_expressions(self, session: _Session, data: dict[str, Any]) -> dict[str, Any]:
        expressions = self.model.expressions if self.model else {}
        listed = [
            {"name": file.removesuffix(".exp3.json"), "file": file, "active": active}
            for file, active in expressions.items()
        ]
        return {**self._model_data(), "expressions": listed}

    def _switch(self, session: _Session, data: dict[str, Any]) -> dict[str, Any]:
        if self.model is None:
            raise ApiError(EXPRESSION_NO_MODEL)
        file, active = data.get("expressionFile", ""), data.get("active")
        if not file.endswith(".exp3.json") or not isinstance(active, bool):
            raise ApiError(EXPRESSION_NAME_INVALID)
        if file not in self.model.expressions:
            raise ApiError(EXPRESSION_NOT_FOUND, "Expression not found in model.")
        self.model.expressions[file] = active
        self.switched.append((file, active))
        return {}

    def _subscribe(self, session: _Session, data: dict[str, Any]) -> dict[str, Any]:
        if data.get("eventName") != "ModelLoadedEvent":
            raise ApiError(EVENT_UNKNOWN)
        session.wants_models = bool(data.get("subscribe"))
        return {"subscribedEventCount": 1, "subscribedEvents": ["ModelLoadedEvent"]}

    def _check(self, session: _Session, one: dict[str, Any], mode: str, now: float) -> None:
        name = one.get("id")
        known = DEFAULTS - self.absent
        if name not in known and name not in self.custom:
            raise ApiError(INJECT_PARAM_NOT_FOUND, f"Parameter {name} not found.")
        if not _within_a_million(one.get("value")):
            raise ApiError(INJECT_VALUE_INVALID)
        if not 0 <= one.get("weight", 1) <= 1:
            raise ApiError(INJECT_WEIGHT_INVALID)
        held = self._held.get(name)
        others = held is not None and held.session.plugin != session.plugin and held.until >= now
        if mode == "set" and others:
            raise ApiError(INJECT_PARAM_CONTROLLED, f"Parameter {name} is controlled by Other.")


def _message(id_: str, kind: str, data: dict[str, Any]) -> str:
    return json.dumps(
        {
            "apiName": "VTubeStudioPublicAPI",
            "apiVersion": "1.0",
            "timestamp": int(time.time() * 1000),
            "requestID": id_,
            "messageType": kind,
            "data": data,
            "fieldOfTheFuture": [1, 2, 3],
        }
    )


def _parsed(text: str | bytes) -> dict[str, Any]:
    def no_constants(constant: str) -> float:
        raise ValueError(f"{constant} is no JSON")

    try:
        request = json.loads(text, parse_constant=no_constants)
    except ValueError:
        raise ApiError(JSON_INVALID) from None
    if not isinstance(request, dict):
        raise ApiError(JSON_INVALID)
    return request


def _checked(request: dict[str, Any], id_: str) -> str:
    if request.get("apiName") != "VTubeStudioPublicAPI":
        raise ApiError(API_NAME_INVALID)
    if request.get("apiVersion") != "1.0":
        raise ApiError(API_VERSION_INVALID)
    if not id_.isascii() or not 1 <= len(id_) <= 64:
        raise ApiError(REQUEST_ID_INVALID)
    if not request.get("messageType"):
        raise ApiError(REQUEST_TYPE_MISSING)
    return str(request["messageType"])


def _within_a_million(number: Any) -> bool:
    return isinstance(number, int | float) and -1_000_000 <= number <= 1_000_000
