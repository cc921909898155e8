"""Each script is what comes, as (payload, retained), a subscription being None; and which of it is
news."""

import pytest

from bridge.inputs.retained import Retained

HAPPY, SAD, ANGRY = b"happy", b"sad", b"angry"
OLD, NEW = False, True


def news(marked: bool, *script: tuple[bytes, bool] | None) -> list[bool]:
    retained, found = Retained(), []
    for step in script:
        if step is None:
            retained.subscribed(marked=marked)
        else:
            found.append(retained.is_news("topic", step[0], retained=step[1]))
    return found


@pytest.mark.parametrize("marked", [True, False])
def test_a_retained_message_at_the_start_is_news_once(marked: bool):
    assert news(marked, None, (HAPPY, True), None, (HAPPY, True)) == [NEW, OLD]


@pytest.mark.parametrize("marked", [True, False])
def test_a_newer_plain_message_beats_a_retained_one_that_comes_again(marked: bool):
    script = (None, (HAPPY, True), (SAD, False), None, (HAPPY, True))
    assert news(marked, *script) == [NEW, NEW, OLD]


@pytest.mark.parametrize("marked", [True, False])
def test_one_that_was_retained_meanwhile_is_news(marked: bool):
    assert news(marked, None, (HAPPY, True), (SAD, False), None, (ANGRY, True)) == [NEW] * 3


def test_live_messages_that_are_retained_are_known_by_their_mark():
    # MQTT 5: all three are published while connected, the second without being retained
    script = (None, (HAPPY, True), (SAD, False), (HAPPY, True), None, (HAPPY, True), (HAPPY, True))
    assert news(True, *script) == [NEW, NEW, NEW, OLD, NEW]


def test_the_same_word_retained_again_while_away_is_news_where_marks_tell():
    script = (None, (HAPPY, True), (SAD, True), None, (HAPPY, True))
    assert news(True, *script) == [NEW, NEW, NEW]


def test_without_marks_whatever_came_lately_is_old():
    # MQTT 3.1.1: who published it retained cannot be seen while it is live
    script = (None, (HAPPY, False), (SAD, False), None, (HAPPY, True))
    assert news(False, *script) == [NEW, NEW, OLD]


def test_plain_messages_are_always_news():
    assert news(True, None, (HAPPY, False), (HAPPY, False), None, (HAPPY, False)) == [NEW] * 3


def test_topics_are_kept_apart_and_bounded():
    retained = Retained()
    retained.subscribed(marked=True)
    for number in range(3000):
        assert retained.is_news(f"topic {number}", HAPPY, retained=True)
    assert len(retained._topics) <= 1024
