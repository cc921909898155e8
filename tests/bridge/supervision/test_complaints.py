import logging
import re
import threading

import pytest

from bridge.supervision.complaints import Complaints


class Time:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def complaints(time, caplog) -> Complaints:
    caplog.set_level(logging.DEBUG)
    return Complaints("osc 127.0.0.1:9130", now=time)


def refuse(complaints: Complaints, said: str | bytes = "hapiness") -> None:
    complaints.refuse("no such emotion", said, "a known name")


def test_the_first_refused_update_is_logged_at_once_with_source_quote_reason_and_expectation(
    complaints, caplog
):
    refuse(complaints)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    for part in ("osc 127.0.0.1:9130", "'hapiness'", "no such emotion", "a known name"):
        assert part in record.getMessage()


def test_the_sender_is_named_if_there_is_one(complaints, caplog):
    complaints.refuse("no such address", b"/x", "/vad", sender="192.0.2.7:5000")
    assert "192.0.2.7:5000" in caplog.messages[0]


def test_a_flood_costs_one_line_and_is_counted(complaints, time, caplog):
    for _ in range(10_000):
        refuse(complaints)
        time.seconds += 0.0005
    assert len(caplog.messages) == 1
    assert complaints.refused == 10_000


def test_updates_refused_without_a_line_are_summarised_after_ten_seconds(complaints, time, caplog):
    for said in ("first", "second", "third"):
        refuse(complaints, said)
    time.seconds += 9.9
    complaints.summarise()
    assert len(caplog.messages) == 1
    time.seconds += 0.2
    complaints.summarise()
    assert len(caplog.messages) == 2
    assert "2 more" in caplog.messages[1]
    assert "'third'" in caplog.messages[1]


def test_a_summary_is_also_logged_when_the_next_update_is_refused(complaints, time, caplog):
    refuse(complaints)
    refuse(complaints)
    time.seconds += 10.1
    refuse(complaints)
    assert len(caplog.messages) == 2
    assert "2 more" in caplog.messages[1]


def test_a_steady_stream_of_refused_updates_is_a_line_every_ten_seconds(complaints, time, caplog):
    for _ in range(600):
        refuse(complaints)
        complaints.summarise()
        time.seconds += 0.1
    assert len(caplog.messages) == 6
    complaints.summarise(at_the_end=True)
    counts = [int(count) for count in re.findall(r"(\d+) more", caplog.text)]
    assert 1 + sum(counts) == 600


def test_there_is_no_summary_when_nothing_was_refused(complaints, time, caplog):
    complaints.summarise()
    refuse(complaints)
    time.seconds += 100.0
    complaints.summarise()
    complaints.summarise(at_the_end=True)
    assert len(caplog.messages) == 1


def test_after_a_quiet_time_a_refused_update_is_again_logged_in_full(complaints, time, caplog):
    refuse(complaints, "monday")
    time.seconds += 3600.0
    refuse(complaints, "tuesday")
    assert len(caplog.messages) == 2
    assert "'tuesday'" in caplog.messages[1]
    assert "more" not in caplog.messages[1]


def test_at_the_end_the_summary_is_logged_at_once(complaints, caplog):
    refuse(complaints)
    refuse(complaints)
    complaints.summarise(at_the_end=True)
    assert "1 more" in caplog.messages[1]


def test_clamping_is_logged_once_and_not_counted_as_refused(complaints, caplog):
    complaints.clamped("+2.00 +0.00 +0.00 is outside -1 to 1")
    complaints.clamped("+3.00 +0.00 +0.00 is outside -1 to 1")
    refuse(complaints)
    assert len(caplog.messages) == 2
    assert "+2.00" in caplog.messages[0]
    assert "clamped" in caplog.messages[0]
    assert complaints.refused == 1


def test_a_long_quote_is_cut(complaints, caplog):
    refuse(complaints, "x" * 4000)
    refuse(complaints, b"\xff" * 4000)
    complaints.summarise(at_the_end=True)
    assert all(len(line) < 500 for line in caplog.messages)


def test_an_update_cannot_forge_log_lines_or_send_escape_sequences(complaints, caplog):
    refuse(complaints, "joy\n12:00:00 ERROR forged\x1b[2J")
    refuse(complaints, b"\x1b[2J\n")
    complaints.summarise(at_the_end=True)
    assert all(line.isprintable() for line in caplog.messages)


def test_a_sender_or_reason_of_any_length_is_cut_and_escaped(complaints, caplog):
    """An MQTT topic is the sender of its updates, and may have 65,535 bytes."""
    topic = "affect/\u202e\x1b[2J" + "x" * 60_000
    complaints.refuse(f"unknown emotion {topic}", "payload", "a name", sender=topic)
    [line] = caplog.messages
    assert line.isprintable()
    assert len(line) < 600
    assert line.endswith("Expected a name")


def test_a_reason_is_formatted_only_when_a_line_is_written(complaints):
    worded = []

    class Reason:
        def __str__(self) -> str:
            worded.append(1)
            return "wrong"

    complaints.refuse(Reason(), "x", "y")
    for_one_line = len(worded)
    for _ in range(1000):
        complaints.refuse(Reason(), "x", "y")
    assert len(worded) == for_one_line


def test_complaints_from_two_threads_are_all_counted(complaints, caplog):
    def complain() -> None:
        for _ in range(2000):
            refuse(complaints)

    threads = [threading.Thread(target=complain) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert complaints.refused == 4000


def test_a_reason_that_ends_with_a_question_gets_no_full_stop(complaints, caplog):
    complaints.refuse('unknown; did you mean "joy"?', "jop", "a known name")
    assert caplog.messages[-1].endswith('did you mean "joy"? Expected a known name')


def test_the_latest_refused_update_is_kept_with_the_reason(complaints):
    assert complaints.latest == ""
    refuse(complaints)
    refuse(complaints, "hapy")
    assert complaints.latest == "'hapy': no such emotion"
