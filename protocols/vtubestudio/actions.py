"""Hotkeys and expressions of the model in VTube Studio: which ones are wanted, which ones the model
has, and the requests that follow.

The lists are requested once a session is authenticated, and again whenever a model is loaded.
Sans-I/O, like the session that carries the requests.
"""

import difflib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from protocols.vtubestudio.messages import ErrorId, quoted

MODEL_LOADED = "ModelLoadedEvent"

_SUFFIX = ".exp3.json"
_MOST_WAITING = 16
"""Hotkeys that wait for the list. VTube Studio's own queue is shorter."""
_MOST_LISTED = 500
"""Hotkeys or expressions of a model; more are ignored."""
_MOST_NAMED = 12
"""Names in a complaint."""
_MOST_COMPLAINTS = 200


class Request(NamedTuple):
    """A request to send. `subject` and `model` say what it was for."""

    kind: str
    data: dict[str, Any]
    subject: str = ""
    model: int = 0


class _Has(NamedTuple):
    """The hotkeys or the expressions of a model."""

    model: str
    """Its name; empty if none is loaded."""
    shown: list[str]
    """Their names, for people."""
    ids: dict[str, str]
    """The id of a hotkey or the file of an expression, by each of its names."""


class Actions:
    """What is wanted of a model. It outlives a session: after a new connection or another model,
    expressions are brought to the wanted state again. A hotkey is pressed now or never."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[str, ...]] = {"hotkey": (), "expression": ()}
        """The names that may be used, by kind. Those that a model lacks are reported at once."""
        self._wanted: dict[str, bool] = {}
        self._pressed: deque[str] = deque(maxlen=_MOST_WAITING)
        self._ours: set[str] = set()
        """The files of the expressions that we switched on and not off again."""
        self._active: dict[str, bool] = {}
        """Expressions by file, as we left them or found them."""
        self._has: dict[str, _Has] = {}
        """What the model has, by kind; without a kind that has not been listed yet."""
        self._model = 0
        """Counts models, so that a late answer is not taken for one about the present model."""
        self._subscribed = self._requested = False
        self._complaints: list[str] = []
        self._complained: set[str] = set()

    def use(self, hotkeys: Iterable[str], expressions: Iterable[str]) -> None:
        """Say which names may be used."""
        self._names = {
            "hotkey": tuple(dict.fromkeys(hotkeys)),
            "expression": tuple(dict.fromkeys(expressions)),
        }
        for kind in self._has:
            self._complain_of_missing(kind)

    def press(self, hotkey: str) -> None:
        """Press a hotkey, by its name or id."""
        self._pressed.append(hotkey)

    def show(self, expressions: Mapping[str, bool]) -> None:
        """Say which expressions shall be on and off, by name or file. Others are left alone."""
        self._wanted = dict(expressions)

    def begin(self) -> None:
        """A session begins: hotkeys of the past are forgotten, and everything is asked again."""
        self._subscribed = False
        self._pressed.clear()
        self.model_changed()

    def model_changed(self) -> None:
        """Another model was loaded, or none."""
        self._model += 1
        self._has, self._active, self._requested = {}, {}, False

    def due(self) -> Iterator[Request]:
        """The requests to send now, each once."""
        if not any(self._names.values()) and not self._wanted:
            return
        if not self._subscribed:
            self._subscribed = True
            yield Request(
                "EventSubscriptionRequest",
                {"eventName": MODEL_LOADED, "subscribe": True, "config": {}},
            )
        if not self._requested:
            self._requested = True
            yield Request("HotkeysInCurrentModelRequest", {}, model=self._model)
            yield Request("ExpressionStateRequest", {"details": False}, model=self._model)
        if "hotkey" in self._has:
            while self._pressed:
                name = self._pressed.popleft()
                if id_ := self._has["hotkey"].ids.get(_plain(name)):
                    yield Request("HotkeyTriggerRequest", {"hotkeyID": id_}, name)
        if "expression" in self._has:
            wanted: dict[str, tuple[bool, str]] = {}
            for name, on in self._wanted.items():
                file = self._has["expression"].ids.get(_plain(name))
                if file:  # which may have two names
                    wanted[file] = max((on, name), wanted.get(file, (False, name)))
            for file, (on, name) in wanted.items():
                if self._active.get(file, False) != on:
                    yield self._switch(name, file, on)

    def answered(self, request: Request, data: Mapping[str, Any]) -> None:
        """Process the answer to a request."""
        if request.model != self._model:
            return
        if request.kind == "HotkeysInCurrentModelRequest":
            self._has["hotkey"] = _hotkeys(data)
            self._complain_of_missing("hotkey")
        elif request.kind == "ExpressionStateRequest":
            self._has["expression"] = _expressions(data)
            self._note_active(data)
            self._complain_of_missing("expression")

    def refused(self, request: Request, error: int, said: object) -> None:
        """Process a refusal. The session goes on."""
        if request.subject:
            why = _WORDS.get(error, "VTube Studio refused")
            self._complain(f"{request.subject}: {why} (error {error}: {quoted(said)})")

    def take_complaints(self) -> list[str]:
        """What its user should know, each once."""
        taken, self._complaints = self._complaints, []
        return taken

    def _switch(self, name: str, file: str, on: bool) -> Request:
        self._active[file] = on
        (self._ours.add if on else self._ours.discard)(file)
        return Request("ExpressionActivationRequest", {"expressionFile": file, "active": on}, name)

    def _note_active(self, data: Mapping[str, Any]) -> None:
        """Take over the expressions that are on. One that its user switched on is left alone until
        it is wanted."""
        files = self._has["expression"].ids
        wanted = {files.get(_plain(name)) for name, on in self._wanted.items() if on}
        for one in _objects(data.get("expressions")):
            file = one.get("file")
            if one.get("active") is True and isinstance(file, str):
                self._active[file] = file in self._ours or file in wanted
                if file in wanted:
                    self._ours.add(file)

    def _complain_of_missing(self, kind: str) -> None:
        has = self._has[kind]
        if not has.model:
            return
        names = sorted(has.shown, key=str.casefold)
        for name in self._names[kind]:
            if _plain(name) not in has.ids:
                near = difflib.get_close_matches(_stem(name), map(_stem, names), n=1)
                hint = "".join(f'did you mean "{n}"? ' for n in names if _stem(n) in near)
                listed = ", ".join(names[:_MOST_NAMED]) + (", …" if names[_MOST_NAMED:] else "")
                it_has = f"{'It' if hint else 'it'} has {listed or 'none'}"
                self._complain(f'the model {has.model} has no {kind} "{name}"; {hint}{it_has}')

    def _complain(self, text: str) -> None:
        if text not in self._complained and len(self._complained) < _MOST_COMPLAINTS:
            self._complained.add(text)
            self._complaints.append(text)


def _hotkeys(data: Mapping[str, Any]) -> _Has:
    has = _Has(_model(data), [], {})
    for one in _objects(data.get("availableHotkeys")):
        id_, name = one.get("hotkeyID"), one.get("name")
        if isinstance(id_, str) and id_:
            has.ids.setdefault(_plain(id_), id_)
            if isinstance(name, str) and name:  # two may have one name: the first counts
                has.ids.setdefault(_plain(name), id_)
                has.shown.append(quoted(name))
    return has


def _expressions(data: Mapping[str, Any]) -> _Has:
    has = _Has(_model(data), [], {})
    for one in _objects(data.get("expressions")):
        file, name = one.get("file"), one.get("name")
        if isinstance(file, str) and file:
            has.shown.append(quoted(file))
            for called in (file, file.removesuffix(_SUFFIX), name):
                if isinstance(called, str) and called:
                    has.ids.setdefault(_plain(called), file)
    return has


def _model(data: Mapping[str, Any]) -> str:
    if data.get("modelLoaded") is not True:
        return ""
    return quoted(data.get("modelName", "")) or "without a name"


def _objects(found: object) -> list[Mapping[str, Any]]:
    listed = found[:_MOST_LISTED] if isinstance(found, list) else []
    return [one for one in listed if isinstance(one, dict)]


def _plain(name: str) -> str:
    return name.strip().casefold()


def _stem(name: str) -> str:
    """A name without the suffix that makes any two files look alike."""
    return _plain(name).removesuffix(_SUFFIX)


_WORDS: dict[int, str] = {
    ErrorId.HOTKEY_QUEUE_FULL: "too many hotkeys wait in VTube Studio",
    ErrorId.HOTKEY_NO_MODEL: "no model is loaded in VTube Studio",
    ErrorId.HOTKEY_UNKNOWN: "the model no longer has this hotkey",
    ErrorId.HOTKEY_TOO_SOON: "VTube Studio lets a hotkey rest for some seconds before it can be "
    "pressed again",
    ErrorId.HOTKEY_INVALID: "VTube Studio cannot use this hotkey; a file may be missing",
    ErrorId.HOTKEY_BAD_STATE: "VTube Studio presses no hotkeys while some of its windows are open",
    ErrorId.EXPRESSION_UNKNOWN: "the model no longer has this expression",
    ErrorId.EXPRESSION_NO_MODEL: "no model is loaded in VTube Studio",
}
