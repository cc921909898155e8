"""Ending tasks: all at once, within bounds, and with what failed told."""

import asyncio
import logging

import pytest

from bridge.supervision.ending import end


async def test_tasks_are_cancelled_all_at_once_and_waited_for():
    closed = []

    async def part(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            closed.append(name)

    tasks = [asyncio.create_task(part(name)) for name in "ab"]
    await asyncio.sleep(0)
    await end(tasks, 5.0)
    assert sorted(closed) == ["a", "b"]


async def test_a_task_that_does_not_end_is_left_after_the_time_allowed():
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(60)

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await end([task], 0.01)
    assert not task.done()
    task.cancel()


async def test_a_failure_while_stopping_is_logged_with_the_name_of_the_task(
    caplog: pytest.LogCaptureFixture,
):
    async def failing() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ZeroDivisionError

    task = asyncio.create_task(failing(), name="osc 127.0.0.1:9130")
    await asyncio.sleep(0)
    with caplog.at_level(logging.ERROR):
        await end([task], 5.0)
    [record] = caplog.records
    assert "osc 127.0.0.1:9130" in record.getMessage()
    assert "ZeroDivisionError" in record.getMessage()


async def test_no_tasks_are_ended_at_once():
    await end([], 5.0)
