"""Finds the network in a file that another program wrote, and what the file says about it."""

import itertools
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.model.arranging import Places, arrange, fits, not_this_network
from bridge.model.layers import Arrays, CheckpointError
from bridge.model.remarks import remarks

log = logging.getLogger(__name__)

Prefer = Literal["ema", "model"]
"""Which of two networks in one file to take: the averaged weights, or the model's own."""

Tensors = Mapping[str, NDArray[np.generic]]

_DEEPEST = 4
"""How deep a state dict may be nested: {"checkpoint": {"model": {…}}} is two levels."""

_EMA = re.compile(r"(?<![a-z])(ema|swa|shadow|averaged?)(?![a-z])", re.IGNORECASE)
_OPTIMISER = re.compile(r"optim|exp_avg|momentum|grad", re.IGNORECASE)
_BY_INDEX = re.compile(r"\d+")


class Found(NamedTuple):
    """A network, where it was in the file, and the file's remarks."""

    arrays: Arrays
    key: str
    """The keys that lead to it, joined by dots; empty if it was not nested."""
    remarks: dict[str, Any]


class _Candidate(NamedTuple):
    place: tuple[str, ...]
    tensors: Tensors
    ordered: bool

    @property
    def name(self) -> str:
        return ".".join(self.place)

    @property
    def is_ema(self) -> bool:
        return any(_EMA.search(key) for key in self.place)


def find_network(
    content: Mapping[str, Any],
    *,
    ordered: bool,
    prefer: Prefer | None = None,
    places: Places | None = None,
) -> Found:
    """Find this network in the content of a file.

    Args:
        content: arrays by name, which may be nested in other dictionaries, beside plain values.
        ordered: whether the order of the arrays means something.
        prefer: which network to take if there are EMA weights beside the model. If None, take the
            model and log that.
        places: the layers that the user assigned.

    Raises:
        CheckpointError: there is none, or its layers cannot be told apart. The message says what
            was found and what to do.
    """
    groups = list(_groups(content, ordered))
    candidates = _named([group for group in groups if fits(group.tensors)])
    if not candidates:
        raise CheckpointError(
            not_this_network(groups[0].tensors) if groups else "contains no tensors"
        )
    chosen = _choose(candidates, prefer)
    arrays = arrange(chosen.tensors, places, ordered=chosen.ordered)
    return Found(arrays, chosen.name, remarks(content, chosen.place))


def count_networks(content: Mapping[str, Any]) -> int:
    """How many networks that `find_network` can choose from the content holds."""
    return sum(fits(group.tensors) for group in _groups(content, ordered=False))


def _choose(candidates: list[_Candidate], prefer: Prefer | None) -> _Candidate:
    averaged = [candidate for candidate in candidates if candidate.is_ema]
    own = [candidate for candidate in candidates if not candidate.is_ema]
    if prefer == "ema" and not averaged:
        raise CheckpointError("contains no EMA weights")
    if prefer == "model" and not own:
        raise CheckpointError("contains only EMA weights")
    chosen = (averaged or own if prefer == "ema" else own or averaged)[0]
    others = [candidate.name for candidate in candidates if candidate is not chosen]
    if others:
        what = "the EMA weights" if chosen.is_ema else "the model"
        hint = "; --prefer ema takes the EMA weights" if averaged and prefer is None else ""
        log.warning(
            "took %s at %r; the file also has %s%s", what, chosen.name, _listed(others), hint
        )
    elif chosen.is_ema:
        log.info("took the EMA weights at %r; the file has no others", chosen.name)
    return chosen


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names))


def _groups(
    content: Mapping[str, Any], ordered: bool, place: tuple[str, ...] = ()
) -> Iterator[_Candidate]:
    """Yield every group of tensors in `content` that may be a network, the outermost first."""
    tensors = {name: value for name, value in content.items() if isinstance(value, np.ndarray)}
    yield from _by_prefix(tensors, ordered, place)
    if len(place) == _DEEPEST:
        return
    for key, value in content.items():
        if _OPTIMISER.search(key):
            continue
        if isinstance(value, Mapping):
            yield from _groups(value, ordered, (*place, key))
        elif isinstance(value, list) and any(isinstance(item, np.ndarray) for item in value):
            listed = {str(at): item for at, item in enumerate(value)}
            yield from _by_prefix(
                {n: item for n, item in listed.items() if isinstance(item, np.ndarray)},
                True,
                (*place, key),
            )


def _by_prefix(tensors: Tensors, ordered: bool, place: tuple[str, ...]) -> Iterator[_Candidate]:
    """The tensors of one dictionary, as a whole or, if that is no network, by their prefixes."""
    if not tensors:
        return
    whole = _Candidate(place, tensors, ordered)
    yield whole
    if fits(tensors):
        return
    for depth in range(1, _DEEPEST):
        groups: dict[tuple[str, ...], dict[str, NDArray[np.generic]]] = {}
        for name, tensor in tensors.items():
            groups.setdefault(tuple(name.split(".")[:depth]), {})[name] = tensor
        found = [(prefix, group) for prefix, group in groups.items() if fits(group)]
        for prefix, group in found:
            if not any(_OPTIMISER.search(key) for key in prefix):
                yield _Candidate((*place, *prefix), group, ordered)
        if found:
            return


def _named(candidates: list[_Candidate]) -> list[_Candidate]:
    """Give a list of tensors the names of another network with the same shapes in order.

    Averaging libraries keep a bare list of tensors in the order of the model's parameters.
    """
    named = [c for c in candidates if not all(map(_BY_INDEX.fullmatch, c.tensors))]
    return [
        next((_renamed(c, other) for other in named if _same_shapes(c, other)), c)
        if c not in named
        else c
        for c in candidates
    ]


def _same_shapes(one: _Candidate, other: _Candidate) -> bool:
    return _shapes(one.tensors.values()) == _shapes(other.tensors.values())


def _shapes(arrays: Iterable[NDArray[np.generic]]) -> list[tuple[int, ...]]:
    return [array.shape for array in arrays]


def _renamed(candidate: _Candidate, other: _Candidate) -> _Candidate:
    values = itertools.chain(candidate.tensors.values())
    return candidate._replace(tensors=dict(zip(other.tensors, values, strict=True)))
