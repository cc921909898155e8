"""Tables on disk, by the network that they were made from, so that a start need not make one.

A file has a digest of what follows, then plain numbers. A file that is damaged, cut short or from
another version is made again.
"""

import contextlib
import hashlib
import logging
import os
import tempfile
from pathlib import Path

import numpy as np

from bridge.model.baking import Error, bake, error
from bridge.model.engine import Engine
from bridge.model.table import SIDE, Baked, Table
from bridge.secrets.state_directory import state_directory
from protocols.arkit import BLENDSHAPES

log = logging.getLogger(__name__)

_VERSION = "1"
"""Raised whenever a table of the same network would be another one."""
_MOST_KEPT = 4
"""Files, about 9 MB each. The ones used least recently are removed."""
_SUFFIX = ".table"
_DIGEST = 32
_OUTPUTS = len(BLENDSHAPES)
_FACTS = np.dtype(
    [
        ("largest_error", "<f8"),
        ("usual_error", "<f8"),
        ("scale", "<f8"),
        ("neutral", "<f4", (_OUTPUTS,)),
        ("varies", "?", (_OUTPUTS,)),
    ]
)


def table_directory() -> Path:
    """Where tables are kept."""
    return state_directory() / "tables"


def table_of(network: Engine, folder: Path | None = None, *, make: bool = True) -> Table | None:
    """The table of a network, from its file or else made now, which takes about a second.

    Args:
        folder: where it is kept; `table_directory()` if not given.
        make: make it if there is no file.

    Returns:
        None if there is none, or if the two differ too much. The log says so.
    """
    folder = table_directory() if folder is None else folder
    path = folder / f"{network.digest()[:32]}-{_VERSION}{_SUFFIX}"
    kept = _read(path)
    if kept is None and not make:
        return None
    baked, found = kept or _made(network, path)
    if found.is_small:
        return Table(baked)
    log.info(
        "engine: the network serves; the table differs from it by up to %.1f/255, and by %.1f/255 "
        "at 99.9 %% of the points (at most 4/255 and 2/255 are allowed)",
        255 * found.largest,
        255 * found.usual,
    )
    return None


def _made(network: Engine, path: Path) -> tuple[Baked, Error]:
    network = network.twin()  # the frame thread uses the network meanwhile
    baked = bake(network)
    found = error(baked, network)
    try:
        _keep(path, baked, found)
    except OSError as problem:
        log.debug("table not kept in %s: %s", path, problem)
    return baked, found


def _read(path: Path) -> tuple[Baked, Error] | None:
    """What is in a file, if all of it is there as it was written."""
    try:
        if path.stat().st_size > _DIGEST + _FACTS.itemsize + 2 * SIDE**3 * _OUTPUTS:
            return None
        content = path.read_bytes()
        path.touch()  # used most recently
    except OSError:
        return None
    rest = memoryview(content)[_DIGEST:]
    if len(rest) < _FACTS.itemsize or content[:_DIGEST] != hashlib.sha256(rest).digest():
        return None
    [facts] = np.frombuffer(rest, _FACTS, count=1)
    varying = np.flatnonzero(facts["varies"])
    values = np.frombuffer(rest, "<i2", offset=_FACTS.itemsize)
    if values.size != SIDE**3 * len(varying):
        return None
    values = values.reshape(SIDE, SIDE, SIDE, len(varying))
    baked = Baked(values, float(facts["scale"]), facts["neutral"].copy(), varying)
    return baked, Error(float(facts["largest_error"]), float(facts["usual_error"]))


def _keep(path: Path, baked: Baked, found: Error) -> None:
    """Write a table so that a reader finds all of it or nothing."""
    facts = np.zeros((), _FACTS)
    facts["largest_error"], facts["usual_error"] = found
    facts["scale"], facts["neutral"] = baked.scale, baked.neutral
    facts["varies"][baked.varying] = True
    parts = (facts.tobytes(), baked.values.astype("<i2", copy=False).tobytes())
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened, name = tempfile.mkstemp(prefix=".", suffix=_SUFFIX, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(opened, "wb") as file:
            for part in (digest.digest(), *parts):
                file.write(part)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _remove_old(path.parent)


def _remove_old(folder: Path) -> None:
    """Also what a killed process left."""

    def used(path: Path) -> float:
        try:
            return path.stat().st_mtime
        except OSError:  # another process removed it
            return 0.0

    for path in sorted(folder.glob(f"*{_SUFFIX}"), key=used, reverse=True)[_MOST_KEPT:]:
        with contextlib.suppress(OSError):
            path.unlink()
