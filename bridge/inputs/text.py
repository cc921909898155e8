"""Text on standard input, whose feeling is read from its words."""

import asyncio
import codecs
import logging
import sys
import threading
from collections.abc import Callable

from bridge.config.inputs import AnySource
from bridge.config.standard_input import TextSection
from bridge.emotion.cleaning import Transcoder
from bridge.emotion.mixer import Mailbox
from bridge.emotion.words import feeling
from bridge.emotion.words.sentences import Sentence, Sentences
from bridge.emotion.words.update import sentence_update
from bridge.inputs import terminal
from bridge.inputs.stdin_reader import StdinReader

log = logging.getLogger(__name__)

PATIENCE = 0.5
"""Seconds without more text after which a sentence that may end has ended."""

_TYPED = "type a sentence, such as: I am so happy for you!"


class TextInput(StdinReader):
    """Reads text and posts the feeling of each sentence that has one.

    The reader's thread takes text as it comes. The event loop ends a sentence behind which no more
    text comes.
    """

    def __init__(self, name: str, mailbox: Mailbox, section: TextSection) -> None:
        super().__init__(name, mailbox)
        self._stream = section.stream
        self._transcoder = Transcoder()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._sentences = Sentences()
        self._lock = threading.Lock()
        """For the sentences."""
        self._answered = False
        self._pause: asyncio.TimerHandle | None = None

    async def run(self, up: Callable[[], None]) -> None:
        """Read until standard input ends."""
        await asyncio.to_thread(feeling.prepare)
        if sys.stdin is not None and sys.stdin.isatty():
            log.info("%s: %s", self.name, _TYPED)
        try:
            await super().run(up)
        finally:
            if self._pause is not None:
                self._pause.cancel()

    def change(self, section: AnySource) -> None:
        if isinstance(section, TextSection) and section.stream != self._stream:
            self._stream = section.stream
            self.mailbox.withdraw()

    def received(self, data: bytes) -> None:
        text = self._decoder.decode(self._transcoder.feed(data))
        with self._lock:
            complete = self._sentences.feed(text)
        self._on_loop(self._wait_for_more)
        self._take(complete)

    def finish(self) -> None:
        text = self._decoder.decode(self._transcoder.end(), final=True)
        with self._lock:
            complete = self._sentences.feed(text) + self._sentences.flush()
        self._take(complete)

    def _wait_for_more(self) -> None:
        """Give the sentence that is held `PATIENCE` seconds to go on."""
        if self._pause is not None:
            self._pause.cancel()
        self._pause = asyncio.get_running_loop().call_later(PATIENCE, self._end_sentence)

    def _end_sentence(self) -> None:
        if self._lock.acquire(blocking=False):  # if more text comes just now, it goes on
            try:
                complete = self._sentences.pause()
            finally:
                self._lock.release()
            self._take(complete)

    def _take(self, sentences: list[Sentence]) -> None:
        for sentence in sentences:
            self.admit(lambda text=sentence.text: self._read(text))  # type: ignore[misc]

    def _read(self, sentence: str) -> None:
        update = sentence_update(sentence, stream=self._stream)
        if update is not None:
            self.post(update, sentence)
        if not self._typed:
            return
        if update is None:
            log.info("%s: no feeling found in these words; the face does not change", self.name)
            return
        answer = terminal.answer(update, self.mailbox.hold, first=not self._answered)
        log.info("%s: %s", self.name, answer)
        self._answered = True
