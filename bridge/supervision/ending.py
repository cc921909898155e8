"""Ends tasks within a time limit."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

log = logging.getLogger(__name__)

STOPPING_TIMEOUT = 0.6
"""Seconds that a part may take to close."""


async def end(tasks: Sequence["asyncio.Task[Any] | asyncio.Future[Any]"], within: float) -> None:
    """Cancel tasks, wait at most `within` seconds for them, and log those that failed."""
    for task in tasks:
        task.cancel()
    if not tasks:
        return
    done, _ = await asyncio.wait(tasks, timeout=within)
    for task in done:
        if not task.cancelled() and (problem := task.exception()):
            name = task.get_name() if isinstance(task, asyncio.Task) else "a wait"
            log.error("%s: failed while stopping: %r", name, problem)
