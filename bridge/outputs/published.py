"""Whole faces for a server that may be slow, or away for a while."""

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import Coroutine, Mapping
from typing import Any, Generic, TypeVar

from bridge.outputs.latest import LatestFaces
from bridge.supervision.ending import until_one_ends
from bridge.supervision.supervised import Unavailable
from protocols.face import Face

PUBLISH_TIMEOUT = 5.0
"""Seconds for one frame, after which the connection is closed and opened again."""

_SLOW = 1.0
"""Seconds for one frame, after which the output counts as slow."""

_LOOK_EVERY = 1.0
_LAST_FACE_TIMEOUT = 0.2

Client = TypeVar("Client")


class PublishedFaces(LatestFaces, Generic[Client]):
    """Publishes the newest faces over a connection. A frame is published once the one before it has
    left."""

    @abstractmethod
    async def publish(self, client: Client, faces: Mapping[str, Face]) -> None:
        """Publish each face. Returns once all have left, so that none queue here."""

    @abstractmethod
    def stuck(self) -> str:
        """What to say of a server that takes nothing more."""

    async def publish_until(self, lost: Coroutine[Any, Any, None], client: Client) -> None:
        """Publish until cancelled, then the last faces.

        Args:
            lost: waits for the end of the connection, which is noticed also while there is nothing
                to publish. Raises what ended it.

        Raises:
            Unavailable: the server takes nothing more.
        """
        self.open()
        try:
            await until_one_ends(lost, self._publish_newest(client))
        except asyncio.CancelledError:
            if self._arrived.is_set():
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(_LAST_FACE_TIMEOUT):
                        await self.publish(client, await self.next())
            raise
        finally:
            self.close()

    async def _publish_newest(self, client: Client) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            faces: Mapping[str, Face] = {}
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY):
                    faces = await self.next()
            if self._crash is not None:
                raise self._crash
            began = clock()
            try:
                async with asyncio.timeout(PUBLISH_TIMEOUT):
                    await self.publish(client, faces)
            except TimeoutError:
                self.errors += 1
                raise Unavailable(f"{self.stuck()} for {PUBLISH_TIMEOUT:.0f} s") from None
            self.trouble = "slow" if clock() - began > _SLOW else ""
