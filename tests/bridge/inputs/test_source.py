import logging
import threading
import time
from collections.abc import Callable

import pytest

from bridge.emotion.mixer import Mixer
from bridge.emotion.reading import ReadingSettings, parse_update
from bridge.emotion.scale import Scale, Scales
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
    assert "0.8 0.6 0.5" in warning
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
        source.read_text("1.05 0 0")
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

    source._put_off = {"main": slowly}
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
    source.read_text("anger")
    while source.complaints.rejects.get("too_many") is None:  # a slow machine earns allowance
        source.read_text("anger")
    deadline = time.monotonic() + 10
    while mixer.label() != "anger 1":
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


def notes(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno == logging.INFO]


def test_labels_of_a_classifiers_loop_are_one_message(source: Parrot, mixer: Mixer) -> None:
    for line in ("anger 0.02", "disgust 0.01", "fear 0.0", "joy 0.90", "sadness 0.04"):
        source.read_text(line)
    mixer.settle(time.perf_counter())
    assert mixer.goals[0].parts == parse_update("joy 0.9").parts


def test_labels_of_a_loop_replace_each_other_where_the_setting_says_so(mixer: Mixer) -> None:
    source = Parrot("parrot", mixer.mailbox("parrot"), ReadingSettings(labels="latest"))
    for line in ("joy 0.9", "sadness 0.04"):
        source.read_text(line)
    mixer.settle(time.perf_counter())
    assert mixer.label() == "sadness 0.04"


def test_dominance_that_is_missing_is_estimated_or_kept(mixer: Mixer) -> None:
    estimating = Parrot("parrot", mixer.mailbox("parrot"))
    keeping = Parrot("parrot", mixer.mailbox("parrot"), ReadingSettings(dominance="keep"))
    for source, dominance in ((estimating, 0.2419), (keeping, -0.5)):
        source.read_text("0 0 -0.5")
        source.read_text("0.3 0.5")
        mixer.settle(time.perf_counter())
        assert mixer.goals[0].target == pytest.approx((0.3, 0.5, dominance), abs=1e-3)


@pytest.mark.parametrize(("then", "valence"), [("previous", 0.5), ("sadness", -0.8)])
def test_an_axis_alone_keeps_the_values_that_a_gesture_goes_on_to(
    source: Parrot, then: str, valence: float
) -> None:
    source.read_text("0.5 0.2 0.1")
    source.read_text(f"emotion=surprise then={then}")
    assert source.last_point("main").valence == valence


def test_what_was_made_of_a_message_is_noted_once(
    source: Parrot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bridge")
    for number in range(10):
        source.read_text(f'{{"valence": 0.1, "arousal": 0.5, "ts": {number}, "frame": 7}}')
    assert notes(caplog) == [
        "parrot: ignoring the keys ts, frame (logged once)",
        "parrot: dominance is estimated from valence and arousal (logged once)",
    ]


def test_numbers_that_are_never_negative_raise_the_question_of_their_scale_once(
    source: Parrot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bridge")
    for number in range(120):
        source.read_text(f"0.7 0.{number % 10} 0.5")
    [question] = notes(caplog)
    assert "scale: [0, 1]" in question


def test_a_source_with_a_scale_of_its_own_is_not_asked(
    mixer: Mixer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bridge")
    scales = Scales(*[Scale(0, 1)] * 3)
    source = Parrot("parrot", mixer.mailbox("parrot"), ReadingSettings(scales))
    for _ in range(120):
        source.read_text("0.9 0.8 0.7")
    assert notes(caplog) == []
