"""Receives what a running bridge shows, over its HTTP interface."""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
import numpy as np

from bridge.config.address import Address
from bridge.emotion.streams import is_stream_name
from bridge.recording.events import TimedFace
from bridge.supervision.ending import end
from protocols.arkit import BLENDSHAPES
from protocols.face import DecodeError

_LOOK_EVERY = 1.0
"""Seconds between looks for new streams."""
_TIMEOUT = 10.0
_MOST_STREAMS = 200
"""The interface serves 256 connections at a time."""
_LONGEST = 1 << 16
_GOODBYE = 0.5
_AXES = ("valence", "arousal", "dominance")
_ROTATED = ("head", "left_eye", "right_eye")
_TURNS = ("yaw", "pitch", "roll")

OnFace = Callable[[TimedFace], object]


class WebError(OSError):
    """The interface cannot be used; the message says why."""


async def receive(
    place: Address, on_face: OnFace, *, stream: str | None = None, token: str | None = None
) -> None:
    """Receive faces until the bridge stops.

    Args:
        on_face: called with each face that differs from the one before. Its times are those of its
            arrival.
        stream: the only stream to receive; every stream if not given.
        token: what the interface asks for, if it asks for a token.

    Raises:
        WebError: no bridge answers there, or it refuses.
    """
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
    watching: dict[str, asyncio.Task[None]] = {}
    async with aiohttp.ClientSession(
        f"http://{place.place}", headers=headers, timeout=timeout
    ) as session:
        try:
            while (there := await _streams(session, first=not watching)) is not None:
                watching = {name: task for name, task in watching.items() if not task.done()}
                for name in there if stream is None else [stream]:
                    if name not in watching and len(watching) < _MOST_STREAMS:
                        watching[name] = asyncio.create_task(_watch(session, name, on_face))
                await asyncio.sleep(_LOOK_EVERY)
        finally:
            await end([*watching.values()], _GOODBYE)


async def _streams(session: aiohttp.ClientSession, *, first: bool) -> list[str] | None:
    """The names of all streams; None once the bridge has stopped."""
    try:
        async with session.get("/v1/streams") as answer:
            told = await answer.json()
            if answer.status == 503:  # it is starting, or ending
                return []
            if answer.status != 200:
                raise WebError(f"{told['error']}; expected {told['expected']}")
            return [str(each["stream"]) for each in told["streams"] if _is_name(each["stream"])]
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as problem:
        if first:
            raise WebError(f"no bridge answers: {problem}") from None
        return None


def _is_name(name: object) -> bool:
    return isinstance(name, str) and is_stream_name(name)


async def _watch(session: aiohttp.ClientSession, stream: str, on_face: OnFace) -> None:
    """Receive one stream until its connection ends."""
    path = f"/v1/streams/{quote(stream, safe='')}?weights=true"
    number = 0
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with session.ws_connect(path, max_msg_size=_LONGEST, heartbeat=_TIMEOUT) as socket:
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                with contextlib.suppress(DecodeError):
                    on_face(face_of(message.json(), number, time.perf_counter(), time.time()))
                    number += 1


def face_of(event: Mapping[str, Any], number: int, now: float, wall: float) -> TimedFace:
    """The face of one event.

    Raises:
        DecodeError: it is not an event with weights.
    """
    try:
        weights = np.array([event["weights"][name] for name in BLENDSHAPES], np.float32)
        turns = [[event["rotations"][part][turn] for turn in _TURNS] for part in _ROTATED]
        feeling = np.array([event[axis] for axis in _AXES], np.float32)
        rotations = np.array(turns, np.float32) * np.float32(math.pi / 180)
        stream, label = str(event["stream"]), str(event["label"])
    except (KeyError, TypeError, ValueError) as problem:
        raise DecodeError(f"not an event with weights: {problem!r}") from None
    if not (np.isfinite(weights).all() and np.isfinite(rotations).all()):
        raise DecodeError("a number is not finite")
    if not (np.isfinite(feeling).all() and is_stream_name(stream)):
        raise DecodeError("no feeling, or no stream")
    return TimedFace(
        *(now, stream, weights.clip(0.0, 1.0), rotations),
        feeling=feeling,
        frame=number,
        wall=wall,
        label=label,
    )
