"""The 52 ARKit blendshapes: names, reference order, left-right pairs and spellings."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

BLENDSHAPES: tuple[str, ...] = (
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeLookDownLeft",
    "eyeLookDownRight",
    "eyeLookInLeft",
    "eyeLookInRight",
    "eyeLookOutLeft",
    "eyeLookOutRight",
    "eyeLookUpLeft",
    "eyeLookUpRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeWideLeft",
    "eyeWideRight",
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthFunnel",
    "mouthLeft",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
)
"""The reference order: that of the model's outputs and of every `[…, 52]` array."""

INDEX: Mapping[str, int] = {name: i for i, name in enumerate(BLENDSHAPES)}

PAIRS: tuple[tuple[int, int], ...] = tuple(
    (i, INDEX[name.removesuffix("Left") + "Right"])
    for i, name in enumerate(BLENDSHAPES)
    if name.endswith("Left")
)
"""The 20 (left, right) partners, as indices into the reference order. jawLeft and mouthLeft are
directions, not sides, but a mirror swaps them with their partners as well."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    group: tuple(name for name in BLENDSHAPES if name.startswith(group))
    for group in ("brow", "eye", "cheek", "nose", "mouth", "jaw", "tongue")
}
"""The shapes of each part of the face; every shape is in one."""


def pascal(name: str) -> str:
    """`eyeBlinkLeft` as `EyeBlinkLeft`: the spelling of PerfectSync clips, VMC and Live Link."""
    return name[:1].upper() + name[1:]


Spelling = str | Mapping[str, str | None]
"""`camel`, `pascal`, or a map from ARKit names to others, or to None for shapes not to send."""

_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "camel": BLENDSHAPES,
    "pascal": tuple(map(pascal, BLENDSHAPES)),
}
_EXPECTED = "expected camel, pascal, a map from ARKit names to others, or a list of both"


def spelled(names: Spelling | Sequence[Spelling], usual: str = "camel") -> tuple[str | None, ...]:
    """The 52 names in reference order, and None for each shape that is not to be sent.

    Args:
        names: one spelling, or a list of `camel` or `pascal` and a map of exceptions.
        usual: `camel` or `pascal`, for shapes that a map alone does not contain.

    Raises:
        ValueError: an unknown spelling; two of them; or a map with a key that is not an ARKit name,
            or with a name that is empty, not printable or used twice.
    """
    listed = [names] if isinstance(names, str | Mapping) else list(names)
    spellings = [each for each in listed if isinstance(each, str)]
    maps = [each for each in listed if isinstance(each, Mapping)]
    if len(spellings) > 1 or len(maps) > 1:
        two = " and ".join(spellings) if len(spellings) > 1 else "two maps"
        raise ValueError(
            f"names {two} would send the same 52 shapes twice; receivers that ignore case would "
            "apply both; use one of them"
        )
    spelling = spellings[0] if spellings else usual
    if spelling not in _SPELLINGS:
        raise ValueError(f"unknown names {spelling!r}; {_EXPECTED}")
    exceptions = maps[0] if maps else {}
    for name in exceptions:
        check_shape(name)
    shapes = zip(BLENDSHAPES, _SPELLINGS[spelling], strict=True)
    chosen = tuple(exceptions.get(name, usually) for name, usually in shapes)
    for sent in chosen:
        if sent is not None and (not sent or not sent.isprintable() or chosen.count(sent) > 1):
            raise ValueError(f"the name {sent!r} is empty, not printable, or used for two shapes")
    return chosen


def check_shape(name: str, others: Sequence[str] = ()) -> None:
    """Check that `name` is that of a shape, or one of `others`.

    Raises:
        ValueError: it is not. The message has the most similar name, if there is one.
    """
    if name in INDEX or name in others:
        return
    near = difflib.get_close_matches(name, (*others, *BLENDSHAPES), n=1)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    said = f'"{name}"' if name.isprintable() else repr(name)
    raise ValueError(f"unknown blendshape {said}{hint}")


def _checked_names(value: Any) -> Any:
    listed = value if isinstance(value, list) and value else [value]
    for each in listed:
        if not isinstance(each, str) and not is_map_of_names(each):
            raise ValueError(f"{each!r}: {_EXPECTED}")
    spelled(listed)
    return value


def is_map_of_names(value: Any) -> bool:
    """Whether all values of a map are text or None."""
    return isinstance(value, dict) and all(isinstance(v, str | None) for v in value.values())


Names = Annotated[Spelling | list[Spelling], _checked_names]
"""A setting of dialects that send the names of shapes: what `spelled` accepts."""


def order_from_reference(names: Sequence[str]) -> NDArray[np.intp]:
    """The index of each of a dialect's `names` in the reference order: `weights[result]` has the
    dialect's order."""
    return np.array([INDEX[name] for name in names], dtype=np.intp)
