"""The settings of a dialect, read off the keyword arguments of the function that makes its
encoder."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BeforeValidator, Field

from bridge.config.section import refuse_switch


@functools.cache
def settings_of(encoder: Callable[..., Any]) -> dict[str, tuple[Any, Any]]:
    """Each keyword argument as an annotated type and a default, the way pydantic wants them.

    Raises:
        TypeError: an argument without a default or without a sentence for people.
    """
    hints = get_type_hints(encoder, include_extras=True)
    return {
        name: _field(name, hints[name], parameter.default)
        for name, parameter in inspect.signature(encoder).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def _field(name: str, hint: Any, default: Any) -> tuple[Any, Any]:
    kind, *told = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    sentences = [part for part in told if isinstance(part, str)]
    if default is inspect.Parameter.empty or len(sentences) != 1:
        raise TypeError(f"the setting {name} needs a default and one sentence that describes it")
    rest = [_constraint(part) for part in told if not isinstance(part, str)]
    if kind in (int, float):
        rest.append(BeforeValidator(refuse_switch))
    return Annotated[(kind, *rest, Field(description=sentences[0]))], default


def _constraint(part: Any) -> Any:
    """A function checks a value before its type does, so that it can say what was expected."""
    return BeforeValidator(part) if inspect.isfunction(part) else part
