"""Finds the network's layers among tensors with any names.

A checkpoint's tensors have the names that the training code gave to its layers. The shapes are the
same in every checkpoint: four linear layers of different shapes and three norms, of which the first
and the third have the same size. These two are told apart by their names, or by the order of the
file if it keeps one. If neither decides, the file is refused: a swap would give wrong faces.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.model.layers import ARCHITECTURE, SHAPES, Arrays, CheckpointError

_MOST_LISTED = 6
_SEPARATORS = (".", "/", "_")
_WEIGHTS = frozenset({"weight", "gamma", "scale", "gain", "g", "w"})
_BIASES = frozenset({"bias", "beta", "shift", "offset", "b"})
_KINDS = re.compile(r"layernorm|linear|dense|norm|proj|lin|ln|fc|bn|layer")
"""What people call a layer for its kind; the rest of the name tells which layer it is."""

Places = Mapping[str, str]
"""The user's mapping: the name of a layer or tensor in the file to one of this network, such as
`layers.1` or `layers.1.weight`."""


class _Module(NamedTuple):
    """The two tensors of a layer, by the part of their names that they share."""

    name: str
    tensors: tuple[str, str]


def fits(tensors: Mapping[str, NDArray[np.generic]]) -> bool:
    """Whether the tensors have the shapes of this network, and no others."""
    return Counter(array.shape for array in _floats(tensors).values()) == Counter(SHAPES.values())


def arrange(
    tensors: Mapping[str, NDArray[np.generic]], places: Places | None = None, *, ordered: bool
) -> Arrays:
    """Give the tensors this project's names and order.

    Args:
        places: the layers that the user assigned.
        ordered: whether the order of `tensors` is the order in which the layers were made.

    Raises:
        CheckpointError: these are not the layers of this network, two layers cannot be told apart,
            or a number is not finite. The message says what was found and what to do.
    """
    with np.errstate(over="ignore"):  # a number too large becomes infinite and is refused below
        floats = {name: np.asarray(a, np.float32) for name, a in _floats(tensors).items()}
    if not fits(floats):
        raise CheckpointError(not_this_network(floats))
    if list(floats) == sorted(floats):  # as after a conversion that lost the order
        ordered = False
    assigned = _Assignment(floats, places or {}, ordered).complete()
    arranged = {name: floats[assigned[name]] for name in SHAPES}
    if not all(np.isfinite(array).all() for array in arranged.values()):
        raise CheckpointError("contains numbers that are not finite")
    return arranged


def not_this_network(tensors: Mapping[str, NDArray[np.generic]]) -> str:
    """Which shapes are missing and which are unexpected, for people."""
    wanted = Counter(SHAPES.values())
    found = Counter(array.shape for array in _floats(tensors).values())
    parts = []
    if missing := wanted - found:
        parts.append(f"missing shapes {_listing(missing)}")
    if surplus := found - wanted:
        parts.append(f"unexpected shapes {_listing(surplus)}")
    return f"not a checkpoint of this network ({ARCHITECTURE}): {'; '.join(parts)}"


class _Assignment:
    """Which tensor of a file is which tensor of the network."""

    def __init__(self, floats: Arrays, places: Places, ordered: bool) -> None:
        self._floats, self._ordered = floats, ordered
        self._modules = _modules(floats)
        self._found: dict[str, str] = {}
        """A tensor of the network to one of the file."""
        for name, place in places.items():
            self._place(name, place)

    def complete(self) -> Mapping[str, str]:
        if self._modules is None:
            self._assign_tensors()
            return self._found
        for place, shape in SHAPES.items():
            if len(shape) == 2 and place not in self._found:
                layer = place.removesuffix(".weight")
                [module] = [m for m in self._modules if self._shapes(m)[0] == shape]
                self._assign(module, layer)
        self._assign_norms()
        return self._found

    def _place(self, name: str, place: str) -> None:
        """Assign what the user says. `name` and `place` are both layers or both tensors."""
        module = next((m for m in self._modules or () if m.name == name), None)
        if place in SHAPES and name in self._floats:
            if self._floats[name].shape != SHAPES[place]:
                raise _wrong_place(name, place, self._floats[name].shape, SHAPES[place])
            self._take(place, name)
            for found in (m.tensors for m in self._modules or () if name in m.tensors):
                self._take(_partner(place), found[found[0] == name])
        elif f"{place}.weight" in SHAPES and module is not None:
            shape, wanted = self._shapes(module)[0], SHAPES[f"{place}.weight"]
            if shape != wanted:
                raise _wrong_place(name, place, shape, wanted)
            self._assign(module, place)
        elif place not in SHAPES and f"{place}.weight" not in SHAPES:
            layers = [key.removesuffix(".weight") for key in SHAPES if key.endswith(".weight")]
            raise CheckpointError(f"map: no layer {place!r}; the layers are {', '.join(layers)}")
        else:
            known = [m.name for m in self._modules or ()] or list(self._floats)
            raise CheckpointError(f"map: the file has no {name!r}; it has {', '.join(known)}")

    def _assign(self, module: _Module, layer: str) -> None:
        weight, bias = self._weight_and_bias(module, layer)
        self._take(f"{layer}.weight", weight)
        self._take(f"{layer}.bias", bias)

    def _take(self, place: str, name: str) -> None:
        if self._found.get(place) == name:
            return
        if place in self._found or name in self._found.values():
            raise CheckpointError(f"map: {name}={place} is assigned twice")
        self._found[place] = name

    def _assign_norms(self) -> None:
        taken = set(self._found.values())
        norms = [m for m in self._modules or () if not taken & set(m.tensors)]
        layers = [n.removesuffix(".weight") for n in SHAPES if n.endswith("weight")]
        unassigned = [layer for layer in layers if f"{layer}.weight" not in self._found]
        for size in sorted({self._shapes(norm)[0] for norm in norms}):
            same = [norm for norm in norms if self._shapes(norm)[0] == size]
            free = [layer for layer in unassigned if SHAPES[f"{layer}.weight"] == size]
            if len(same) == 2:
                same = self._in_order(same[0], same[1])
            for norm, layer in zip(same, free, strict=True):
                self._assign(norm, layer)

    def _in_order(self, one: _Module, other: _Module) -> list[_Module]:
        """The two norms of one size, the first one first."""
        votes = {self._by_numbers(one, other), self._by_neighbours(one, other)} - {None}
        if len(votes) == 1:
            return [one, other] if votes.pop() else [other, one]
        if self._ordered and not votes:
            return [one, other]
        raise CheckpointError(
            f"{one.name} and {other.name} have the same size, and the file does not say which "
            "comes first. If "
            f"{one.name} follows the first linear layer: --map {one.name}=layers.1,"
            f"{other.name}=layers.9; if {other.name} does: --map {other.name}=layers.1,"
            f"{one.name}=layers.9"
        )

    def _by_numbers(self, one: _Module, other: _Module) -> bool | None:
        """Whether `one` comes first by the numbers in the names of the three norms."""
        middle = next(m for m in self._modules or () if self._shapes(m)[0] == (512,))
        texts, numbers = zip(*(_numbered(m.name) for m in (one, middle, other)), strict=True)
        if len(set(texts)) == 1 and numbers[0] < numbers[1] < numbers[2]:
            return True
        if len(set(texts)) == 1 and numbers[0] > numbers[1] > numbers[2]:
            return False
        return None

    def _by_neighbours(self, one: _Module, other: _Module) -> bool | None:
        """Whether `one` comes first because it is named like the first linear layer."""
        first, third = (self._found[f"layers.{n}.weight"] for n in (0, 8))
        linear = [m for m in self._modules or () if {first, third} & set(m.tensors)]
        by_name = {name: _which(m.name) for m in linear for name in m.tensors}
        wanted = by_name[first], by_name[third]
        found = _which(one.name), _which(other.name)
        if wanted[0] == wanted[1]:
            return None
        return True if found == wanted else False if found[::-1] == wanted else None

    def _weight_and_bias(self, module: _Module, layer: str) -> tuple[str, str]:
        one, other = module.tensors
        if self._floats[one].ndim != self._floats[other].ndim:
            return (one, other) if self._floats[one].ndim == 2 else (other, one)
        ranks = [_rank(name[len(module.name) + 1 :].lower()) for name in module.tensors]
        if ranks[0] != ranks[1]:
            return (one, other) if ranks[0] < ranks[1] else (other, one)
        if self._ordered:
            return one, other
        raise CheckpointError(
            f"{one} and {other} have the same size, and the file does not say which is the weight. "
            f"If it is {one}: --map {one}={layer}.weight,{other}={layer}.bias"
        )

    def _assign_tensors(self) -> None:
        """Assign tensors whose names do not form layers: in order, or else by their shapes."""
        if any("." in name for name in self._floats):
            raise CheckpointError(
                "its tensors have the right shapes, but their names do not form layers"
            )
        if self._found:
            orders = []
        else:
            numbered = len({_numbered(name)[0] for name in self._floats}) == 1
            by_number = sorted(self._floats, key=_numbered) if numbered else []
            orders = [by_number, list(self._floats) if self._ordered else []]
        for names in orders:
            if [self._floats[name].shape for name in names] == list(SHAPES.values()):
                self._found = dict(zip(SHAPES, names, strict=True))
                return
        for shape in dict.fromkeys(SHAPES.values()):
            places = [p for p, wanted in SHAPES.items() if wanted == shape and p not in self._found]
            taken = set(self._found.values())
            names = [n for n, a in self._floats.items() if a.shape == shape and n not in taken]
            if len(names) > 1:
                raise CheckpointError(
                    f"{', '.join(names)} have the same size, and the file does not say which is "
                    f"which; give each with --map {names[0]}=PLACE,…, where the places are "
                    f"{', '.join(places)}"
                )
            self._found |= dict(zip(places, names, strict=True))

    def _shapes(self, module: _Module) -> list[tuple[int, ...]]:
        """The shapes of a module's tensors, the larger first."""
        return sorted((self._floats[n].shape for n in module.tensors), key=len, reverse=True)


def _floats(tensors: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    return {
        name: tensor
        for name, tensor in tensors.items()
        if np.issubdtype(tensor.dtype, np.floating) and tensor.ndim > 0
    }


def _modules(floats: Arrays) -> list[_Module] | None:
    """The layers that the names form, in the order of the file; None if they form none."""
    wanted = Counter(
        (shape, SHAPES[name.removesuffix("weight") + "bias"])
        for name, shape in SHAPES.items()
        if name.endswith("weight")
    )
    for separator in _SEPARATORS:
        members: dict[str, list[str]] = {}
        for name in floats:
            members.setdefault(name.rpartition(separator)[0], []).append(name)
        found = Counter(
            tuple(sorted((floats[n].shape for n in names), key=len, reverse=True))
            for names in members.values()
        )
        if found == wanted:
            return [_Module(name, (one, other)) for name, (one, other) in members.items()]
    return None


def _partner(place: str) -> str:
    """The other tensor of a layer of this network."""
    layer, _, part = place.rpartition(".")
    return f"{layer}.{'bias' if part == 'weight' else 'weight'}"


def _numbered(name: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The text between the numbers in a name, and the numbers."""
    parts = re.split(r"(\d+)", name)
    return tuple(parts[::2]), tuple(map(int, parts[1::2]))


def _which(name: str) -> tuple[str, ...]:
    """What a layer's name says beside its kind: `fc2` and `ln2` are both ("2",)."""
    return tuple(re.findall(r"[a-z]+|\d+", _KINDS.sub(" ", name.lower())))


def _rank(part: str) -> int:
    """Sorts what is called a weight before what is called a bias."""
    return 0 if part in _WEIGHTS else 2 if part in _BIASES else 1


def _wrong_place(
    name: str, place: str, found: tuple[int, ...], wanted: tuple[int, ...]
) -> CheckpointError:
    return CheckpointError(f"map: {name} has the shape {list(found)}; {place} needs {list(wanted)}")


def _listing(shapes: Iterable[tuple[int, ...]]) -> str:
    some = [str(list(shape)) for shape in list(shapes)[:_MOST_LISTED]]
    return ", ".join(some) + (" and others" if len(list(shapes)) > _MOST_LISTED else "")
