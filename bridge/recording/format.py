"""Our own recordings: a JSON object a line, the first of which says what the numbers are.

A line with `in` is an update that came in, or with `ends_in` the end of an input. A line with
`weights` is a face that went out. The lines
stand in the order in which the frame thread saw them: an update stands before the first frame that
shows it.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any

import numpy as np

from bridge.emotion.cues import Cues, Direction
from bridge.emotion.points import MOST_PARTS, Part, Parts, Vad
from bridge.emotion.update import Then, Update, UpdateError, checked
from bridge.model.identity import Identity
from bridge.recording.events import Event, TimedEnd, TimedFace, TimedUpdate
from protocols.arkit import BLENDSHAPES
from protocols.livelink import ROTATIONS

VERSION = 1

_MOST_SENT = 4096
_FOREVER = "forever"
_DIGITS = 6
"""Decimals of times since 1970."""

_WEIGHTS, _FEELING = ",".join(["%.6g"] * len(BLENDSHAPES)), ",".join(["%.6g"] * 3)
_ROTATIONS = ",".join(["%.6f"] * len(ROTATIONS))
_FACE = (
    '{"t":%r,"wall":%.6f,"frame":%d,"stream":%s,'
    f'"feeling":[{_FEELING}],"weights":[{_WEIGHTS}],"rotations":[{_ROTATIONS}]}}'
)
"""A face as JSON, each number to half of 1e-6. Filling in a text takes half of the time of `json`,
and what was read is written as it was: a float32 keeps six digits."""
_NO_FEELING = (0.0, 0.0, 0.0)


class FormatError(ValueError):
    """A line that is not of a recording; the message says why."""


def header_line(
    program: str, fps: float | None, model: Identity | None = None, lacks: Sequence[str] = ()
) -> str:
    """The first line of a file.

    Args:
        fps: frames a second; None if that is not known.
        model: the one that made the faces.
        lacks: what the file does not have of what a recording has, for people.
    """
    return _line(
        {
            "recording": VERSION,
            "program": program,
            "fps": fps,
            "model": None if model is None else model._asdict(),
            **({"lacks": lacks} if lacks else {}),
            "blendshapes": BLENDSHAPES,
            "rotations": ROTATIONS,
            "units": "t: seconds of a monotonic clock; wall: seconds since 1970; "
            "rotations: radians",
        }
    )


def is_header(line: str) -> bool:
    """Whether a file that starts with this line is a recording."""
    return line.lstrip().startswith('{"recording":')


def is_face(line: str) -> bool:
    """Whether this line of a recording is a face, without reading it whole."""
    return '"weights":' in line and not line.startswith('{"recording":')


def update_line(timed: TimedUpdate, wall: float) -> str:
    """The line of one update."""
    update = timed.update
    values: dict[str, Any] = {
        "t": timed.time,
        "wall": round(wall, _DIGITS),
        "in": timed.source,
        "stream": update.stream,
        "sent": timed.sent[:_MOST_SENT],
        "label": update.label,
        "parts": _part_lists(update.parts),
        "hold": _hold(update.hold),
        "fade": update.fade,
        "priority": timed.priority,
        "default_hold": _hold(timed.default_hold),
    }
    if update.then is not None:
        values["then"] = {"parts": _part_lists(update.then.parts), "label": update.then.label}
    if update.cues is not None:
        values["cues"] = _cues(update.cues)
    return _line(values)


def end_line(end: TimedEnd, wall: float) -> str:
    """The line of a source that posts no more."""
    values = {"t": end.time, "wall": round(wall, _DIGITS), "in": end.source}
    return _line(values | {"priority": end.priority, "ends_in": end.hold})


def face_lines(faces: Iterable[TimedFace]) -> Iterator[str]:
    """The line of each face."""
    for face in faces:
        feeling = _NO_FEELING if face.feeling is None else face.feeling.tolist()
        numbers = (*feeling, *face.weights.tolist(), *face.rotations.ravel().tolist())
        line = _FACE % (face.time, face.wall, face.frame, _quoted(face.stream), *numbers)
        yield f'{line[:-1]},"label":{_quoted(face.label)}}}' if face.label else line


def read_line(line: str) -> Event | None:
    """What one line says; None for a header.

    Raises:
        FormatError: it is not a line of a recording.
    """
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        raise FormatError("not JSON") from None
    if not isinstance(values, dict):
        raise FormatError("expected an object")
    try:
        if "weights" in values:
            return _face(values)
        if "ends_in" in values:
            return TimedEnd(
                *(_number(values["t"]), str(values["in"]), int(values.get("priority", 0))),
                hold=_number(values["ends_in"]),
            )
        if "in" in values:
            return _update(values)
        if "recording" in values:
            _check_header(values)
            return None
    except KeyError as missing:
        raise FormatError(f"{missing.args[0]!r} is missing") from None
    except FormatError:
        raise
    except (TypeError, ValueError, OverflowError, AttributeError):
        raise FormatError("a value has the wrong type") from None
    raise FormatError("expected an update or a face")


def _check_header(values: dict[str, Any]) -> None:
    if values["recording"] != VERSION:
        raise FormatError(
            f"format {values['recording']!r}: this program reads recordings of format {VERSION}"
        )
    if values["blendshapes"] != list(BLENDSHAPES):
        raise FormatError("the blendshapes are not the 52 of ARKit in the usual order")


def _update(values: dict[str, Any]) -> TimedUpdate:
    fade, then = values.get("fade"), values.get("then")
    update = Update(
        _parts(values["parts"]),
        str(values.get("label", "")),
        str(values["stream"]),
        _read_hold(values.get("hold")),
        None if fade is None else _number(fade),
        cues=_read_cues(values["cues"]) if "cues" in values else None,
        then=None if then is None else Then(_parts(then["parts"]), str(then["label"])),
    )
    if not update.parts and update.cues is None:
        raise FormatError("expected parts or cues")
    try:
        update = checked(update)
    except UpdateError as problem:
        raise FormatError(str(problem)) from None
    return TimedUpdate(
        *(_number(values["t"]), update, str(values["in"]), str(values.get("sent", ""))),
        priority=int(values.get("priority", 0)),
        default_hold=_read_hold(values.get("default_hold", _FOREVER)) or math.inf,
    )


def _face(values: dict[str, Any]) -> TimedFace:
    weights = np.clip(_array(values["weights"], len(BLENDSHAPES), "weights"), 0.0, 1.0)
    rotations = _array(values["rotations"], len(ROTATIONS), "rotations").reshape(3, 3)
    return TimedFace(
        *(_number(values["t"]), str(values["stream"]), weights, rotations),
        feeling=_array(values["feeling"], 3, "feeling"),
        frame=int(values.get("frame", 0)),
        wall=_number(values.get("wall", 0.0)),
        label=str(values.get("label", "")),
    )


def _hold(hold: float | None) -> float | str | None:
    return _FOREVER if hold == math.inf else hold


def _read_hold(hold: Any) -> float | None:
    if hold is None:
        return None
    return math.inf if hold == _FOREVER else _number(hold)


def _part_lists(parts: Parts) -> list[list[float]]:
    return [[*part.point, part.share] for part in parts]


def _parts(parts: Any) -> Parts:
    if len(parts) > MOST_PARTS:
        raise FormatError(f"expected at most {MOST_PARTS} parts")
    return tuple(_part(part) for part in parts)


def _part(numbers: Any) -> Part:
    if not isinstance(numbers, list) or len(numbers) != 4:
        raise FormatError("parts: expected valence, arousal, dominance and a share in each")
    *point, share = numbers
    return Part(Vad(*map(_axis, point)), _number(share))


def _array(numbers: Any, length: int, what: str) -> Any:
    with np.errstate(over="ignore"):  # too large for a float32: it is infinite, and refused
        array = np.array(numbers, dtype=np.float32)
    if array.shape != (length,) or not np.isfinite(array).all():
        raise FormatError(f"{what}: expected {length} finite numbers")
    return array


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise FormatError("a number is not finite")
    return number


def _axis(value: Any) -> float:
    if not -1.0 <= (number := float(value)) <= 1.0:
        raise FormatError(f"{number:g}: expected -1 to 1")
    return number


def _cues(cues: Cues) -> dict[str, Any]:
    """The cues that say something."""
    said = {each.name: getattr(cues, each.name) for each in fields(Cues)}
    switches = ("look_freely", "forget_mood")
    return {n: v for n, v in said.items() if v is not None and (v or n not in switches)}


def _read_cues(values: dict[str, Any]) -> Cues:
    visemes, look_at, spoken = (values.get(key) for key in ("visemes", "look_at", "spoken"))
    state = values.get("state")
    return Cues(
        speaking=None if values.get("speaking") is None else bool(values["speaking"]),
        visemes=None if visemes is None else tuple(_array(visemes, 15, "visemes").tolist()),
        look_at=None if look_at is None else Direction(*_array(look_at, 2, "look_at").tolist()),
        look_freely=bool(values.get("look_freely")),
        spoken=None if spoken is None else int(spoken),
        state=None if state is None else str(state),
        forget_mood=bool(values.get("forget_mood")),
    )


@lru_cache(maxsize=1024)
def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _line(values: dict[str, Any]) -> str:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
