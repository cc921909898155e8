"""VTube Studio's plugin API from the plugin's side: one session, from the first word to the faces.

A session greets VTube Studio, authenticates with a token or asks for one (which makes VTube Studio
ask its user), creates its custom parameters and then injects a face's values as often as it likes,
which must be once a second at least: VTube Studio takes a parameter for lost otherwise. Sans-I/O:
texts in, texts out, and no clock.
"""

from collections.abc import Sequence
from enum import Enum

from protocols.face import DecodeError, Face
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
"""Who asks for access; VTube Studio wants 3–32 characters each. A token belongs to this pair."""

_ID = "affect-bridge-"
_REVOKED = {ErrorId.NOT_AUTHENTICATED, ErrorId.TOKEN_DENIED}


class Stage(Enum):
    """How far a session is."""

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
    """VTube Studio refused a request. The text says so for people, and what to do."""

    def __init__(self, error: int, text: str) -> None:
        super().__init__(text)
        self.error = error

    @property
    def hopeless(self) -> bool:
        """Whether only a user can change it, in VTube Studio or in our settings."""
        return self.error in _HOPELESS


class Session:
    """One connection. `start` gives the first request and `hear` the ones that follow; faces are
    written by `inject` while the stage is INJECTING."""

    def __init__(
        self,
        token: str | None,
        parameters: Sequence[Parameter],
        inputs: Sequence[Input],
        *,
        face_found: bool,
    ) -> None:
        """Describe a session.

        Args:
            token: from an earlier session, if there was one.
            parameters: to create.
            inputs: what to inject.
            face_found: have VTube Studio believe that its camera sees a face.
        """
        self.stage = Stage.GREETING
        self.token = token
        """Changes when VTube Studio grants one, and is None once it is of no use any more."""
        self._granted = False
        self._parameters = parameters
        self._created = 0
        self._created_again = False
        self._encoder = InjectionEncoder(inputs)
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
        """Faces that VTube Studio took."""

    @property
    def unanswered(self) -> int:
        """Requests that VTube Studio has not answered yet. It answers each, in turn."""
        return self._asked - self.answered

    def start(self) -> str:
        """The first request."""
        return self._request(Stage.GREETING, "APIStateRequest")

    def inject(self, face: Face) -> str:
        """The request that shows a face."""
        self._asked += 1
        return f"{self._before}{self._asked}{self._between}{self._encoder.encode(face)}]}}}}"

    def hear(self, text: str | bytes) -> str | None:
        """Understand an answer; the request to send next, if there is one.

        Raises:
            DecodeError: it is no answer, or one to another question.
            VTubeStudioError: VTube Studio refused a request, and nothing here can be done about it.
        """
        message = read(text)
        number = _number(message)
        if number is None or not self.answered < number <= self._asked:
            return None  # an event, or nothing of ours
        self.answered = number
        if self.stage is not Stage.INJECTING and number != self._asked:
            return None  # a face that was sent before something else was asked
        if message.kind == "APIError":
            return self._refused(message)
        if message.kind != _ANSWERS[self.stage]:
            raise DecodeError(f"answered by {quoted(message.kind)} while {self.stage.value}")
        return self._go_on(message)

    def _go_on(self, message: Message) -> str | None:
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
                    raise DecodeError("VTube Studio refused the token that it had just granted")
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
            raise DecodeError("an APIError without a number")
        if error in _REVOKED and self.token is not None and not self._granted:
            return self._ask()  # the user revoked the token
        if error == ErrorId.PARAMETER_UNKNOWN and self._parameters and not self._created_again:
            self._created_again = True  # they are deleted with a token, or by hand
            return self._create_from(0)
        raise VTubeStudioError(error, self._in_words(error, message.data.get("message", "")))

    def _in_words(self, error: int, said: object) -> str:
        text = said if isinstance(said, str) else ""
        if self.token is not None:  # whoever is at the other end may have repeated it
            text = text.replace(self.token, "…")
        sentence = _WORDS.get(error, f"VTube Studio refused to go on while {self.stage.value}")
        if self.stage is Stage.CREATING:
            sentence += f", at the parameter {self._parameters[self._created].name}"
        return f"{sentence} (error {error}: {quoted(text)})"


_WHO = {"pluginName": PLUGIN, "pluginDeveloper": DEVELOPER}

_WORDS: dict[int, str] = {
    ErrorId.API_OFF: "VTube Studio lets no plugin in: switch on “Allow Plugin API access” in its "
    "settings",
    ErrorId.NOT_AUTHENTICATED: "VTube Studio does not take this session for authenticated",
    ErrorId.TOKEN_DENIED: "the user of VTube Studio refused access to affect-bridge; to be asked "
    "again, start affect-bridge anew",
    ErrorId.TOKEN_BEING_ASKED: "VTube Studio is asking its user already whether a plugin may "
    "connect; answer there",
    ErrorId.PARAMETER_OF_ANOTHER_PLUGIN: "another plugin has made a parameter of this name; choose "
    "another prefix",
    ErrorId.PARAMETER_NAME_INVALID: "VTube Studio takes this for no name of a parameter; choose "
    "another prefix",
    ErrorId.PARAMETER_IS_A_DEFAULT: "VTube Studio has an input of its own with this name; choose "
    "another prefix",
    ErrorId.TOO_MANY_OF_THIS_PLUGIN: "VTube Studio keeps 100 custom parameters for each plugin, "
    "and affect-bridge has made as many, perhaps with another prefix; remove its access in VTube "
    "Studio, which deletes them",
    ErrorId.TOO_MANY_ALTOGETHER: "VTube Studio keeps 300 custom parameters for all plugins "
    "together, and they are used up; remove plugins in VTube Studio that are not used any more",
    ErrorId.PARAMETER_UNKNOWN: "VTube Studio does not know one of the inputs",
    ErrorId.PARAMETER_SET_BY_ANOTHER: "another plugin sets one of these inputs, and only one may: "
    "stop it there, or choose other `parameters`",
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
    """Which of our requests this answers."""
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
    raise DecodeError(f"a token that is not 1–{LONGEST_TOKEN} printable ASCII characters")
