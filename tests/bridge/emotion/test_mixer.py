import itertools
import math
import sys
import threading
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.mixer import Goal, Mixer
from bridge.emotion.names import Vad
from bridge.emotion.update import Update, UpdateError

NEUTRAL = (0.0, 0.0, 0.0)
HAPPY = Vad(0.8, 0.6, 0.5)
SAD = Vad(-0.8, -0.4, -0.3)
ANGRY = Vad(-0.7, 0.8, 0.7)


class Time:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Watched:
    """A mixer, its time, and what the frame thread has learnt of its goals."""

    def __init__(self, **settings) -> None:
        self.time = Time()
        self.mixer = Mixer(now=self.time, **settings)
        self.goals: dict[str, Goal] = {}
        self.settle()

    def mailbox(self, name: str, **settings):
        return self.mixer.mailbox(name, **settings)

    def settle(self) -> list[Goal]:
        changed = list(self.mixer.settle(self.time.seconds))
        self.goals.update((goal.stream, goal) for goal in changed)
        return changed

    def later(self, seconds: float) -> list[Goal]:
        self.time.seconds += seconds
        return self.settle()

    def target(self, stream: str = "main") -> Vad:
        self.settle()
        return self.goals[stream].target


@pytest.fixture
def watched() -> Watched:
    return Watched()


def word(target: Vad, stream: str = "main", **rest) -> Update:
    return Update(target, "a label", stream, **rest)


# --- who speaks


def test_a_new_mixer_reports_the_main_stream_at_neutral_once():
    mixer = Mixer()
    assert list(mixer.settle(0.0)) == [(0, "main", NEUTRAL, None)]
    assert not mixer.settle(0.0)


def test_a_word_becomes_the_goal_with_its_fade(watched):
    watched.mailbox("a").post(word(HAPPY, fade=0.7))
    assert watched.settle() == [(0, "main", HAPPY, 0.7)]


def test_nothing_is_reported_while_nothing_changes(watched):
    box = watched.mailbox("a")
    box.post(word(HAPPY))
    watched.settle()
    box.post(word(HAPPY))
    assert watched.settle() == []
    assert watched.later(3600.0) == []


def test_among_equal_priorities_the_latest_word_wins(watched):
    first, second = watched.mailbox("first"), watched.mailbox("second")
    first.post(word(HAPPY))
    watched.later(1.0)
    second.post(word(SAD))
    assert watched.target() == SAD
    watched.later(1.0)
    first.post(word(ANGRY))
    assert watched.target() == ANGRY


def test_of_two_words_within_one_tick_of_a_coarse_clock_the_later_wins(watched):
    first, second = watched.mailbox("first"), watched.mailbox("second")
    first.post(word(HAPPY))
    second.post(word(SAD))
    assert watched.target() == SAD


def test_the_higher_priority_wins_whatever_comes_later(watched):
    person, demo = watched.mailbox("person", priority=0), watched.mailbox("demo", priority=-10)
    person.post(word(HAPPY))
    watched.later(5.0)
    demo.post(word(SAD))
    assert watched.target() == HAPPY


def test_a_higher_priority_takes_over_at_once(watched):
    watched.mailbox("low", priority=1).post(word(SAD))
    assert watched.target() == SAD
    watched.mailbox("high", priority=2).post(word(HAPPY))
    assert watched.target() == HAPPY


def test_when_the_first_speakers_word_expires_the_next_speaks_again(watched):
    watched.mailbox("low").post(word(SAD))
    watched.mailbox("high", priority=1, hold=2.0).post(word(HAPPY))
    assert watched.target() == HAPPY
    assert watched.later(1.9) == []
    assert watched.later(0.2) == [(0, "main", SAD, None)]


def test_with_no_word_left_the_stream_goes_to_neutral_at_its_own_pace(watched):
    watched.mailbox("a", hold=2.0).post(word(HAPPY, fade=9.0))
    watched.settle()
    assert watched.later(2.1) == [(0, "main", NEUTRAL, None)]
    assert watched.later(100.0) == []


def test_a_word_holds_forever_unless_somebody_says_otherwise(watched):
    watched.mailbox("a").post(word(HAPPY))
    watched.later(1e9)
    assert watched.target() == HAPPY


def test_a_words_own_hold_wins_over_its_sources(watched):
    watched.mailbox("brief", hold=1.0).post(word(HAPPY, hold=5.0))
    watched.later(4.9)
    assert watched.target() == HAPPY
    watched.later(0.2)
    assert watched.target() == NEUTRAL
    watched.mailbox("endless").post(word(SAD, hold=1.0))
    watched.later(1.1)
    assert watched.target() == NEUTRAL


def test_a_word_may_hold_forever_though_its_source_does_not(watched):
    watched.mailbox("brief", hold=1.0).post(word(HAPPY, hold=math.inf))
    watched.later(1e9)
    assert watched.target() == HAPPY


def test_a_new_word_of_the_same_source_starts_a_new_hold(watched):
    box = watched.mailbox("a", hold=2.0)
    box.post(word(HAPPY))
    watched.later(1.5)
    box.post(word(HAPPY))
    watched.later(1.5)
    assert watched.target() == HAPPY
    watched.later(0.6)
    assert watched.target() == NEUTRAL


def test_a_source_that_speaks_again_forgets_its_longer_word(watched):
    box = watched.mailbox("a")
    box.post(word(HAPPY))
    box.post(word(SAD, hold=1.0))
    watched.later(1.1)
    assert watched.target() == NEUTRAL


def test_two_sources_of_one_name_keep_a_mailbox_each(watched):
    """Two MQTT inputs at one broker have the same name, and may differ in priority."""
    watched.mailbox("mqtt broker:1883", priority=5).post(word(HAPPY))
    watched.later(1.0)
    watched.mailbox("mqtt broker:1883", priority=0).post(word(SAD))
    assert watched.target() == HAPPY


# --- streams


def test_streams_do_not_disturb_each_other(watched):
    box = watched.mailbox("a")
    box.post(word(HAPPY, "alice"))
    box.post(word(SAD, "bob"))
    assert [goal[:3] for goal in watched.settle()] == [(1, "alice", HAPPY), (2, "bob", SAD)]
    assert watched.target("main") == NEUTRAL
    box.post(word(ANGRY, "alice"))
    assert [goal[:3] for goal in watched.settle()] == [(1, "alice", ANGRY)]


def test_streams_that_outputs_show_exist_from_the_start():
    mixer = Mixer(["alice", "bob"], open_to_more=False)
    assert [goal[:3] for goal in mixer.settle(0.0)] == [
        (0, "alice", NEUTRAL),
        (1, "bob", NEUTRAL),
    ]
    assert mixer.streams == ("alice", "bob")


def test_a_stream_that_no_output_shows_is_refused_with_those_that_are_shown():
    watched = Watched(shown=["alice", "bob"], open_to_more=False)
    box = watched.mailbox("a")
    with pytest.raises(UpdateError, match=r"'carol'.*alice, bob"):
        box.post(word(HAPPY, "carol"))
    assert watched.mixer.streams == ("alice", "bob")
    assert watched.settle() == []
    assert box.updates == 0


def test_more_streams_than_allowed_are_refused_and_the_others_go_on():
    watched = Watched(most_streams=3)
    box = watched.mailbox("a")
    for name in ("alice", "bob"):
        box.post(word(HAPPY, name))
    with pytest.raises(UpdateError, match=r"3 streams.*'carol'"):
        box.post(word(HAPPY, "carol"))
    box.post(word(SAD, "alice"))
    assert watched.target("alice") == SAD
    assert watched.mixer.streams == ("main", "alice", "bob")


def test_a_mailbox_counts_what_it_took(watched):
    box = watched.mailbox("a")
    for _ in range(3):
        box.post(word(HAPPY))
    assert box.updates == 3


def test_a_mailbox_counts_the_words_that_it_replaced_before_any_frame_saw_them(watched):
    box, other = watched.mailbox("a"), watched.mailbox("b")
    for target in (HAPPY, SAD, ANGRY):
        box.post(word(target))
    box.post(word(HAPPY, "alice"))
    other.post(word(HAPPY))
    assert (box.overwrites, other.overwrites) == (2, 0)


def test_a_word_that_a_frame_has_seen_is_replaced_without_being_counted(watched):
    box = watched.mailbox("a")
    box.post(word(HAPPY))
    watched.settle()
    box.post(word(SAD))
    assert box.overwrites == 0
    box.post(word(ANGRY))
    assert box.overwrites == 1


# --- what people read


def test_the_label_is_that_of_the_word_that_speaks(watched):
    assert watched.mixer.label() == "neutral"
    watched.mailbox("low").post(Update(SAD, "sad 1"))
    watched.mailbox("high", priority=1, hold=1.0).post(Update(HAPPY, "joy 0.9"))
    watched.settle()
    assert watched.mixer.label() == "joy 0.9"
    watched.later(1.1)
    assert watched.mixer.label() == "sad 1"
    assert watched.mixer.label("nobody") == "neutral"


# --- nothing queues


def test_a_burst_of_ten_thousand_words_keeps_the_last_alone(watched):
    box = watched.mailbox("a")
    box.post(word(HAPPY))
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for n in range(10_000):
            box.post(word(Vad(n / 10_000, 0.0, 0.0)))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 10_000  # bytes: less than one for each word
    assert [goal.target for goal in watched.settle()] == [(0.9999, 0.0, 0.0)]


@pytest.fixture
def hasty_threads():
    """Lets threads interrupt each other as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
def test_two_posting_threads_and_a_settling_one_lose_nothing():
    mixer = Mixer(most_streams=1000)
    names = [f"s{n}" for n in range(500)]
    goals: dict[str, Goal] = {}
    rows: dict[int, str] = {}

    def post(source: int) -> None:
        """Both bring the same streams into being, and speak in each of them three times."""
        box = mixer.mailbox(f"source {source}", priority=source)
        for name, step in itertools.product(names, range(3)):
            box.post(word(Vad(source, step / 2, 0.0), name))

    def settle() -> None:
        for goal in mixer.settle(0.0):
            assert rows.setdefault(goal.row, goal.stream) == goal.stream
            goals[goal.stream] = goal

    threads = [threading.Thread(target=post, args=(source,)) for source in (0, 1)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        settle()
    settle()
    assert sorted(rows) == list(range(501))
    assert {name: goals[name].target for name in names} == dict.fromkeys(names, (1.0, 1.0, 0.0))


# --- the end of an input


def test_let_end_gives_endless_words_an_end_and_says_when(watched):
    box = watched.mailbox("stdin")
    box.post(word(HAPPY))
    assert box.let_end(2.0) == pytest.approx(1002.0)
    assert watched.target() == HAPPY
    watched.later(1.9)
    assert watched.target() == HAPPY
    watched.later(0.2)
    assert watched.target() == NEUTRAL


def test_let_end_leaves_a_word_its_own_hold(watched):
    box = watched.mailbox("stdin")
    box.post(word(HAPPY, hold=5.0))
    box.post(word(SAD, "bob"))
    assert box.let_end(2.0) == pytest.approx(1005.0)
    watched.later(2.1)
    assert (watched.target(), watched.target("bob")) == (HAPPY, NEUTRAL)
    watched.later(3.0)
    assert watched.target() == NEUTRAL


def test_let_end_touches_no_other_source(watched):
    watched.mailbox("osc").post(word(SAD))
    box = watched.mailbox("stdin", priority=1)
    box.post(word(HAPPY))
    box.let_end(1.0)
    watched.later(1.1)
    assert watched.target() == SAD
    watched.later(1e6)
    assert watched.target() == SAD


def test_let_end_without_a_word_is_now(watched):
    assert watched.mailbox("stdin").let_end(2.0) == 1000.0


# --- against a plain statement of the rule

WORDS = st.lists(
    st.tuples(
        st.integers(0, 3),  # whose
        st.sampled_from(["main", "bob"]),
        st.sampled_from([HAPPY, SAD, ANGRY]),
        st.none() | st.integers(1, 6),  # hold
        st.integers(1, 3),  # seconds until the next
    ),
    max_size=20,
)


@given(WORDS)
def test_at_any_time_the_fresh_word_of_highest_priority_then_the_latest_speaks(words):
    watched = Watched(shown=["main", "bob"])
    boxes = [watched.mailbox(f"source {n}", priority=n // 2) for n in range(4)]
    said: list[tuple[float, int, str, Vad, float]] = []
    for source, stream, target, hold, pause in words:
        boxes[source].post(word(target, stream, hold=hold))
        said.append((watched.time.seconds, source, stream, target, hold or math.inf))
        # Ask between the whole seconds at which words expire.
        watched.time.seconds += 0.5
        for asked in ("main", "bob"):
            latest = {s: (t, s, v, h) for t, s, name, v, h in said if name == asked}
            now = watched.time.seconds
            fresh = [(s // 2, t, v) for t, s, v, h in latest.values() if now < t + h]
            assert watched.target(asked) == (max(fresh)[2] if fresh else NEUTRAL)
        watched.time.seconds += pause - 0.5


# --- a reload


def test_a_source_that_is_taken_away_takes_its_words_with_it(watched):
    low, high = watched.mailbox("low"), watched.mailbox("high", priority=1)
    low.post(Update(SAD, "sad"))
    high.post(Update(HAPPY, "happy"))
    assert watched.target() == HAPPY
    high.withdraw()
    assert watched.target() == SAD
    low.withdraw()
    assert watched.target() == NEUTRAL


def test_another_priority_counts_at_once_also_for_what_was_said(watched):
    one, other = watched.mailbox("one", priority=1), watched.mailbox("other")
    one.post(Update(SAD, "sad"))
    other.post(Update(HAPPY, "happy"))
    assert watched.target() == SAD
    other.retune(priority=2, hold=math.inf)
    assert watched.target() == HAPPY
    one.post(Update(ANGRY, "angry"))
    assert watched.target() == HAPPY


def test_another_hold_counts_for_words_to_come(watched):
    box = watched.mailbox("box", hold=10.0)
    box.post(Update(SAD, "sad"))
    box.retune(priority=0, hold=2.0)
    watched.later(5.0)
    assert watched.target() == SAD
    box.post(Update(HAPPY, "happy"))
    watched.later(2.5)
    assert watched.target() == NEUTRAL


def test_streams_that_are_shown_from_now_on_exist_and_the_others_stay(watched):
    mixer = Mixer(["main", "bob"], open_to_more=False)
    mixer.reshape(["bob", "ann"], open_to_more=False, most_streams=64)
    assert mixer.streams == ("main", "bob", "ann")
    with pytest.raises(UpdateError, match="outputs show: ann, bob"):
        mixer.mailbox("box").post(Update(SAD, "sad", stream="eve"))
    mixer.reshape(["bob"], open_to_more=True, most_streams=64)
    mixer.mailbox("box").post(Update(SAD, "sad", stream="eve"))
    assert mixer.streams == ("main", "bob", "ann", "eve")


def test_the_goals_are_told_as_of_the_last_settling(watched):
    watched.mailbox("box").post(Update(SAD, "sad"))
    assert [goal.target for goal in watched.mixer.goals] == [NEUTRAL]
    watched.settle()
    assert [goal.target for goal in watched.mixer.goals] == [SAD]
