"""The text of a chatbot on standard input: its tags are shown, and the rest is passed on."""

import asyncio
import codecs
import logging
import math
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, TextIO

from bridge.config.inputs import AnySource
from bridge.config.standard_input import ChatSection
from bridge.emotion.clean_text import CleanText
from bridge.emotion.message import Message
from bridge.emotion.mixer import Heard, Mailbox
from bridge.emotion.tags import Piece, Tag
from bridge.emotion.update import Update, UpdateError
from bridge.emotion.voice import Voice
from bridge.emotion.words import HOLD, feeling
from bridge.emotion.words.sentences import Sentence
from bridge.emotion.words.untagged import Untagged
from bridge.emotion.words.update import sentence_update
from bridge.inputs.stdin_reader import StdinReader
from bridge.inputs.stdout import Stdout

log = logging.getLogger(__name__)

PATIENCE = 0.5
"""Seconds without more text after which half a tag is text."""

MOST_WAITING = 1000
"""Updates that wait for the voice. When one more comes, the first is shown early."""

MUCH_TEXT = 1000
"""Characters after which text without any tag is worth a line in the log."""

_MOST_REPORTS = 100
_LONGEST_WAIT = 60.0  # seconds; the system cannot wait for infinity
_NO_TAGS = (
    "the text has no tags such as [joy], so the face does not move; instruct the chatbot to "
    "write tags, or use --from stdin:text, which reads feelings from English words"
)
_TYPED = "type text with tags, such as [joy] Hello; the text is printed without the tags"


class _Waiting(NamedTuple):
    """An update that shows when the voice is there."""

    place: int
    update: Update
    text: str


class ChatInput(StdinReader):
    """Reads text, posts the emotions of its tags, and writes the rest to standard output.

    Three threads work on it. The reader's takes text as it comes. The clock's lets go of half a tag
    after `PATIENCE`, and shows what has waited for the voice. Standard output has its own, so that
    a program that does not read stops neither of them. The event loop waits for none of the three.
    """

    def __init__(
        self, name: str, mailbox: Mailbox, section: ChatSection, stdout: TextIO | None
    ) -> None:
        """`stdout`: where the text without its tags goes; None if it goes nowhere."""
        super().__init__(name, mailbox)
        self._section = self._wanted = section
        # Bytes that are not UTF-8 pass through as they are.
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = CleanText(section.tags)
        self._voice = Voice(section.words_a_minute)
        self._untagged = Untagged() if section.untagged == "read" else None
        self._has_tags = False
        """Whether a tag has come, or the log has said that none has."""
        self._waiting: deque[_Waiting] = deque()
        self._latest = -math.inf
        """When text last came."""
        self._lock = threading.Lock()
        """For all of the above. The event loop never takes it."""
        self._reports: deque[int] = deque(maxlen=_MOST_REPORTS)
        self._wake = threading.Event()
        self._none_wait = threading.Event()
        self._stdout = Stdout(name, stdout)

    async def run(self, up: Callable[[], None]) -> None:
        """Read until standard input ends and the voice has reached the last tag."""
        if sys.stdin is not None and sys.stdin.isatty():
            log.info("%s: %s", self.name, _TYPED)
        if self._untagged:
            await asyncio.to_thread(feeling.prepare)
        closing = threading.Event()
        threading.Thread(
            target=self._keep_time, args=(closing,), name="chat clock", daemon=True
        ).start()
        try:
            with self.mailbox.tapped(self._hear):
                await super().run(up)
        finally:
            closing.set()
            self._wake.set()

    def change(self, section: AnySource) -> None:
        if isinstance(section, ChatSection):
            self._wanted = section
            self._wake.set()

    def _hear(self, heard: Heard) -> None:
        """Note how far a speaker says it is. Called on any thread."""
        update = heard.update
        if update is None or update.cues is None or update.cues.spoken is None:
            return
        if update.stream == self._wanted.stream:
            self._reports.append(update.cues.spoken)
            self._wake.set()

    # On the reader's thread

    def received(self, data: bytes) -> None:
        text = self._decoder.decode(data)
        with self._lock:
            now = self._latest = time.perf_counter()
            self._take(self._text.feed(text), now)
            timed = self._is_undecided or bool(self._waiting)
        if timed:
            self._wake.set()
        self._stdout.wait_for_room()

    def finish(self) -> None:
        text = self._decoder.decode(b"", final=True)
        with self._lock:
            now = time.perf_counter()
            self._take(self._text.feed(text) + self._text.flush(), now)
            if self._untagged:
                self._read(self._untagged.flush(), now)
            self._note_missing_tags(enough=1)
            self._note_waiting()
        self._wake.set()
        self._stdout.finish()
        self._none_wait.wait()

    # On the clock's thread

    def _keep_time(self, closing: threading.Event) -> None:
        while not closing.is_set():
            with self._lock:
                now = time.perf_counter()
                due = self._catch_up(now)
            self._wake.wait(min(due - now, _LONGEST_WAIT))
            self._wake.clear()
        with self._lock:
            self._take(self._text.flush(), time.perf_counter())

    def _catch_up(self, now: float) -> float:
        """Do what is due; returns when the next is."""
        if self._wanted is not self._section:
            if self._wanted.stream != self._section.stream:
                self.mailbox.withdraw()
            self._section = self._wanted
            self._text.choose(self._section.tags)
            self._voice.speak_at(self._section.words_a_minute, now)
            if (self._section.untagged == "read") != (self._untagged is not None):
                self._untagged = None if self._untagged else Untagged(self._voice.written)
        while self._reports:
            self._voice.report(self._reports.popleft(), now)
        if self._is_undecided and now >= self._latest + PATIENCE:
            self._take(self._text.flush(), now)
            if self._untagged:
                self._read(self._untagged.pause(), now)
        while self._waiting and self._is_due(self._waiting[0], now):
            self._show(self._waiting.popleft())
        self._note_waiting()
        return min(
            self._latest + PATIENCE if self._is_undecided else math.inf,
            self._voice.reaches(self._waiting[0].place) if self._waiting else math.inf,
        )

    @property
    def _is_undecided(self) -> bool:
        """Whether half a tag or a sentence is held, which ends if no more text comes."""
        may_end = self._untagged is not None and self._untagged.may_end
        return may_end or bool(self._text.held)

    def _is_due(self, waiting: _Waiting, now: float) -> bool:
        return self._section.pace == "text" or self._voice.reaches(waiting.place) <= now

    # On both

    def _take(self, pieces: list[Piece], now: float) -> None:
        """Clean text and tags, in the order in which they were written."""
        for piece in pieces:
            if isinstance(piece, Tag):
                self._feel(piece, now)
            else:
                self._stdout.write(piece.encode("utf-8", "surrogateescape"))
                self._voice.wrote(piece, now)
                if self._untagged:
                    self._read(self._untagged.feed(piece), now)
                self._note_missing_tags(enough=MUCH_TEXT)

    def _note_missing_tags(self, enough: int) -> None:
        """Log once that the text has no tags, when it has `enough` characters."""
        if not self._has_tags and self._untagged is None and self._voice.written >= enough:
            self._has_tags = True
            self.complaints.note("no tags", _NO_TAGS)

    def _feel(self, tag: Tag, now: float) -> None:
        if not tag.scores:
            return
        self._has_tags = True
        if self._untagged:
            self._read(self._untagged.tag(), now)
        try:
            update = Message(scores=tag.scores).update()
        except UpdateError as problem:
            self.complaints.refuse(problem, tag.text)
            return
        self._show_in_time(_Waiting(self._voice.end_of_words, update, tag.text), now)

    def _read(self, sentences: list[Sentence], now: float) -> None:
        """Show the feelings of sentences without a tag."""
        for sentence in sentences:
            hold = min(HOLD, self._section.hold_seconds)
            if update := sentence_update(sentence.text, hold=hold):
                self._show_in_time(_Waiting(sentence.after, update, sentence.text), now)

    def _show_in_time(self, waiting: _Waiting, now: float) -> None:
        """Show an update that belongs to what is written next: at once, or when it is spoken."""
        if not self._waiting and self._is_due(waiting, now):
            self._show(waiting)
            return
        if len(self._waiting) >= MOST_WAITING:
            self._show(self._waiting.popleft())
        self._waiting.append(waiting)

    def _show(self, waiting: _Waiting) -> None:
        update = waiting.update._replace(stream=self._section.stream)
        self.admit(lambda: self.post(update, waiting.text))

    def _note_waiting(self) -> None:
        if self._waiting:
            self._none_wait.clear()
        else:
            self._none_wait.set()
