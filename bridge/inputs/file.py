"""A file as an input: a recording, a table or a take, played in time."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence

from bridge.config.inputs import FileSection
from bridge.emotion.mixer import Mailbox
from bridge.emotion.update import Update, UpdateError, point_update
from bridge.face.played import PlayedFaces
from bridge.inputs.source import Source
from bridge.recording.contents import Contents, read_file
from bridge.recording.events import Event, TimedEnd, TimedFace, TimedUpdate, skipped_in_words
from bridge.recording.text_file import FileError
from bridge.supervision.supervised import Unavailable

log = logging.getLogger(__name__)

_LAST_HOLD = 1.0
"""Seconds from the end of the file until updates expire that would hold for ever."""
_FACE_HOLD = 1.0
"""Seconds that the feeling of a recorded face holds; the next face comes before."""
_LOOP_PAUSE = 1 / 60
_LONGEST_NAP = 0.5  # seconds, so that the position is never far behind


class FileInput(Source):
    """Plays a file, once or again and again."""

    def __init__(self, section: FileSection, mailbox: Mailbox, faces: PlayedFaces) -> None:
        super().__init__(section.name, mailbox)
        self._section, self._faces = section, faces
        self._mailboxes: dict[tuple[str, int], Mailbox] = {}
        self.position = 0.0
        """Seconds of the file that have been played."""
        self.length = 0.0
        """Seconds that the file lasts; 0 before it is read."""
        self.loops = section.loop

    @property
    def progress(self) -> str:
        """`show.jsonl.gz 0:12 of 3:20 (6 %)`; empty before the file is read."""
        if not self.length:
            return ""
        percent = round(100 * self.position / self.length)
        at, end = _clock(self.position), _clock(self.length)
        return f"{self._section.path.name} {at} of {end} ({percent} %)"

    async def run(self, up: Callable[[], None]) -> None:
        """Play until the file ends and its last update has expired; a loop has no end."""
        contents = await asyncio.to_thread(self._read)
        for remark in skipped_in_words(contents.skipped, self._section.path):
            log.warning("%s", remark)
        events = contents.events
        self.length = events[-1].time - events[0].time
        up()
        try:
            await self._play(events)
            while self._section.loop:
                await asyncio.sleep(_LOOP_PAUSE)
                await self._play(events)
            await self._let_end()
        finally:
            for mailbox in self._mailboxes.values():
                mailbox.withdraw()
            self._mailboxes.clear()

    def _read(self) -> Contents:
        try:
            contents = read_file(self._section)
        except FileError as problem:
            raise Unavailable(str(problem), hopeless=True) from None
        return contents

    async def _play(self, events: Sequence[Event]) -> None:
        start, first, speed = time.perf_counter(), events[0].time, self._section.speed
        due = 0
        while due < len(events):
            self.position = (time.perf_counter() - start) * speed
            until = due
            while until < len(events) and events[until].time - first <= self.position:
                until += 1
            self._post_all(events[due:until])
            due = until
            if due < len(events):
                wait = (events[due].time - first) / speed - (time.perf_counter() - start)
                await asyncio.sleep(min(max(wait, 0.0), _LONGEST_NAP))
        self.position = self.length

    def _post_all(self, events: Sequence[Event]) -> None:
        """Post what is due: every update, and of faces the latest for each stream."""
        faces: dict[str, TimedFace] = {}
        for event in events:
            if isinstance(event, TimedUpdate):
                self._post_update(event)
            elif isinstance(event, TimedEnd):
                self._mailbox(event).let_end(event.hold / self._section.speed)
            else:
                faces[event.stream] = event
        for face in faces.values():
            self._post_face(face)

    def _post_update(self, timed: TimedUpdate) -> None:
        update, speed = timed.update, self._section.speed
        if update.hold is not None:
            update = update._replace(hold=update.hold / speed)
        if update.fade is not None:
            update = update._replace(fade=update.fade / speed)
        self._post_to(self._mailbox(timed), update, timed.sent)

    def _post_face(self, face: TimedFace) -> None:
        feeling = (0.0, 0.0, 0.0) if face.feeling is None else face.feeling.tolist()
        update = point_update(*feeling, stream=face.stream, hold=_FACE_HOLD, fade=0.0)
        if self._post_to(self.mailbox, update, ""):
            self._faces.post(face.stream, face.weights, face.rotations)

    def _post_to(self, mailbox: Mailbox, update: Update, text: str) -> bool:
        try:
            mailbox.post(update, text)
        except UpdateError as problem:
            self.complaints.refuse(problem, text)
            return False
        if mailbox is not self.mailbox:
            self.mailbox.updates += 1
        return True

    def _mailbox(self, timed: TimedUpdate | TimedEnd) -> Mailbox:
        """Updates of different inputs and priorities compete again as they did."""
        if timed.priority == 0 and timed.source in ("", self._section.path.name):
            return self.mailbox
        key = timed.source, timed.priority
        if key not in self._mailboxes:
            hold = self.mailbox.hold
            if isinstance(timed, TimedUpdate):
                hold = min(hold, timed.default_hold / self._section.speed)
            self._mailboxes[key] = self.mailbox.beside(timed.source, timed.priority, hold)
        return self._mailboxes[key]

    async def _let_end(self) -> None:
        mailboxes = (self.mailbox, *self._mailboxes.values())
        last = max(mailbox.let_end(_LAST_HOLD) for mailbox in mailboxes)
        if math.isfinite(last):
            await asyncio.sleep(max(0.0, last - time.perf_counter()))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
