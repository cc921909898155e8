"""A chatbot's text through real pipes: what is felt, and what is passed on."""

import asyncio
import itertools
import logging
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, BinaryIO, TextIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.config.standard_input import ChatSection
from bridge.emotion.cues import Cues
from bridge.emotion.mixer import Mixer
from bridge.emotion.names import emotion_to_vad
from bridge.emotion.points import NEUTRAL, Vad
from bridge.emotion.update import Update, named_update
from bridge.emotion.words import HOLD
from bridge.emotion.words.feeling import feeling
from bridge.inputs import chat
from bridge.inputs.chat import ChatInput
from bridge.inputs.source import Source
from tests.bridge.emotion.test_clean_text import FIXTURES, text_of
from tests.bridge.emotion.test_clean_text import read as cleaned

Targets = Callable[[], dict[str, Vad]]
Start = Callable[[Source], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
Said = Callable[[], list[str]]
Chat = Callable[..., ChatInput]


class Pipes:
    """Standard input and output, and the other ends of both."""

    def __init__(self, into: BinaryIO, out: int, stdout: TextIO) -> None:
        self._into, self._out, self.stdout = into, out, stdout
        self.passed = b""
        """What has come out so far."""
        self._reader = threading.Thread(target=self._read, daemon=True)

    def listen(self) -> None:
        """Read what comes out from now on."""
        self._reader.start()

    def write(self, text: str | bytes) -> None:
        self._into.write(text.encode() if isinstance(text, str) else text)

    def end(self) -> None:
        self._into.close()

    def all(self) -> bytes:
        """What has come out, once it has ended."""
        self._reader.join(10)
        assert not self._reader.is_alive()
        return self.passed

    def close(self) -> None:
        """Both writing ends are closed. The reader must not read on by a number that the next test
        has for another pipe."""
        if self._reader.ident is not None:
            self._reader.join(10)
        os.close(self._out)

    def _read(self) -> None:
        while data := os.read(self._out, 65536):
            self.passed += data


@pytest.fixture
def pipes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipes]:
    reading, writing = os.pipe()
    ours, theirs = os.pipe()
    with (
        os.fdopen(reading) as stdin,
        os.fdopen(writing, "wb", buffering=0) as into,
        os.fdopen(theirs, "w") as stdout,
    ):
        monkeypatch.setattr(sys, "stdin", stdin)
        pipes = Pipes(into, ours, stdout)
        yield pipes
    pipes.close()


def section(**given: Any) -> ChatSection:
    return ChatSection.model_validate({"from": "stdin:chat", **given})


@pytest.fixture
def chat_input(pipes: Pipes, mixer: Mixer) -> Callable[..., ChatInput]:
    """An input with some settings, between the pipes."""

    def make(**given: Any) -> ChatInput:
        mailbox = mixer.mailbox("stdin:chat")
        return ChatInput("stdin:chat", mailbox, section(**given), pipes.stdout)

    return make


def feels(name: str) -> Vad:
    return Vad(*(round(axis, 6) for axis in emotion_to_vad(name)))


async def test_a_tag_is_felt_and_the_rest_is_passed_on_before_the_text_ends(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    pipes.listen()
    reading = await start(chat_input())
    for character in "Hello [joy] there. (sad) Oh no\r\n":
        pipes.write(character)
    await until(lambda: pipes.passed == b"Hello there. Oh no\r\n")
    await until(lambda: targets()["main"] == feels("sadness"))
    pipes.end()
    await asyncio.wait_for(reading, 5)
    assert pipes.all() == b"Hello there. Oh no\r\n"


async def test_half_a_tag_is_passed_on_when_nothing_follows_it(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    pipes.listen()
    await start(chat_input())
    began = time.perf_counter()
    pipes.write("see [jo")
    await until(lambda: pipes.passed == b"see ")
    await until(lambda: pipes.passed == b"see [jo")
    assert time.perf_counter() - began > chat.PATIENCE * 0.9
    pipes.write("y] and [joy]")
    await until(lambda: pipes.passed == b"see [joy] and ")
    await until(lambda: targets()["main"] == feels("joy"))


async def test_a_tag_that_is_written_slowly_is_a_tag(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "PATIENCE", 0.8)
    pipes.listen()
    reading = await start(chat_input())
    for piece in ("Hi [", "jo", "y", "]", " you"):
        pipes.write(piece)
        await asyncio.sleep(0.25)
    pipes.end()
    await asyncio.wait_for(reading, 5)
    assert pipes.all() == b"Hi you"


async def test_half_a_tag_at_the_end_is_text(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, start: Start, warnings_said: Said
) -> None:
    pipes.listen()
    reading = await start(chat_input())
    pipes.write(b"he said [joy \xe5\x96")
    pipes.end()
    await asyncio.wait_for(reading, 5)
    assert pipes.all() == b"he said [joy \xe5\x96"
    assert warnings_said() == []


async def test_half_a_tag_is_passed_on_when_the_bridge_stops(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, start: Start, until: Until
) -> None:
    pipes.listen()
    reading = await start(chat_input())
    pipes.write("see [jo")
    await until(lambda: pipes.passed == b"see ")
    reading.cancel()
    await asyncio.wait([reading])
    await until(lambda: pipes.passed == b"see [jo")


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(FIXTURES), st.data())
def test_bytes_cut_anywhere_give_the_same_text_and_the_same_tags(
    text: str, data: st.DataObject
) -> None:
    sent = text.encode("utf-8", "surrogatepass")
    cuts = data.draw(st.lists(st.integers(0, len(sent)), max_size=8).map(sorted))
    for places in ([0, *cuts, len(sent)], list(range(len(sent) + 1))):
        source, passed = _without_threads()
        for a, b in itertools.pairwise(places):
            source.received(sent[a:b])
        source.finish()
        assert b"".join(passed) == text_of(cleaned(text)).encode()


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_bytes_that_are_no_text_pass_as_they_are(chunks: list[bytes]) -> None:
    source, passed = _without_threads(tags=[])
    for chunk in chunks:
        source.received(chunk)
    source.finish()
    assert b"".join(passed) == b"".join(chunks)


def _without_threads(**given: Any) -> tuple[ChatInput, list[bytes]]:
    """An input that is not running, and what it passes on."""
    source = ChatInput("stdin:chat", Mixer().mailbox("stdin:chat"), section(**given), None)
    passed: list[bytes] = []
    source._stdout.write = passed.append  # type: ignore[method-assign]
    source._stdout.finish = lambda: None  # type: ignore[method-assign]
    return source, passed


async def test_ten_megabytes_without_a_line_end_pass_in_a_few_seconds(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, start: Start
) -> None:
    pipes.listen()
    reading = await start(chat_input())
    line = b"no line [end] at all, " * 460_000
    began = time.perf_counter()
    await asyncio.to_thread(pipes.write, line)
    pipes.end()
    await asyncio.wait_for(reading, 60)
    assert pipes.all() == line
    assert time.perf_counter() - began < 30  # of which it takes two


async def test_other_tags_than_the_chosen_ones_are_text(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start
) -> None:
    pipes.listen()
    reading = await start(chat_input(tags=["parentheses"], stream="alice"))
    pipes.write("(sad) [joy] Hi")
    pipes.end()
    await asyncio.wait_for(reading, 5)
    assert pipes.all() == b"[joy] Hi"
    assert targets() == {"main": feels("neutral"), "alice": feels("sadness")}


async def test_a_tag_that_says_something_else_is_only_taken_out(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, start: Start
) -> None:
    pipes.listen()
    source = chat_input()
    reading = await start(source)
    pipes.write("Well <|DELAY:1|> then")
    pipes.end()
    await asyncio.wait_for(reading, 5)
    assert pipes.all() == b"Well then"
    assert (source.mailbox.updates, source.complaints.refused) == (0, 0)


async def test_text_that_nobody_reads_holds_up_neither_tags_nor_the_event_loop(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    reading = await start(chat_input())
    text = b"x" * 1_000_000
    writing = asyncio.create_task(asyncio.to_thread(pipes.write, b"[joy]" + text + b"[sad]."))
    await until(lambda: targets()["main"] == feels("joy"))
    await asyncio.sleep(0.2)
    assert not writing.done()  # what is not read is not taken either
    pipes.listen()
    await writing
    await until(lambda: targets()["main"] == feels("sadness"))
    pipes.end()
    await asyncio.wait_for(reading, 5)
    assert pipes.all() == text + b"."


async def test_the_input_ends_once_all_text_is_written(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, start: Start
) -> None:
    reading = await start(chat_input())
    writing = asyncio.create_task(asyncio.to_thread(pipes.write, b"x" * 100_000))
    await writing
    pipes.end()
    await asyncio.sleep(0.2)
    assert not reading.done()
    pipes.listen()
    await asyncio.wait_for(reading, 5)
    assert len(pipes.all()) == 100_000


# --- sentences without a tag


def words(sentence: str) -> Vad:
    """What the words of a sentence say."""
    found = feeling(sentence)
    assert found is not None
    return Vad(*(round(axis, 6) for axis in found))


async def test_sentences_without_a_tag_are_read_if_they_should_be(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    pipes.listen()
    reading = await start(chat_input(untagged="read"))
    pipes.write("I am furious! [joy] What a horrible day. I hate it.\n")
    await until(lambda: targets()["main"] == feels("joy"))
    pipes.write("We lost")
    pipes.write(" everything.")  # it ends because nothing follows
    await until(lambda: targets()["main"] == words("We lost everything."))
    pipes.write(" I am so happy for you")
    pipes.end()
    await asyncio.wait_for(reading, 5)
    assert targets()["main"] == words("I am so happy for you")
    assert pipes.all().startswith(b"I am furious! What a horrible day.")


async def test_sentences_without_a_tag_are_ignored_by_default(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, start: Start
) -> None:
    pipes.listen()
    source = chat_input()
    reading = await start(source)
    pipes.write("I am furious! I hate it.\n")
    pipes.end()
    await asyncio.wait_for(reading, 5)
    assert source.mailbox.updates == 0


@pytest.mark.parametrize(
    ("text", "given", "logged"),
    [
        ("Hello there", {}, 1),
        ("Hello [joy] there", {}, 0),
        ("", {}, 0),
        ("I am so happy!", {"untagged": "read"}, 0),
        ("Hello there. " * chat.MUCH_TEXT, {}, 1),
    ],
)
async def test_the_log_says_once_that_text_has_no_tags(
    pipes: Pipes,
    chat_input: Chat,
    start: Start,
    caplog: pytest.LogCaptureFixture,
    text: str,
    given: dict[str, str],
    logged: int,
) -> None:
    caplog.set_level(logging.INFO, "bridge")
    pipes.listen()
    reading = await start(chat_input(**given))
    pipes.write(text)
    pipes.end()
    await asyncio.wait_for(reading, 5)
    assert sum("the text has no tags such as [joy]" in line for line in caplog.messages) == logged


async def test_reading_sentences_can_be_switched_while_the_text_comes(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    pipes.listen()
    source = chat_input()
    await start(source)
    pipes.write("I am furious!\n")
    await until(lambda: pipes.passed == b"I am furious!\n")
    source.change(section(untagged="read"))
    await until(lambda: source._untagged is not None)
    pipes.write("I am terrified!\n")
    await until(lambda: targets()["main"] == words("I am terrified!"))
    source.change(section())
    await until(lambda: source._untagged is None)
    pipes.write("I am so happy!\n")
    await until(lambda: pipes.passed.endswith(b"happy!\n"))
    assert source.mailbox.updates == 1


async def test_sentences_that_are_read_from_now_on_keep_their_place_in_the_text(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    hate = words("I hate it!")  # and the words are loaded before time matters
    pipes.listen()
    source = chat_input(pace="speech", words_a_minute=10)
    await start(source)
    say(mixer, 0)
    pipes.write("The bus is here.\n")
    await until(lambda: pipes.passed.endswith(b"here.\n"))
    source.change(section(pace="speech", words_a_minute=10, untagged="read"))
    await until(lambda: source._untagged is not None)
    pipes.write("I hate it!\n")
    await until(lambda: pipes.passed.endswith(b"it!\n"))
    say(mixer, 5)
    await asyncio.sleep(0.1)
    assert targets()["main"] == feels("neutral")
    say(mixer, len("The bus is here.\n"))
    await until(lambda: targets()["main"] == hate)


async def test_a_sentence_waits_until_a_speaker_begins_it(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    pipes.listen()
    await start(chat_input(untagged="read", pace="speech", words_a_minute=10))
    say(mixer, 0)
    pipes.write("The bus is here. I hate it! I am so happy!\n")
    await until(lambda: pipes.passed.endswith(b"happy!\n"))
    say(mixer, 5)
    await asyncio.sleep(0.1)
    assert targets()["main"] == feels("neutral")
    say(mixer, len("The bus is here"))
    await until(lambda: targets()["main"] == words("I hate it!"))
    say(mixer, len("The bus is here. I hate it"))
    await until(lambda: targets()["main"] == words("I am so happy!"))


async def test_a_feeling_that_was_read_expires_though_a_tag_stays(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    pipes.listen()
    await start(chat_input(untagged="read"))
    pipes.write("[joy]\n")
    await until(lambda: targets()["main"] == feels("joy"))
    assert not mixer.settle(time.perf_counter() + 1e6).goals
    pipes.write("I am furious!\n")
    await until(lambda: targets()["main"] == words("I am furious!"))
    [goal] = mixer.settle(time.perf_counter() + HOLD).goals
    assert goal.target == NEUTRAL


async def test_a_feeling_that_was_read_does_not_outlast_the_hold_of_the_input(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    pipes.listen()
    await start(chat_input(untagged="read", hold=HOLD / 4))
    pipes.write("I am furious!\n")
    await until(lambda: targets()["main"] == words("I am furious!"))
    [goal] = mixer.settle(time.perf_counter() + HOLD / 4).goals
    assert goal.target == NEUTRAL


# --- at the pace of the voice


def say(mixer: Mixer, count: int, stream: str = "main") -> None:
    """Another source says how far the voice is."""
    mixer.mailbox("osc").post(Update((), "", stream, cues=Cues(spoken=count)))


async def test_a_tag_waits_until_a_speaker_is_there(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    pipes.listen()
    source = chat_input(pace="speech", words_a_minute=10)
    reading = await start(source)
    say(mixer, 0)
    pipes.write("Hello there. [joy] How nice. [sad] Oh no.")
    await until(lambda: pipes.passed == b"Hello there. How nice. Oh no.")
    for count in (0, 5, 10):
        say(mixer, count)
    say(mixer, 99, "somebody_else")
    await asyncio.sleep(0.1)
    assert targets()["main"] == feels("neutral")
    say(mixer, len("Hello there"))
    await until(lambda: targets()["main"] == feels("joy"))
    pipes.end()
    await asyncio.sleep(0.1)
    assert not reading.done()  # the last tag still waits
    say(mixer, len("Hello there. How nice."))
    await asyncio.wait_for(reading, 5)
    assert targets()["main"] == feels("sadness")


def test_a_tag_never_shows_before_an_earlier_one_that_still_waits() -> None:
    source, _ = _without_threads(pace="speech", words_a_minute=1000)
    shown: list[str] = []
    source.post = lambda update, text, **_: shown.append(text)  # type: ignore[method-assign]
    source.received(b"Hello [joy] x")
    assert shown == []
    time.sleep(0.3)  # the voice has passed both tags before the clock looks
    source.received(b"[sad] y")
    source._catch_up(time.perf_counter())
    assert shown == ["[joy]", "[sad]"]


async def test_a_speaker_may_count_each_utterance_from_zero(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    pipes.listen()
    await start(chat_input(pace="speech", words_a_minute=10))
    pipes.write("Hello there. How nice, [joy]truly.")
    await until(lambda: pipes.passed == b"Hello there. How nice, truly.")
    say(mixer, 11)
    say(mixer, 0)
    say(mixer, 7)
    await asyncio.sleep(0.1)
    assert targets()["main"] == feels("neutral")
    say(mixer, len("How nice"))
    await until(lambda: targets()["main"] == feels("joy"))


async def test_without_a_speaker_a_rate_in_words_a_minute_stands_in(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    pipes.listen()
    reading = await start(chat_input(pace="speech", words_a_minute=600))
    pipes.write("x" * 30 + " [joy] x")
    pipes.end()
    await until(lambda: pipes.passed.endswith(b" x"))
    began = time.perf_counter()
    assert targets()["main"] == feels("neutral")
    await asyncio.wait_for(reading, 5)
    assert 0.3 < time.perf_counter() - began < 2.0  # 30 characters at 60 a second
    assert targets()["main"] == feels("joy")


async def test_the_output_ends_before_the_last_tag_is_spoken(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, start: Start
) -> None:
    """A program that speaks may read all of the text before it begins."""
    pipes.listen()
    reading = await start(chat_input(pace="speech", words_a_minute=10))
    pipes.write("x" * 500 + " [joy] x")
    pipes.end()
    assert (await asyncio.to_thread(pipes.all)).endswith(b"x x")
    assert not reading.done()


async def test_no_more_tags_wait_than_a_bound_and_none_is_lost(
    pipes: Pipes,
    mixer: Mixer,
    chat_input: Chat,
    start: Start,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chat, "MOST_WAITING", 3)
    pipes.listen()
    source = chat_input(pace="speech", words_a_minute=10)
    await start(source)
    pipes.write("x" + "x [joy] " * 5 + ".")
    await until(lambda: pipes.passed == b"x" + b"x " * 5 + b".")
    assert len(source._waiting) == 3
    assert source.mailbox.updates == 2
    say(mixer, 100)
    await until(lambda: source.mailbox.updates == 5)


# --- other settings while it runs


async def test_other_settings_count_at_once_and_what_waited_is_shown(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    pipes.listen()
    source = chat_input(pace="speech", words_a_minute=10)
    await start(source)
    pipes.write("Hello [joy] there ")
    await until(lambda: pipes.passed == b"Hello there ")
    source.change(section(pace="text", tags=["parentheses"]))
    await until(lambda: targets()["main"] == feels("joy"))
    pipes.write("[sad] (fear) you")
    await until(lambda: pipes.passed == b"Hello there [sad] you")
    assert targets()["main"] == feels("fear")


async def test_another_rate_counts_for_a_tag_that_waits(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    pipes.listen()
    source = chat_input(pace="speech", words_a_minute=10)
    await start(source)
    pipes.write("x" * 60 + " [joy] x")  # a minute at this rate
    await until(lambda: pipes.passed.endswith(b" x"))
    assert targets()["main"] == feels("neutral")
    source.change(section(pace="speech", words_a_minute=1000))
    await until(lambda: targets()["main"] == feels("joy"))


async def test_another_stream_gets_the_tags_and_the_old_one_lets_go(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    pipes.listen()
    source = chat_input()
    await start(source)
    pipes.write("[joy] ")
    await until(lambda: targets()["main"] == feels("joy"))
    source.change(section(stream="alice"))
    await until(lambda: targets()["main"] == feels("neutral"))
    pipes.write("[sad] ")
    await until(lambda: targets().get("alice") == feels("sadness"))
    assert targets()["main"] == feels("neutral")


# --- people


async def test_a_person_at_a_terminal_is_told_what_to_type(
    mixer: Mixer,
    start: Start,
    until: Until,
    targets: Targets,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pty = pytest.importorskip("pty")
    caplog.set_level(logging.INFO, "bridge")
    ours, theirs = pty.openpty()
    out, into = os.pipe()
    with os.fdopen(theirs) as stdin, os.fdopen(into, "w") as stdout:
        monkeypatch.setattr(sys, "stdin", stdin)
        reading = await start(
            ChatInput("stdin:chat", mixer.mailbox("stdin:chat"), section(), stdout)
        )
        assert "type text with tags" in caplog.text
        os.write(ours, "[joy] Grüße\nquit\n".encode())
        await until(lambda: targets()["main"] == feels("joy"))
        os.write(ours, b"\x04")
        await asyncio.wait_for(reading, 5)
        assert os.read(out, 100) == "Grüße\nquit\n".encode()
    os.close(ours)
    os.close(out)


async def test_a_program_without_standard_input_just_has_nothing_to_read(
    mixer: Mixer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    source = ChatInput("stdin:chat", mixer.mailbox("stdin:chat"), section(), None)
    await asyncio.wait_for(source.run(lambda: None), 5)
    assert source.is_null


async def test_an_emotion_of_another_source_stays_when_it_has_priority(
    pipes: Pipes, mixer: Mixer, chat_input: Chat, targets: Targets, start: Start, until: Until
) -> None:
    mixer.mailbox("operator", priority=5).post(named_update("fear"))
    pipes.listen()
    await start(chat_input())
    pipes.write("[joy] Hi")
    await until(lambda: pipes.passed == b"Hi")
    assert targets()["main"] == feels("fear")
