"""The 52 ARKit blendshapes: names, reference order, left-right pairs and spellings."""

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


def spelled(spelling: str | Mapping[str, str]) -> tuple[str, ...]:
    """The 52 names in reference order, spelled `camel`, `pascal` or by a map from ARKit names.

    Shapes that a map does not contain keep their ARKit (camelCase) spelling.

    Raises:
        ValueError: an unknown spelling; or a map with a key that is not an ARKit name, or with a
            name that is empty, not printable or used twice.
    """
    if spelling == "camel":
        return BLENDSHAPES
    if spelling == "pascal":
        return tuple(map(pascal, BLENDSHAPES))
    if isinstance(spelling, str):
        raise ValueError(f"unknown names {spelling!r}; expected camel, pascal or a map of names")
    unknown = [name for name in spelling if name not in INDEX]
    if unknown:
        raise ValueError(f"unknown ARKit blendshape {', '.join(map(repr, unknown))}")
    names = tuple(spelling.get(name, name) for name in BLENDSHAPES)
    for name in names:
        if not name or not name.isprintable() or names.count(name) > 1:
            raise ValueError(f"the name {name!r} is empty, not printable, or used for two shapes")
    return names


def _checked_names(value: Any) -> Any:
    if value in ("pascal", "camel"):
        return value
    if isinstance(value, dict) and all(isinstance(name, str) for name in value.values()):
        return value
    raise ValueError(f"{value!r}: expected pascal, camel, or a map from ARKit names to others")


Names = Annotated[str | Mapping[str, str], _checked_names]
"""A setting of dialects that send the names of shapes: what `spelled` accepts."""


def order_from_reference(names: Sequence[str]) -> NDArray[np.intp]:
    """The index of each of a dialect's `names` in the reference order: `weights[result]` has the
    dialect's order."""
    return np.array([INDEX[name] for name in names], dtype=np.intp)
