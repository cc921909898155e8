import threading
import time
from collections.abc import Callable

import pytest

from bridge.emotion.mixer import Mixer
from bridge.emotion.update import named_update
from bridge.inputs.source import Source


class Parrot(Source):
    """The least an input can be."""

    async def run(self, up: Callable[[], None]) -> None:
        up()


@pytest.fixture
def mixer() -> Mixer:
    return Mixer(["main"], open_to_more=False)


@pytest.fixture
def source(mixer: Mixer) -> Parrot:
    return Parrot("parrot", mixer.mailbox("parrot"))


def test_what_makes_sense_is_posted(source: Parrot, mixer: Mixer) -> None:
    source.read_text("fear 0.5")
    assert mixer.label() == "neutral"  # the frame thread has not looked yet
    mixer.settle(0.0)
    assert mixer.label() == "fear 0.5"


def test_nonsense_gets_one_warning_that_says_who_what_and_what_was_expected(
    source: Parrot, warnings_said: Callable[[], list[str]]
) -> None:
    for _ in range(100):
        source.read_text("hapiness 0.9")
    [warning] = warnings_said()
    assert warning.startswith("parrot: ")
    assert "hapiness 0.9" in warning
    assert "happiness" in warning.replace("hapiness", "")
    assert "three numbers" in warning
    assert source.complaints.refused == 100


def test_a_stream_that_no_output_shows_is_refused_with_those_that_are(
    source: Parrot, warnings_said: Callable[[], list[str]]
) -> None:
    source.read_text("fear", stream="bob")
    [warning] = warnings_said()
    assert "'bob'" in warning
    assert "main" in warning
    assert source.mailbox.updates == 0


def test_numbers_out_of_range_are_pulled_back_with_one_warning(
    source: Parrot, warnings_said: Callable[[], list[str]]
) -> None:
    for _ in range(10):
        source.read_text("2 0 0")
    [warning] = warnings_said()
    assert "outside -1 to 1" in warning
    assert source.mailbox.updates == 10
    assert source.complaints.refused == 0


def test_more_than_a_thousand_updates_a_second_are_dropped_counted_and_said_once(
    source: Parrot, warnings_said: Callable[[], list[str]]
) -> None:
    for _ in range(20_000):
        source.read_text("fear 0.5")
    assert source.mailbox.updates < 20_000
    assert source.mailbox.updates + source.complaints.rejects["too_many"] == 20_000
    [warning] = warnings_said()
    assert "more than 1000 updates a second" in warning


def put_off(source: Parrot, text: str) -> None:
    """Offer updates until this one is put off."""
    before = source.complaints.rejects.get("too_many", 0)
    while source.complaints.rejects.get("too_many", 0) == before:
        source.read_text(text)


def test_an_update_that_was_put_off_never_replaces_a_later_one_from_another_thread(
    source: Parrot, mixer: Mixer
) -> None:
    put_off(source, "anger")
    reading, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        reading.set()
        assert go_on.wait(10)
        source.post(named_update("anger"), "anger")

    source._put_off = slowly
    loop = threading.Thread(target=source.catch_up)
    loop.start()
    assert reading.wait(10)
    time.sleep(0.05)  # a few more updates are allowed now
    thread = threading.Thread(target=source.read_text, args=("fear 0.5",))
    thread.start()
    thread.join(0.1)
    go_on.set()
    loop.join()
    thread.join()
    mixer.settle(0.0)
    assert mixer.label() == "fear 0.5"


def test_the_latest_of_a_flood_is_heard_in_the_end(source: Parrot, mixer: Mixer) -> None:
    for number in range(3000):
        source.read_text(f"fear 0.{number:04}")
    source.read_text("anger 0.9")
    while source.complaints.rejects.get("too_many") is None:  # a slow machine earns allowance
        source.read_text("anger 0.9")
    deadline = time.monotonic() + 10
    while mixer.label() != "anger 0.9":
        assert time.monotonic() < deadline
        source.catch_up()
        mixer.settle(time.monotonic())


def test_what_was_put_off_gives_way_to_what_is_said_later(source: Parrot, mixer: Mixer) -> None:
    put_off(source, "anger")
    read: list[bool] = []
    deadline = time.monotonic() + 10
    while not read:
        source.admit(lambda: read.append(True))
        assert time.monotonic() < deadline
    source.read_text("fear 0.5")
    source.catch_up()
    mixer.settle(time.monotonic())
    assert mixer.label() != "anger 1"
