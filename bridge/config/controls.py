"""The settings of the face that can be changed while the bridge runs, with a switch and a slider
for each."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml
from annotated_types import Ge, Le
from pydantic import ValidationError

from bridge.config.face import FaceSection
from bridge.config.reading import in_words
from bridge.config.settings import Settings


class Control(NamedTuple):
    """How one setting is changed."""

    name: str
    switched: bool = False
    """It can be turned on and off."""
    usual: float | None = None
    """The number that `true` means, or that counts when none is given; None if it has no number."""
    most: float | None = None
    """Where the slider ends, if that is before the setting's own limit."""
    choices: tuple[str, ...] = ()


CONTROLS = (
    Control("style", choices=("natural", "stage")),
    Control("strength", usual=1.0, most=2.0),
    Control("upper", usual=1.0, most=2.0),
    Control("lower", usual=1.0, most=2.0),
    Control("symmetry", usual=1.0),
    Control("mouth", choices=("yield", "keep", "off")),
    Control("mood", switched=True),
    Control("still", switched=True),
    Control("blink", switched=True, usual=17.0),
    Control("idle", switched=True, usual=1.0),
    Control("gaze", switched=True),
    Control("eye_contact", usual=0.2),
    Control("head_follows", usual=0.0),
    Control("nods", usual=0.0),
    Control("speed_limit", switched=True, usual=1.0, most=4.0),
    Control("correctives", switched=True),
)


class ControlError(ValueError):
    """A change that cannot be made; the message says what was expected."""


def controls(settings: Settings) -> list[dict[str, Any]]:
    """What there is to change, with its limits and its value now, as plain data."""
    return [_told(control, settings) for control in CONTROLS]


def changed(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """The settings with other values for some controls.

    Raises:
        ControlError: there is no such control, or its value is not allowed.
    """
    known = {control.name for control in CONTROLS}
    if unknown := changes.keys() - known:
        there = ", ".join(sorted(known))
        raise ControlError(f"unknown control {min(unknown)[:40]!r}; expected one of {there}")
    face = {name: value for name, value in changes.items() if name != "symmetry"}
    try:
        given = settings.face.model_dump(exclude_unset=True)
        update: dict[str, Any] = {"face": FaceSection.model_validate({**given, **face})}
        if "symmetry" in changes:
            update["symmetry"] = Settings.model_validate({"symmetry": changes["symmetry"]}).symmetry
    except ValidationError as problem:
        first = problem.errors()[0]
        raise ControlError(f"{first['loc'][0]}: {in_words(first)}") from None
    return settings.model_copy(update=update)


def as_yaml(settings: Settings) -> str:
    """What a configuration needs so that its face is the same: all that is not as by default."""
    differs: dict[str, Any] = {}
    if settings.symmetry != Settings.model_fields["symmetry"].default:
        differs["symmetry"] = settings.symmetry
    face = settings.face.model_dump(mode="json", exclude_defaults=True)
    if face:
        differs["face"] = face
    return yaml.safe_dump(differs, sort_keys=False, allow_unicode=True) if differs else ""


def _told(control: Control, settings: Settings) -> dict[str, Any]:
    section = settings if control.name == "symmetry" else settings.face
    field = type(section).model_fields[control.name]
    limits = [*_limits(field.metadata, field.annotation)]
    value = getattr(section, control.name)
    least = next((limit.ge for limit in limits if isinstance(limit, Ge)), None)
    most = next((limit.le for limit in limits if isinstance(limit, Le)), None)
    return {
        **control._asdict(),
        "least": least,
        "most": most if control.most is None else control.most,
        "description": field.description,
        "value": value is not None if control.name == "mood" else value,
    }


def _limits(metadata: Any, annotation: Any) -> Any:
    """The limits of a field, also those inside of its type."""
    yield from metadata
    for part in getattr(annotation, "__args__", ()):
        yield from _limits(getattr(part, "__metadata__", ()), part)
