"""The plugin side of VTube Studio's plugin API: one session, from the first request to the faces.

A session asks VTube Studio for its state, authenticates with a token or requests one (VTube Studio
then asks its user), creates its custom parameters, and injects the values of faces. It must inject
at least once a second, or VTube Studio drops the parameters. Sans-I/O: texts in, texts out, no
clock.
"""

from collections.abc import Sequence
from enum import Enum

from protocols.face import DecodeError, Face
from protocols.vtubestudio.actions import MODEL_LOADED, Actions, Request
from protocols.vtubestudio.messages import (
    API_NAME,
    API_VERSION,
    LONGEST_TOKEN,
    ErrorId,
    Message,
    quoted,
    read,
    write,
)
from protocols.vtubestudio.parameters import InjectionEncoder, Input, Parameter

PLUGIN = "affect-bridge"
DEVELOPER = "The affect-bridge developers"
"""The names shown to the user, 3–32 characters each. A token belongs to this pair."""

_ID = "affect-bridge-"
_REVOKED = {ErrorId.NOT_AUTHENTICATED, ErrorId.TOKEN_DENIED}


class Stage(Enum):
    """The stage of a session, as text for error messages."""

    GREETING = "greeting"
    ASKING = "asking its user for access"
    AUTHENTICATING = "authenticating"
    CREATING = "creating parameters"
    INJECTING = "injecting"


_ANSWERS = {
    Stage.GREETING: "APIStateResponse",
    Stage.ASKING: "AuthenticationTokenResponse",
    Stage.AUTHENTICATING: "AuthenticationResponse",
    Stage.CREATING: "ParameterCreationResponse",
    Stage.INJECTING: "InjectParameterDataResponse",
}


class VTubeStudioError(Exception):
    """VTube Studio refused a request. The message says why and what to do."""

    def __init__(self, error: int, text: str) -> None:
        super().__init__(text)
        self.error = error

    @property
    def hopeless(self) -> bool:
        """Whether only the user can fix it, in VTube Studio or in the configuration."""
        return self.error in _HOPELESS


class Session:
    """One connection. `start` returns the first request and `receive` the following ones; `inject`
    writes faces while the stage is INJECTING."""

    def __init__(
        self,
        token: str | None,
        parameters: Sequence[Parameter],
        inputs: Sequence[Input],
        *,
        face_found: bool,
        actions: Actions | None = None,
    ) -> None:
        """Describe a session.

        Args:
            token: the token from an earlier session, if there is one.
            parameters: the custom parameters to create.
            inputs: the inputs to set.
            face_found: whether to report to VTube Studio that a face is found.
            actions: the hotkeys and expressions that are wanted.
        """
        self.stage = Stage.GREETING
        self.token = token
        """Changes when VTube Studio grants one; None once it is no longer valid."""
        self._granted = False
        self._parameters = parameters
        self._created = 0
        self._created_again = False
        self._encoder = InjectionEncoder(inputs)
        self._actions = Actions() if actions is None else actions
        self._pending: dict[int, Request] = {}
        """The requests for actions that are not answered yet, by number."""
        self._before = (
            f'{{"apiName":"{API_NAME}","apiVersion":"{API_VERSION}",'
            f'"messageType":"InjectParameterDataRequest","requestID":"{_ID}'
        )
        found = "true" if face_found else "false"
        self._between = f'","data":{{"faceFound":{found},"mode":"set","parameterValues":['
        self._asked = 0
        self.answered = 0
        """The number of the latest request that VTube Studio has answered."""
        self.injected = 0
        """The number of faces that VTube Studio accepted."""

    @property
    def unanswered(self) -> int:
        """The number of requests without an answer yet. VTube Studio answers all, in order."""
        return self._asked - self.answered

    def start(self) -> str:
        """The first request."""
        return self._request(Stage.GREETING, "APIStateRequest")

    def inject(self, face: Face) -> str:
        """The request that sets a face."""
        self._asked += 1
        return f"{self._before}{self._asked}{self._between}{self._encoder.encode(face)}]}}}}"

    def act(self) -> list[str]:
        """The requests for hotkeys and expressions that are due now."""
        if self.stage is not Stage.INJECTING:
            return []
        texts = []
        for request in self._actions.due():
            self._asked += 1
            self._pending[self._asked] = request
            texts.append(write(request.kind, f"{_ID}{self._asked}", request.data))
        return texts

    def receive(self, text: str | bytes) -> str | None:
        """Process an answer. Returns the next request, if there is one.

        Raises:
            DecodeError: it is not an answer, or not to the present request.
            VTubeStudioError: VTube Studio refused a request, and the session cannot continue.
        """
        message = read(text)
        number = _number(message)
        if number is None and message.kind == MODEL_LOADED:
            self._actions.model_changed()
        if number in self._pending:
            return self._acted(number, message)
        if number is None or not self.answered < number <= self._asked:
            return None  # an event, or not an answer to this session
        self.answered = number
        if self.stage is not Stage.INJECTING and number != self._asked:
            return None  # the answer to a face sent before the present request
        if message.kind == "APIError":
            return self._refused(message)
        if message.kind != _ANSWERS[self.stage]:
            raise DecodeError(f"unexpected answer {quoted(message.kind)} while {self.stage.value}")
        return self._next_request(message)

    def _acted(self, number: int, message: Message) -> str | None:
        """Process the answer to a request for an action. VTube Studio may answer these later than
        faces that were sent after them."""
        request = self._pending.pop(number)
        self.answered = max(self.answered, number)
        if message.kind != "APIError":
            self._actions.answered(request, message.data)
            return None
        error = message.data.get("errorID")
        if type(error) is not int:
            raise DecodeError("the APIError has no errorID")
        if error in _REVOKED and self.stage is Stage.INJECTING:
            return self._ask()
        self._actions.refused(request, error, message.data.get("message", ""))
        return None

    def _next_request(self, message: Message) -> str | None:
        match self.stage:
            case Stage.GREETING:
                return self._authenticate()
            case Stage.ASKING:
                self.token = _granted(message)
                self._granted = True
                return self._authenticate()
            case Stage.AUTHENTICATING:
                if message.data.get("authenticated") is True:
                    self._granted = False
                    return self._create_from(0)
                if self._granted:
                    raise DecodeError("VTube Studio refused a token that it just granted")
                return self._ask()
            case Stage.CREATING:
                return self._create_from(self._created + 1)
            case Stage.INJECTING:
                self.injected += 1
                self._created_again = False
        return None

    def _authenticate(self) -> str:
        if self.token is None:
            return self._ask()
        return self._request(
            Stage.AUTHENTICATING, "AuthenticationRequest", authenticationToken=self.token, **_WHO
        )

    def _ask(self) -> str:
        self.token = None
        return self._request(Stage.ASKING, "AuthenticationTokenRequest", **_WHO)

    def _create_from(self, index: int) -> str | None:
        self._created = index
        if index == len(self._parameters):
            self.stage = Stage.INJECTING
            self._actions.begin()
            return None
        parameter = self._parameters[index]
        return self._request(
            Stage.CREATING,
            "ParameterCreationRequest",
            parameterName=parameter.name,
            explanation=parameter.explanation,
            min=parameter.low,
            max=parameter.high,
            defaultValue=parameter.rest,
        )

    def _request(self, stage: Stage, kind: str, **data: object) -> str:
        self.stage = stage
        self._asked += 1
        return write(kind, f"{_ID}{self._asked}", data)

    def _refused(self, message: Message) -> str | None:
        error = message.data.get("errorID")
        if type(error) is not int:
            raise DecodeError("the APIError has no errorID")
        if error in _REVOKED and self.token is not None and not self._granted:
            return self._ask()  # the user revoked the token
        if error == ErrorId.PARAMETER_UNKNOWN and self._parameters and not self._created_again:
            self._created_again = True  # deleted with the token, or by the user
            return self._create_from(0)
        raise VTubeStudioError(error, self._describe(error, message.data.get("message", "")))

    def _describe(self, error: int, said: object) -> str:
        text = said if isinstance(said, str) else ""
        if self.token is not None:  # the other program may repeat it
            text = text.replace(self.token, "…")
        sentence = _WORDS.get(error, f"VTube Studio refused a request while {self.stage.value}")
        if self.stage is Stage.CREATING:
            sentence += f"; parameter {self._parameters[self._created].name}"
        return f"{sentence} (error {error}: {quoted(text)})"


_WHO = {"pluginName": PLUGIN, "pluginDeveloper": DEVELOPER}

_WORDS: dict[int, str] = {
    ErrorId.API_OFF: "VTube Studio does not accept plugins: switch on “Allow Plugin API access” in "
    "its settings",
    ErrorId.NOT_AUTHENTICATED: "VTube Studio does not regard this session as authenticated",
    ErrorId.TOKEN_DENIED: "the user of VTube Studio refused access to affect-bridge; restart "
    "affect-bridge to be asked again",
    ErrorId.TOKEN_BEING_ASKED: "VTube Studio already asks whether a plugin may connect; answer in "
    "VTube Studio",
    ErrorId.PARAMETER_OF_ANOTHER_PLUGIN: "another plugin has created a parameter with this name; "
    "choose another prefix",
    ErrorId.PARAMETER_NAME_INVALID: "VTube Studio does not accept this parameter name; choose "
    "another prefix",
    ErrorId.PARAMETER_IS_A_DEFAULT: "VTube Studio has a default input with this name; choose "
    "another prefix",
    ErrorId.TOO_MANY_OF_THIS_PLUGIN: "VTube Studio allows 100 custom parameters for each plugin, "
    "and affect-bridge has created that many, perhaps with another prefix; remove the plugin in "
    "VTube Studio to delete them",
    ErrorId.TOO_MANY_ALTOGETHER: "VTube Studio allows 300 custom parameters for all plugins "
    "together, and they are used up; remove unused plugins in VTube Studio",
    ErrorId.PARAMETER_UNKNOWN: "VTube Studio does not know one of the inputs",
    ErrorId.PARAMETER_SET_BY_ANOTHER: "another plugin sets one of these inputs, and only one "
    "plugin may: stop the other one, or choose other `parameters`",
}

_HOPELESS: set[int] = {
    ErrorId.TOKEN_DENIED,
    ErrorId.PLUGIN_NAME_INVALID,
    ErrorId.DEVELOPER_INVALID,
    ErrorId.PARAMETER_OF_ANOTHER_PLUGIN,
    ErrorId.PARAMETER_NAME_INVALID,
    ErrorId.PARAMETER_VALUES_INVALID,
    ErrorId.PARAMETER_IS_A_DEFAULT,
    ErrorId.EXPLANATION_TOO_LONG,
    ErrorId.TOO_MANY_OF_THIS_PLUGIN,
    ErrorId.TOO_MANY_ALTOGETHER,
    ErrorId.PARAMETER_UNKNOWN,
}


def _number(message: Message) -> int | None:
    """The number of the request that this answers; None if it is not one of ours."""
    number = message.id.removeprefix(_ID)
    known = message.id.startswith(_ID) and number.isascii() and number.isdecimal()
    return int(number) if known and len(number) < 16 else None


def _granted(message: Message) -> str:
    token = message.data.get("authenticationToken")
    if (
        isinstance(token, str)
        and 0 < len(token) <= LONGEST_TOKEN
        and token.isascii()
        and token.isprintable()
    ):
        return token
    raise DecodeError(f"expected a token of 1–{LONGEST_TOKEN} printable ASCII characters")
