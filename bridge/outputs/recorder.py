"""Writes what comes in and what goes out to a file, on a thread of its own.

The frame thread and the sources only append to a queue. The recorder's thread takes what is there
ten times a second, so that it seldom wakes and never keeps the frame thread waiting for long.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import count
from typing import NamedTuple

from bridge import __version__
from bridge.config.recording import RecordSection
from bridge.emotion.mixer import Heard, Mixer
from bridge.emotion.streams import EVERY_STREAM
from bridge.model.identity import Identity, identity
from bridge.outputs.output import Output
from bridge.recording import format as recording
from bridge.recording import live_link_csv
from bridge.recording.events import TimedEnd, TimedFace, TimedUpdate
from bridge.recording.rotating_file import RotatingFile
from bridge.supervision.supervised import Unavailable
from protocols.face import Face

_WRITE_EVERY = 0.1
_FLUSH_EVERY = 0.5
"""Seconds: what a killed bridge may lose."""
_MOST_WAITING = 20_000
"""Faces and updates in the queue, about 10 MB. More are dropped: the disk hangs."""
_CLOSING = 0.5
_LOOK_EVERY = 0.2

DROPPED = "disk too slow"


class _Frame(NamedTuple):
    """The faces of one frame, and how many updates had been seen for it."""

    seen: int
    faces: list[tuple[TimedFace, float]]
    """Each with its time of day."""


class Recorder(Output):
    """An output whose receiver is a file."""

    def __init__(self, section: RecordSection, fps: float, mixer: Mixer | None = None) -> None:
        """Describe a recording.

        Args:
            fps: frames a second of the bridge.
            mixer: where updates come in; without one, only faces are recorded.
        """
        super().__init__(section.name, stream=section.stream, every=section.every)
        self._section, self._mixer = section, mixer
        self._rate = fps / section.every
        self._queue: deque[Heard | _Frame] = deque()
        self._stop = threading.Event()
        self._unwritten: deque[Heard] = deque()
        """Updates that no frame has seen yet."""
        self._wall_offset = 0.0
        self._model: Identity | None = None
        self.problem: BaseException | None = None

    async def run(self, up: Callable[[], None]) -> None:
        """Record until cancelled."""
        file = await self._opened()
        self._queue.clear()
        self._unwritten.clear()
        self._stop, self.problem, self._crash = threading.Event(), None, None
        self._wall_offset = time.time() - time.perf_counter()
        thread = threading.Thread(target=self._work, args=(file,), name=self.name, daemon=True)
        thread.start()
        try:
            with self._hearing():
                self._wanted = True
                up()
                while self.problem is None and self._crash is None:  # noqa: ASYNC110 - by threads
                    await asyncio.sleep(_LOOK_EVERY)
        finally:
            self._wanted = False
            self._stop.set()
            deadline = time.perf_counter() + _CLOSING
            while thread.is_alive() and time.perf_counter() < deadline:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        if self._crash is not None:
            raise self._crash
        if isinstance(self.problem, OSError):
            raise Unavailable(self._cannot_write(self.problem))
        if self.problem is not None:
            raise self.problem

    def show(self, faces: Mapping[str, Face], now: float) -> None:
        self.frames += 1
        if len(self._queue) >= _MOST_WAITING:
            self.errors += 1
            self.trouble = DROPPED
            return
        self.trouble = ""
        seen = 0 if self._mixer is None else self._mixer.seen
        self._queue.append(
            _Frame(
                seen,
                [
                    (
                        TimedFace(
                            *(now, stream, face.weights.copy(), face.rotations.copy()),
                            feeling=face.feeling.copy(),
                            frame=face.frame,
                            wall=face.timestamp,
                        ),
                        face.time_of_day,
                    )
                    for stream, face in faces.items()
                ],
            )
        )

    def _hearing(self) -> AbstractContextManager[None]:
        """Hears every update while it is open. A take has no updates."""
        if self._mixer is None or self._section.suffix == ".csv":
            return nullcontext()
        return self._mixer.tapped(self._hear)

    def _hear(self, heard: Heard) -> None:
        wanted = self._section.stream
        mine = heard.update is None or wanted in (EVERY_STREAM, heard.update.stream)
        if mine and len(self._queue) < _MOST_WAITING:
            self._queue.append(heard)

    async def _opened(self) -> RotatingFile:
        try:
            return await asyncio.to_thread(self._open)
        except OSError as problem:
            raise Unavailable(self._cannot_write(problem)) from None

    def _open(self) -> RotatingFile:
        section = self._section
        if section.suffix == ".csv":
            header = live_link_csv.header_line()
        else:
            with suppress(OSError):  # deleted since the bridge read it
                self._model = identity(section.model)
            header = recording.header_line(f"affect-bridge {__version__}", self._rate, self._model)
        return RotatingFile(
            *(section.file, section.suffix, section.megabytes * 1e6, section.keep, header)
        )

    def _cannot_write(self, problem: OSError) -> str:
        why = (problem.strerror or str(problem)).lower()
        return f"cannot write {str(self._section.file)!r} ({why})"

    def _work(self, file: RotatingFile) -> None:
        """The thread: write what is there, until it is told to stop and nothing is left."""
        try:
            for turn in count(1):
                stopping = self._stop.wait(_WRITE_EVERY)
                if text := "".join(f"{line}\n" for line in self._lines(last=stopping)):
                    file.write(text)
                    self.packets += 1
                    self.bytes = file.bytes
                if stopping:
                    break
                if turn % round(_FLUSH_EVERY / _WRITE_EVERY) == 0:
                    file.flush()
            file.close()
        except BaseException as problem:
            file.give_up()
            self.problem = problem

    def _lines(self, *, last: bool) -> Iterator[str]:
        """The lines of what is in the queue, each update before the first frame that saw it."""
        frames: list[_Frame] = []
        for _ in range(len(self._queue)):
            item = self._queue.popleft()
            if isinstance(item, Heard):
                self._unwritten.append(item)
                continue
            if self._unwritten and self._unwritten[0].number <= item.seen:
                yield from self._face_lines(frames)
                frames = []
                yield from self._update_lines(item.seen)
            frames.append(item)
        yield from self._face_lines(frames)
        if last and self._unwritten:
            yield from self._update_lines(self._unwritten[-1].number)

    def _update_lines(self, seen: int) -> Iterator[str]:
        while self._unwritten and self._unwritten[0].number <= seen:
            heard = self._unwritten.popleft()
            wall = heard.now + self._wall_offset
            if heard.update is None:
                end = TimedEnd(heard.now, heard.source, heard.priority, heard.hold)
                yield recording.end_line(end, wall)
                continue
            timed = TimedUpdate(
                *(heard.now, heard.update, heard.source, heard.sent, heard.priority, heard.hold)
            )
            yield recording.update_line(timed, wall)

    def _face_lines(self, frames: list[_Frame]) -> Iterator[str]:
        faces = [face for frame in frames for face in frame.faces]
        if not faces:
            return
        if self._section.suffix == ".csv":
            yield from live_link_csv.lines(faces, self._rate)
        else:
            yield from recording.face_lines([face for face, _ in faces])
