"""Tasks that end in time, too late, or with an error."""

import asyncio
import gc
import logging
import time

import pytest

from bridge.supervision.ending import end, until_one_ends


async def stubborn(ended: list[str], seconds: float) -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.sleep(seconds)
        ended.append("at last")


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.DEBUG, "bridge.supervision.ending")
    return caplog


async def test_a_task_that_takes_too_long_is_logged_and_not_waited_for(log):
    ended: list[str] = []
    task = asyncio.create_task(stubborn(ended, 0.3), name="vmc here")
    await asyncio.sleep(0)
    began = time.monotonic()
    await end([task], 0.05)
    assert time.monotonic() - began < 0.25
    assert "vmc here: still closing" in log.text
    del task
    gc.collect()
    await asyncio.sleep(0.4)
    assert ended == ["at last"]


async def test_what_fails_while_stopping_is_logged(log):
    async def fail() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("no such luck")

    task = asyncio.create_task(fail(), name="vmc here")
    await asyncio.sleep(0)
    await end([task], 1.0)
    assert "vmc here: failed while stopping: OSError('no such luck')" in log.text


async def test_ending_nothing_is_quick_and_quiet(log):
    await end([], 1.0)
    assert not log.records


async def fails(after: float) -> None:
    await asyncio.sleep(after)
    raise ValueError("lost")


async def test_when_one_of_several_fails_the_others_are_cancelled_and_its_error_is_raised():
    ended: list[str] = []
    with pytest.raises(ValueError, match="lost"):
        await until_one_ends(stubborn(ended, 0.0), fails(0.01))
    assert ended == ["at last"]


async def test_when_one_of_several_is_done_the_others_are_cancelled():
    ended: list[str] = []
    await asyncio.wait_for(until_one_ends(asyncio.sleep(0.01), stubborn(ended, 0.0)), 5)
    assert ended == ["at last"]


async def test_a_cancellation_reaches_all_of_several():
    ended: list[str] = []
    task = asyncio.create_task(until_one_ends(stubborn(ended, 0.0), stubborn(ended, 0.0)))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["at last"] * 2
