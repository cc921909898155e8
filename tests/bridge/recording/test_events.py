"""People read which lines were skipped, but not thousands of them."""

from bridge.recording.events import Skipped, skipped_in_words


def test_the_first_lines_are_shown_and_the_rest_counted():
    skipped = [Skipped(line, "no face") for line in range(2, 12)]
    assert skipped_in_words(skipped, "take.csv", most=2) == [
        "take.csv:2: skipped: no face",
        "take.csv:3: skipped: no face",
        "take.csv: 8 more lines were skipped",
    ]
    assert skipped_in_words([], "take.csv") == []
