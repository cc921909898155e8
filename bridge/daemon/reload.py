"""Reading the configuration again while frames go on: when asked, or when the file changes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from bridge.config.reading import ConfigError
from bridge.config.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between looks at the file. A change counts once the file has stayed the same between
two looks, so that one that is still being written is not read."""

_LONGEST_VALUE = 200

Apply = Callable[[Settings], Awaitable[None]]


class Reload:
    """Reads a file of settings again and has what differs applied. A file with mistakes changes
    nothing but the log."""

    def __init__(self, path: Path, read: Callable[[], Settings], settings: Settings) -> None:
        """`read` reads `path` again, as it was read for `settings`, which are in force."""
        self.settings = settings
        self._path, self._read = path, read
        self._asked = asyncio.Event()
        self._applied = _stamp(path)

    def ask(self) -> None:
        """Have the file read again, whether it changed or not. Called on the event loop."""
        self._asked.set()

    async def run(self, apply: Apply) -> None:
        """Reload whenever it is time to, until cancelled."""
        seen = self._applied
        while True:
            asked = await self._asked_within(LOOK_EVERY)
            before, seen = seen, await asyncio.to_thread(_stamp, self._path)
            changed = self.settings.watch and seen != self._applied and seen == before
            if asked or changed:
                self._applied = seen
                await self._reload(apply)

    async def _asked_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._asked.wait(), seconds)
        except TimeoutError:
            return False
        self._asked.clear()
        return True

    async def _reload(self, apply: Apply) -> None:
        try:
            settings = await asyncio.to_thread(self._read)
        except ConfigError as mistakes:
            for mistake in str(mistakes).splitlines():
                log.error("not reloaded, everything stays as it is: %s", mistake)  # noqa: TRY400
            return
        changes = differences(self.settings, settings)
        for change in changes:
            log.info("reload: %s", change)
        if not changes:
            log.info(
                "reload: nothing has changed in %s; what has failed is tried again", self._path
            )
        self.settings = settings
        try:
            await apply(settings)
        except Exception:
            log.exception("the reload failed half-way; frames go on, a restart puts it right")


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file does; None while there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def differences(before: Settings, after: Settings) -> list[str]:
    """Each key whose value changed, in words: `fps: 60.0 → 30.0`."""
    old, new = _leaves(before), _leaves(after)
    return [
        f"{key}: {_shown(old, key)} → {_shown(new, key)}"
        for key in dict.fromkeys([*old, *new])
        if old.get(key, _NOTHING) != new.get(key, _NOTHING)
    ]


_NOTHING = object()


def _shown(values: Mapping[str, Any], key: str) -> str:
    text = str(values[key]) if key in values else "(not there)"
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"


def _leaves(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def walk(value: Any, key: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, f"{key}.{name}" if key else name)
        elif isinstance(value, list):
            for place, inner in enumerate(value, start=1):  # counted as mistakes are
                walk(inner, f"{key}[{place}]")
        else:
            found[key] = value

    walk(settings.model_dump(mode="json", by_alias=True), "")
    return found
