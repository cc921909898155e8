"""Reads the configuration again while the bridge runs: on request, or when the file changes."""

import asyncio
import logging
import stat
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bridge.config.reading import ConfigError
from bridge.config.settings import Settings
from bridge.model.layers import CheckpointError
from bridge.supervision.running import Change

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between checks of the file. A changed file is read once it is the same in two checks, so
that a half-written one is not."""

_LONGEST_VALUE = 200

Prepare = Callable[[Settings], Awaitable[Change]]
"""Makes ready to change to other settings. If this raises, nothing has changed."""


class Reload:
    """Reads the configuration file again and applies what differs. A file with mistakes is logged
    and changes nothing."""

    def __init__(self, path: Path, read: Callable[[], Settings], settings: Settings) -> None:
        """`read` reads `path` again. `settings`: the settings that are in force now."""
        self.settings = settings
        self._path, self._read = path, read
        self._asked = asyncio.Event()
        self._applied = _stamp(path)

    def ask(self) -> None:
        """Read the file again, changed or not. Call this on the event loop."""
        self._asked.set()

    async def run(self, prepare: Prepare) -> None:
        """Reload on request and on changes, until cancelled."""
        seen = self._applied
        while True:
            # Each look at the file costs a thread; without `watch` it needs none.
            asked = await self._asked_within(LOOK_EVERY if self.settings.watch else None)
            before, seen = seen, await asyncio.to_thread(_stamp, self._path)
            if asked or (seen != self._applied and seen == before):
                self._applied = seen
                await self._reload(prepare)

    async def _asked_within(self, seconds: float | None) -> bool:
        try:
            await asyncio.wait_for(self._asked.wait(), seconds)
        except TimeoutError:
            return False
        self._asked.clear()
        return True

    async def _reload(self, prepare: Prepare) -> None:
        # At the start an empty file means every default. Here it is more likely a full disk.
        if self._applied is not None and self._applied.is_empty:
            log.error("not reloaded, nothing changed: %s is empty", self._path)
            return
        try:
            settings = await asyncio.to_thread(self._read)
            change = await prepare(settings)
        except (ConfigError, CheckpointError) as mistakes:
            for mistake in str(mistakes).splitlines():
                log.error("not reloaded, nothing changed: %s", mistake)  # noqa: TRY400
            return
        except Exception:
            log.exception("not reloaded, nothing changed. This is a bug, please report it:")
            return
        found = differences(self.settings, settings)
        for difference in found:
            log.info("reload: %s", difference)
        if not found:
            log.info("reload: %s has not changed; restarting failed parts only", self._path)
        self.settings = settings
        try:
            await change()
        except Exception:
            log.exception(
                "the reload failed part-way; frames continue. Restart to apply the file. "
                "This is a bug, please report it:"
            )


class _Stamp(NamedTuple):
    inode: int
    modified: int
    size: int
    is_file: bool

    @property
    def is_empty(self) -> bool:
        return self.is_file and self.size == 0


def _stamp(path: Path) -> _Stamp | None:
    """A value that changes when the file does; None if there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    is_file = stat.S_ISREG(found.st_mode)
    return _Stamp(found.st_ino, found.st_mtime_ns, found.st_size, is_file)


def differences(before: Settings, after: Settings) -> list[str]:
    """Each key whose value changed, as `fps: 60.0 → 30.0`."""
    old, new = _leaves(before), _leaves(after)
    return [
        f"{key}: {_shown(old, key)} → {_shown(new, key)}"
        for key in dict.fromkeys([*old, *new])
        if old.get(key, _NOTHING) != new.get(key, _NOTHING)
    ]


_NOTHING = object()


def _shown(values: Mapping[str, Any], key: str) -> str:
    text = str(values[key]) if key in values else "(none)"
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"


def _leaves(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def walk(value: Any, key: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, f"{key}.{name}" if key else name)
        elif isinstance(value, list):
            for place, inner in enumerate(value, start=1):  # from 1, as in error messages
                walk(inner, f"{key}[{place}]")
        else:
            found[key] = value

    walk(settings.model_dump(mode="json", by_alias=True), "")
    return found
