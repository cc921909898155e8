"""Text through a real pipe, whose feeling is read from its words."""

import asyncio
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, BinaryIO

import pytest

from bridge.config.standard_input import TextSection
from bridge.emotion.mixer import Mixer
from bridge.emotion.points import NEUTRAL, Vad
from bridge.emotion.words.feeling import feeling
from bridge.inputs import text
from bridge.inputs.source import Source
from bridge.inputs.text import TextInput

Targets = Callable[[], dict[str, Vad]]
Start = Callable[[Source], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
Said = Callable[[], list[str]]


def section(**given: Any) -> TextSection:
    return TextSection.model_validate({"from": "stdin:text", **given})


def feels(sentence: str) -> Vad:
    found = feeling(sentence)
    assert found is not None
    return Vad(*(round(axis, 6) for axis in found))


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[BinaryIO]:
    """The writing end of a real pipe whose reading end is standard input."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin, os.fdopen(writing, "wb", buffering=0) as pipe:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield pipe


@pytest.fixture
def source(mixer: Mixer) -> TextInput:
    return TextInput("stdin:text", mixer.mailbox("stdin:text", hold=8.0), section())


async def test_each_sentence_is_felt_as_soon_as_the_next_begins(
    pipe: BinaryIO, source: TextInput, targets: Targets, start: Start, until: Until
) -> None:
    reading = await start(source)
    pipe.write(b"I am so happy! Th")
    await until(lambda: targets()["main"] == feels("I am so happy!"))
    pipe.write(b"en I lost it all. I am furious")
    await until(lambda: targets()["main"] == feels("Then I lost it all."))
    pipe.close()
    await asyncio.wait_for(reading, 5)
    assert targets()["main"] == feels("I am furious")


async def test_a_sentence_ends_when_nothing_follows_it(
    pipe: BinaryIO, source: TextInput, targets: Targets, start: Start, until: Until
) -> None:
    await start(source)
    began = time.perf_counter()
    pipe.write(b"I am not")
    await asyncio.sleep(2 * text.PATIENCE)
    assert targets()["main"] == NEUTRAL
    for character in b" happy.":
        pipe.write(bytes([character]))
    await until(lambda: targets()["main"] == feels("I am not happy."))
    assert time.perf_counter() - began > 2.9 * text.PATIENCE


async def test_a_sentence_without_feeling_leaves_the_last_one(
    pipe: BinaryIO, source: TextInput, targets: Targets, start: Start, warnings_said: Said
) -> None:
    reading = await start(source)
    pipe.write("I am so happy!\nThe bus is here.\n嬉しいです。\n\n".encode())
    pipe.close()
    await asyncio.wait_for(reading, 5)
    assert targets()["main"] == feels("I am so happy!")
    assert source.mailbox.updates == 1
    assert warnings_said() == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
async def test_emoji_are_felt_in_every_encoding_that_a_shell_writes(
    pipe: BinaryIO, source: TextInput, targets: Targets, start: Start, encoding: str
) -> None:
    reading = await start(source)
    for byte in "See you 😊\n".encode(encoding):
        pipe.write(bytes([byte]))
    pipe.close()
    await asyncio.wait_for(reading, 5)
    assert targets()["main"] == feels("See you 😊")


async def test_a_book_in_a_pipe_is_read_no_faster_than_other_updates(
    pipe: BinaryIO, source: TextInput, start: Start
) -> None:
    reading = await start(source)
    await asyncio.to_thread(pipe.write, b"I hate it. " * 4000)
    pipe.close()
    await asyncio.wait_for(reading, 20)
    assert source.mailbox.updates < 4000


async def test_another_stream_takes_over_at_once(
    pipe: BinaryIO, source: TextInput, targets: Targets, start: Start, until: Until
) -> None:
    await start(source)
    pipe.write(b"I am so happy!\n")
    await until(lambda: targets()["main"] == feels("I am so happy!"))
    source.change(section(stream="bob"))
    await until(lambda: targets()["main"] == NEUTRAL)
    pipe.write(b"I am furious!\n")
    await until(lambda: targets().get("bob") == feels("I am furious!"))


async def test_a_person_at_a_terminal_is_answered(
    source: TextInput,
    start: Start,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "bridge")
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        reading = await start(source)
        os.write(ours, b"I am so happy!\n")
        await until(lambda: "stdin:text: I am so happy! for 8 s" in caplog.text)
        os.write(ours, b"The bus is here.\n")
        await until(lambda: "no feeling found in these words" in caplog.text)
        os.write(ours, b"\x04")
        await asyncio.wait_for(reading, 5)
