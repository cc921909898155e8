"""A key-value bucket of JetStream. What is written to a key replaces what was there."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

from nats.js import errors as jetstream_errors
from nats.js.errors import BucketNotFoundError

from bridge.nats.connection import FAILURES, Connection

KEPT_FOR = 86_400
"""Seconds that a bucket made here keeps a value."""
LARGEST_VALUE = 4096
"""Bytes."""

_ANSWER_TIMEOUT = 5.0
_AT_ONCE = 64
"""Writes that wait for their answer at a time."""


class NoBucket(Exception):
    """The bucket cannot be used now; the message says why."""


class Entry(NamedTuple):
    """A key and its value."""

    key: str
    value: bytes


class Bucket:
    """An open bucket, for as long as its connection lives."""

    def __init__(self, values: Any) -> None:
        """`values`: nats-py's object."""
        self._values = values

    @classmethod
    async def open(cls, connection: Connection, name: str, replicas: int) -> "Bucket":
        """Open a bucket. It is made if it does not exist.

        Args:
            replicas: how many servers of the cluster keep a bucket that is made.

        Raises:
            NoBucket: the server has no JetStream, or refuses.
        """
        jetstream = connection.jetstream(timeout=_ANSWER_TIMEOUT)
        try:
            try:
                return cls(await jetstream.key_value(name))
            except BucketNotFoundError:
                made = await jetstream.create_key_value(
                    bucket=name,
                    description="the last update of each stream of affect-bridge",
                    history=1,
                    ttl=KEPT_FOR,
                    max_value_size=LARGEST_VALUE,
                    replicas=replicas,
                )
                return cls(made)
        except FAILURES as problem:
            raise NoBucket(_why(problem)) from problem

    async def entries(self, pattern: str) -> AsyncIterator[Entry]:
        """What is in it now under the keys that match; `*` is one token of a key.

        Raises:
            NoBucket: the server does not answer.
        """
        try:
            watcher = await self._values.watch(pattern, ignore_deletes=True)
            try:
                while (entry := await watcher.updates(_ANSWER_TIMEOUT)) is not None:
                    if entry.value and len(entry.value) <= LARGEST_VALUE:
                        yield Entry(entry.key, entry.value)
            finally:
                await watcher.stop()
        except FAILURES as problem:
            raise NoBucket(_why(problem)) from problem

    async def write(self, entries: Sequence[Entry]) -> list[Entry]:
        """Write values. Returns those that the server did not take."""
        failed: list[Entry] = []
        for start in range(0, len(entries), _AT_ONCE):
            some = entries[start : start + _AT_ONCE]
            answers = await asyncio.gather(
                *(self._values.put(entry.key, entry.value) for entry in some),
                return_exceptions=True,
            )
            for entry, answer in zip(some, answers, strict=True):
                if isinstance(answer, FAILURES):
                    failed.append(entry)
                elif isinstance(answer, BaseException):
                    raise answer
            if failed:  # the server is away; do not wait for the rest one after the other
                failed += entries[start + _AT_ONCE :]
                break
        return failed


def _why(problem: BaseException) -> str:
    if isinstance(problem, jetstream_errors.ServiceUnavailableError):
        return "the server has no JetStream"
    if isinstance(problem, jetstream_errors.APIError) and problem.description:
        return str(problem.description)
    if isinstance(problem, TimeoutError):
        return "no answer"
    return str(problem).removeprefix("nats: ") or type(problem).__name__
