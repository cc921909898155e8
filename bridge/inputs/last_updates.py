"""The last update of each stream of an input, kept in a bucket for the bridge that comes after."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bridge.config.nats_input import NatsInputSection
from bridge.config.subject_filter import stored_key
from bridge.emotion.update import Update
from bridge.inputs.kept_update import kept, restored
from bridge.supervision.complaints import Complaints

if TYPE_CHECKING:
    from bridge.nats.bucket import Bucket, Entry
    from bridge.nats.connection import Connection

WRITE_EVERY = 1.0
"""Seconds. Of each stream at most one update in this time is written: the latest."""

_TRY_AGAIN = 5.0
_GOODBYE = 0.5
"""Seconds that the end of the bridge waits for the last values to be written."""
_MOST_STREAMS = 20_000


class LastUpdates:
    """Restores what another bridge kept, once, and keeps what comes after."""

    def __init__(
        self,
        settings: NatsInputSection,
        post: Callable[[str, Callable[[float | None], Update | None]], object],
        complaints: Complaints,
    ) -> None:
        """Prepare the keeping.

        Args:
            post: takes a stream and what makes its update from a fade.
        """
        self._name, self._replicas = settings.bucket or "", settings.replicas
        self._subjects, self._assigned = settings.subjects, settings.assigned
        self._post, self._complaints = post, complaints
        self._waiting: dict[str, bytes] = {}
        """By key. The next round writes them."""
        self._arrived = asyncio.Event()
        self._newer: set[str] | None = set()
        """The keys of updates that came before the old ones were restored; None after that."""

    def keep(self, update: Update, subject: str, hold: float) -> None:
        """Keep an update that was posted.

        Args:
            subject: where it came from.
            hold: seconds until an update without a hold expires.
        """
        partition = self._subjects.partition_of(subject)
        value = kept(update, hold, time.time())
        if value is None or partition is None:
            return
        key = f"{partition}.{stored_key(update.stream)}"
        if self._newer is not None and len(self._newer) < _MOST_STREAMS:
            self._newer.add(key)
        if key in self._waiting or len(self._waiting) < _MOST_STREAMS:
            self._waiting[key] = value
            self._arrived.set()

    async def run(self, connection: "Connection") -> None:
        """Restore and keep until cancelled, and then write what waits."""
        bucket = await self._open(connection)
        try:
            while True:
                if self._newer is not None and not await self._restore(bucket):
                    await asyncio.sleep(_TRY_AGAIN)
                    continue
                await self._arrived.wait()
                self._arrived.clear()
                await self._write(bucket)
                await asyncio.sleep(WRITE_EVERY)
        except asyncio.CancelledError:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GOODBYE):
                    await self._write(bucket)
            raise

    async def _open(self, connection: "Connection") -> "Bucket":
        from bridge.nats.bucket import Bucket, NoBucket  # noqa: PLC0415 - needs nats-py

        while True:
            try:
                return await Bucket.open(connection, self._name, self._replicas)
            except NoBucket as problem:
                self._cannot(problem)
                await asyncio.sleep(_TRY_AGAIN)

    async def _restore(self, bucket: "Bucket") -> bool:
        from bridge.nats.bucket import NoBucket  # noqa: PLC0415 - needs nats-py

        patterns = [f"{number}.*" for number in self._assigned] or ["*.*"]
        if not self._subjects.has_partitions:
            patterns = ["all.*"]
        count = 0
        try:
            for pattern in patterns:
                async for entry in bucket.entries(pattern):
                    count += self._restore_one(entry)
        except NoBucket as problem:
            self._cannot(problem)
            return False
        self._newer = None
        if count:
            self._complaints.note("restored", f"{count} streams go on from their last update")
        return True

    def _restore_one(self, entry: "Entry") -> bool:
        if self._newer is None or entry.key in self._newer:
            return False
        name = unquote(entry.key.partition(".")[2].replace("=", "%"), errors="replace")
        return bool(
            self._post(name, lambda fade: restored(entry.value, name, time.time(), fade=fade))
        )

    async def _write(self, bucket: "Bucket") -> None:
        from bridge.nats.bucket import Entry  # noqa: PLC0415 - needs nats-py

        taken, self._waiting = self._waiting, {}
        failed = await bucket.write([Entry(key, value) for key, value in taken.items()])
        if failed:
            self._complaints.note(
                "not_kept", f"the bucket {self._name} takes no updates now; trying again"
            )
            self._waiting = dict(failed) | self._waiting  # what came since is newer
            self._arrived.set()

    def _cannot(self, problem: Exception) -> None:
        self._complaints.note(
            "bucket",
            f"the bucket {self._name} cannot be used: {problem}; going on without it, so that "
            "faces are neutral after a restart until their next update",
        )
