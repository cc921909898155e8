"""Ends tasks: within a time limit, or once one of them has ended."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any

log = logging.getLogger(__name__)

STOPPING_TIMEOUT = 0.6
"""Seconds that a part may take to close."""

_late: set["asyncio.Task[Any] | asyncio.Future[Any]"] = set()
"""Tasks that have not ended in time. The event loop alone would not keep them."""


async def end(tasks: Sequence["asyncio.Task[Any] | asyncio.Future[Any]"], within: float) -> None:
    """Cancel tasks and wait at most `within` seconds for them. Logs those that failed, and those
    that are still closing; they are not waited for."""
    for task in tasks:
        task.cancel()
    if not tasks:
        return
    done, pending = await asyncio.wait(tasks, timeout=within)
    for task in done:
        _log_failure(task)
    for task in pending:
        if within > 0:
            log.warning("%s: still closing after %.1f s; not waiting for it", _name(task), within)
        _late.add(task)
        task.add_done_callback(_late.discard)
        task.add_done_callback(_log_failure)


async def until_one_ends(*parts: Coroutine[Any, Any, None]) -> None:
    """Do several things at once until one of them ends, then cancel the others.

    Raises:
        Exception: what those that ended by themselves raised.
    """
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _log_failure(task: "asyncio.Task[Any] | asyncio.Future[Any]") -> None:
    if not task.cancelled() and (problem := task.exception()):
        log.error("%s: failed while stopping: %r", _name(task), problem)


def _name(task: "asyncio.Task[Any] | asyncio.Future[Any]") -> str:
    return task.get_name() if isinstance(task, asyncio.Task) else "a wait"
