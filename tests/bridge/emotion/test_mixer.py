import itertools
import math
import sys
import threading
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.cues import SPEAKING_TIMEOUT, VISEMES_TIMEOUT, Cues, Direction, loudness
from bridge.emotion.mixed_stream import StreamCues
from bridge.emotion.mixer import Goal, Mixer
from bridge.emotion.points import Part, Vad
from bridge.emotion.states import CharacterState
from bridge.emotion.stream_table import StreamTable
from bridge.emotion.update import PREVIOUS, Then, Update, UpdateError, named_update

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
    """A mixer, its time, and what the frame thread knows of its goals."""

    def __init__(self, **settings) -> None:
        self.time = Time()
        self.mixer = Mixer(now=self.time, **settings)
        self.goals: dict[str, Goal] = {}
        self.settle()

    def mailbox(self, name: str, **settings):
        return self.mixer.mailbox(name, **settings)

    def settle(self) -> list[Goal]:
        changed = list(self.mixer.settle(self.time.seconds).goals)
        self.goals.update((goal.stream, goal) for goal in changed)
        return changed

    def later(self, seconds: float) -> list[Goal]:
        self.time.seconds += seconds
        return self.settle()

    def target(self, stream: str = "main") -> Vad:
        self.settle()
        return self.goals[stream].parts[0].point


@pytest.fixture
def watched() -> Watched:
    return Watched()


def only(target: Vad) -> tuple[Part, ...]:
    """The parts of a feeling that is one emotion."""
    return (Part(Vad(*target), 1.0),)


def update(target: Vad, stream: str = "main", **rest) -> Update:
    return Update(only(target), "a label", stream, **rest)


# --- who speaks


def test_a_new_mixer_reports_the_main_stream_at_neutral_once():
    mixer = Mixer()
    assert list(mixer.settle(0.0).goals) == [(0, "main", only(NEUTRAL), None)]
    assert not mixer.settle(0.0).goals


def test_an_update_becomes_the_goal_with_its_fade(watched):
    watched.mailbox("a").post(update(HAPPY, fade=0.7))
    assert watched.settle() == [(0, "main", only(HAPPY), 0.7)]


def test_nothing_is_reported_while_nothing_changes(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY))
    watched.settle()
    box.post(update(HAPPY))
    assert watched.settle() == []
    assert watched.later(3600.0) == []


def test_among_equal_priorities_the_latest_update_wins(watched):
    first, second = watched.mailbox("first"), watched.mailbox("second")
    first.post(update(HAPPY))
    watched.later(1.0)
    second.post(update(SAD))
    assert watched.target() == SAD
    watched.later(1.0)
    first.post(update(ANGRY))
    assert watched.target() == ANGRY


def test_of_two_updates_within_one_tick_of_a_coarse_clock_the_later_wins(watched):
    first, second = watched.mailbox("first"), watched.mailbox("second")
    first.post(update(HAPPY))
    second.post(update(SAD))
    assert watched.target() == SAD


def test_the_higher_priority_wins_whatever_comes_later(watched):
    person, demo = watched.mailbox("person", priority=0), watched.mailbox("demo", priority=-10)
    person.post(update(HAPPY))
    watched.later(5.0)
    demo.post(update(SAD))
    assert watched.target() == HAPPY


def test_a_higher_priority_takes_over_at_once(watched):
    watched.mailbox("low", priority=1).post(update(SAD))
    assert watched.target() == SAD
    watched.mailbox("high", priority=2).post(update(HAPPY))
    assert watched.target() == HAPPY


def test_when_the_first_sources_update_expires_the_next_speaks_again(watched):
    watched.mailbox("low").post(update(SAD))
    watched.mailbox("high", priority=1, hold=2.0).post(update(HAPPY))
    assert watched.target() == HAPPY
    assert watched.later(1.9) == []
    assert watched.later(0.2) == [(0, "main", only(SAD), None)]


def test_with_no_update_left_the_stream_goes_to_neutral_at_its_own_pace(watched):
    watched.mailbox("a", hold=2.0).post(update(HAPPY, fade=9.0))
    watched.settle()
    assert watched.later(2.1) == [(0, "main", only(NEUTRAL), None)]
    assert watched.later(100.0) == []


def test_an_update_holds_forever_unless_a_hold_is_given(watched):
    watched.mailbox("a").post(update(HAPPY))
    watched.later(1e9)
    assert watched.target() == HAPPY


def test_an_updates_own_hold_wins_over_its_sources(watched):
    watched.mailbox("brief", hold=1.0).post(update(HAPPY, hold=5.0))
    watched.later(4.9)
    assert watched.target() == HAPPY
    watched.later(0.2)
    assert watched.target() == NEUTRAL
    watched.mailbox("endless").post(update(SAD, hold=1.0))
    watched.later(1.1)
    assert watched.target() == NEUTRAL


def test_an_update_may_hold_forever_though_its_source_does_not(watched):
    watched.mailbox("brief", hold=1.0).post(update(HAPPY, hold=math.inf))
    watched.later(1e9)
    assert watched.target() == HAPPY


def test_a_new_update_of_the_same_source_starts_a_new_hold(watched):
    box = watched.mailbox("a", hold=2.0)
    box.post(update(HAPPY))
    watched.later(1.5)
    box.post(update(HAPPY))
    watched.later(1.5)
    assert watched.target() == HAPPY
    watched.later(0.6)
    assert watched.target() == NEUTRAL


def test_a_source_that_speaks_again_forgets_its_longer_update(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY))
    box.post(update(SAD, hold=1.0))
    watched.later(1.1)
    assert watched.target() == NEUTRAL


def test_two_sources_of_one_name_keep_a_mailbox_each(watched):
    """Two MQTT inputs at one broker have the same name, and may differ in priority."""
    watched.mailbox("mqtt broker:1883", priority=5).post(update(HAPPY))
    watched.later(1.0)
    watched.mailbox("mqtt broker:1883", priority=0).post(update(SAD))
    assert watched.target() == HAPPY


# --- streams


def test_streams_do_not_disturb_each_other(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY, "alice"))
    box.post(update(SAD, "bob"))
    assert [goal[:3] for goal in watched.settle()] == [
        (1, "alice", only(HAPPY)),
        (2, "bob", only(SAD)),
    ]
    assert watched.target("main") == NEUTRAL
    box.post(update(ANGRY, "alice"))
    assert [goal[:3] for goal in watched.settle()] == [(1, "alice", only(ANGRY))]


def test_streams_that_outputs_show_exist_from_the_start():
    mixer = Mixer(["alice", "bob"], open_to_more=False)
    assert [goal[:3] for goal in mixer.settle(0.0).goals] == [
        (0, "alice", only(NEUTRAL)),
        (1, "bob", only(NEUTRAL)),
    ]
    assert mixer.streams == ("alice", "bob")


def test_a_stream_that_no_output_shows_is_refused_with_those_that_are_shown():
    watched = Watched(shown=["alice", "bob"], open_to_more=False)
    box = watched.mailbox("a")
    with pytest.raises(UpdateError, match=r"'carol'.*alice, bob"):
        box.post(update(HAPPY, "carol"))
    assert watched.mixer.streams == ("alice", "bob")
    assert watched.settle() == []
    assert box.updates == 0


def test_more_streams_than_allowed_are_refused_and_the_others_go_on():
    watched = Watched(most_streams=3)
    box = watched.mailbox("a")
    for name in ("alice", "bob"):
        box.post(update(HAPPY, name))
    with pytest.raises(UpdateError, match=r"3 streams.*'carol'"):
        box.post(update(HAPPY, "carol"))
    box.post(update(SAD, "alice"))
    assert watched.target("alice") == SAD
    assert watched.mixer.streams == ("main", "alice", "bob")


def test_a_mailbox_counts_what_it_took(watched):
    box = watched.mailbox("a")
    for _ in range(3):
        box.post(update(HAPPY))
    assert box.updates == 3


def test_a_mailbox_counts_the_updates_that_it_replaced_before_any_frame_saw_them(watched):
    box, other = watched.mailbox("a"), watched.mailbox("b")
    for target in (HAPPY, SAD, ANGRY):
        box.post(update(target))
    box.post(update(HAPPY, "alice"))
    other.post(update(HAPPY))
    assert (box.overwrites, other.overwrites) == (2, 0)


def test_an_update_that_a_frame_has_seen_is_replaced_without_being_counted(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY))
    watched.settle()
    box.post(update(SAD))
    assert box.overwrites == 0
    box.post(update(ANGRY))
    assert box.overwrites == 1


# --- what people read


def test_the_label_is_that_of_the_update_that_counts(watched):
    assert watched.mixer.label() == "neutral"
    watched.mailbox("low").post(Update(only(SAD), "sad 1"))
    watched.mailbox("high", priority=1, hold=1.0).post(Update(only(HAPPY), "joy 0.9"))
    watched.settle()
    assert watched.mixer.label() == "joy 0.9"
    watched.later(1.1)
    assert watched.mixer.label() == "sad 1"
    assert watched.mixer.label("nobody") == "neutral"


# --- nothing queues


def test_a_burst_of_ten_thousand_updates_keeps_the_last_alone(watched):
    box = watched.mailbox("a")
    for _ in range(10_000):  # Python keeps a few thousand tuples for later
        box.post(update(HAPPY))
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for n in range(10_000):
            box.post(update(Vad(n / 10_000, 0.0, 0.0)))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 10_000  # bytes: less than one for each update
    assert [goal.parts[0].point for goal in watched.settle()] == [(0.9999, 0.0, 0.0)]


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
            box.post(update(Vad(source, step / 2, 0.0), name))

    def settle() -> None:
        for goal in mixer.settle(0.0).goals:
            assert rows.setdefault(goal.row, goal.stream) == goal.stream
            goals[goal.stream] = goal

    threads = [threading.Thread(target=post, args=(source,)) for source in (0, 1)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        settle()
    settle()
    assert sorted(rows) == list(range(501))
    assert {name: goals[name].parts[0].point for name in names} == dict.fromkeys(
        names, (1.0, 1.0, 0.0)
    )


# --- the end of an input


def test_let_end_gives_endless_updates_an_end_and_says_when(watched):
    box = watched.mailbox("stdin")
    box.post(update(HAPPY))
    assert box.let_end(2.0) == pytest.approx(1002.0)
    assert watched.target() == HAPPY
    watched.later(1.9)
    assert watched.target() == HAPPY
    watched.later(0.2)
    assert watched.target() == NEUTRAL


def test_let_end_leaves_an_update_its_own_hold(watched):
    box = watched.mailbox("stdin")
    box.post(update(HAPPY, hold=5.0))
    box.post(update(SAD, "bob"))
    assert box.let_end(2.0) == pytest.approx(1005.0)
    watched.later(2.1)
    assert (watched.target(), watched.target("bob")) == (HAPPY, NEUTRAL)
    watched.later(3.0)
    assert watched.target() == NEUTRAL


def test_let_end_touches_no_other_source(watched):
    watched.mailbox("osc").post(update(SAD))
    box = watched.mailbox("stdin", priority=1)
    box.post(update(HAPPY))
    box.let_end(1.0)
    watched.later(1.1)
    assert watched.target() == SAD
    watched.later(1e6)
    assert watched.target() == SAD


def test_let_end_without_an_update_is_now(watched):
    assert watched.mailbox("stdin").let_end(2.0) == 1000.0


# --- against a plain statement of the rule

UPDATES = st.lists(
    st.tuples(
        st.integers(0, 3),  # whose
        st.sampled_from(["main", "bob"]),
        st.sampled_from([HAPPY, SAD, ANGRY]),
        st.none() | st.integers(1, 6),  # hold
        st.integers(1, 3),  # seconds until the next
    ),
    max_size=20,
)


@given(UPDATES)
def test_at_any_time_the_fresh_update_of_highest_priority_then_the_latest_speaks(words):
    watched = Watched(shown=["main", "bob"])
    boxes = [watched.mailbox(f"source {n}", priority=n // 2) for n in range(4)]
    said: list[tuple[float, int, str, Vad, float]] = []
    for source, stream, target, hold, pause in words:
        boxes[source].post(update(target, stream, hold=hold))
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


def test_a_source_that_is_taken_away_takes_its_updates_with_it(watched):
    low, high = watched.mailbox("low"), watched.mailbox("high", priority=1)
    low.post(Update(only(SAD), "sad"))
    high.post(Update(only(HAPPY), "happy"))
    assert watched.target() == HAPPY
    high.withdraw()
    assert watched.target() == SAD
    low.withdraw()
    assert watched.target() == NEUTRAL


def test_another_priority_counts_at_once_also_for_what_was_posted(watched):
    one, other = watched.mailbox("one", priority=1), watched.mailbox("other")
    one.post(Update(only(SAD), "sad"))
    other.post(Update(only(HAPPY), "happy"))
    assert watched.target() == SAD
    other.retune(priority=2, hold=math.inf)
    assert watched.target() == HAPPY
    one.post(Update(only(ANGRY), "angry"))
    assert watched.target() == HAPPY


def test_another_hold_counts_for_updates_to_come(watched):
    box = watched.mailbox("box", hold=10.0)
    box.post(Update(only(SAD), "sad"))
    box.retune(priority=0, hold=2.0)
    watched.later(5.0)
    assert watched.target() == SAD
    box.post(Update(only(HAPPY), "happy"))
    watched.later(2.5)
    assert watched.target() == NEUTRAL


def test_streams_that_are_shown_from_now_on_exist_and_the_others_stay(watched):
    mixer = Mixer(["main", "bob"], open_to_more=False)
    mixer.reshape(["bob", "ann"], open_to_more=False, most_streams=64)
    assert mixer.streams == ("main", "bob", "ann")
    with pytest.raises(UpdateError, match="outputs show ann, bob"):
        mixer.mailbox("box").post(Update(only(SAD), "sad", stream="eve"))
    mixer.reshape(["bob"], open_to_more=True, most_streams=64)
    mixer.mailbox("box").post(Update(only(SAD), "sad", stream="eve"))
    assert mixer.streams == ("main", "bob", "ann", "eve")


def test_the_goals_are_told_as_of_the_last_settling(watched):
    watched.mailbox("box").post(Update(only(SAD), "sad"))
    assert [goal.parts[0].point for goal in watched.mixer.goals] == [NEUTRAL]
    watched.settle()
    assert [goal.parts[0].point for goal in watched.mixer.goals] == [SAD]


# --- streams end


def test_a_neutral_stream_without_an_update_ends_after_the_timeout():
    watched = Watched(stream_timeout=60.0)
    watched.mailbox("a", hold=5.0).post(update(HAPPY, "alice"))
    watched.mailbox("a", hold=500.0).post(update(SAD, "bob"))
    watched.settle()
    watched.later(5.0)
    assert watched.mixer.settle(watched.time.seconds + 59.0).ended == ()
    ended = watched.mixer.settle(watched.time.seconds + 60.0)
    assert list(ended.ended) == [1]
    assert watched.mixer.streams == ("main", "bob")
    assert [(goal.row, goal.stream) for goal in watched.mixer.goals] == [(0, "main"), (1, "bob")]


def test_a_stream_does_not_end_before_its_face_is_neutral():
    watched = Watched(stream_timeout=60.0)
    watched.mailbox("a", hold=5.0).post(update(HAPPY, "alice"))
    watched.settle()
    watched.later(5.0)
    late = watched.time.seconds + 100.0
    assert not watched.mixer.settle(late, at_rest=lambda row: False).ended
    assert list(watched.mixer.settle(late, at_rest=lambda row: row == 1).ended) == [1]


def test_a_stream_that_an_output_names_never_ends():
    watched = Watched(shown=["main", "bob"], stream_timeout=60.0)
    assert watched.mixer.settle(1e9).ended == ()
    assert watched.mixer.streams == ("main", "bob")


def test_several_streams_end_at_once_and_the_rows_after_them_move_up():
    watched = Watched(stream_timeout=1.0)
    box = watched.mailbox("a")
    for name, hold in (("alice", 1.0), ("bob", math.inf), ("carol", 1.0)):
        box.post(update(HAPPY, name, hold=hold))
    watched.settle()
    watched.later(1.0)
    settled = watched.mixer.settle(watched.time.seconds + 1.0)
    assert list(settled.ended) == [1, 3]
    box.post(update(SAD, "bob"))
    assert [goal[:3] for goal in watched.later(1.0)] == [(1, "bob", only(SAD))]


def test_a_stream_may_come_again_after_it_has_ended():
    watched = Watched(stream_timeout=1.0)
    box = watched.mailbox("a", hold=1.0)
    box.post(update(HAPPY, "alice"))
    watched.settle()
    watched.later(1.0)
    watched.later(1.0)
    assert watched.mixer.streams == ("main",)
    box.post(update(SAD, "alice"))
    assert [goal[:3] for goal in watched.settle()] == [(1, "alice", only(SAD))]


def test_an_update_keeps_an_idle_stream_from_ending():
    watched = Watched(stream_timeout=60.0)
    box = watched.mailbox("a", hold=5.0)
    box.post(update(HAPPY, "alice"))
    watched.settle()
    watched.later(50.0)
    box.post(update(SAD, "alice"))
    watched.later(5.0)
    assert watched.mixer.settle(watched.time.seconds + 59.0).ended == ()


def test_at_the_limit_the_stream_with_the_oldest_update_makes_room(caplog):
    caplog.set_level("INFO", "bridge")
    watched = Watched(most_streams=3, stream_timeout=60.0)
    box = watched.mailbox("a")  # updates hold forever
    box.post(update(HAPPY, "alice"))
    watched.later(1.0)
    box.post(update(SAD, "bob"))
    watched.later(60.0)
    box.post(update(ANGRY, "carol"))
    settled = watched.mixer.settle(watched.time.seconds)
    assert list(settled.ended) == [1]
    assert [goal[:3] for goal in settled.goals] == [(2, "carol", only(ANGRY))]
    assert watched.mixer.streams == ("main", "bob", "carol")
    [line] = [record.getMessage() for record in caplog.records]
    assert "'alice' ended" in line
    assert "'carol'" in line


def test_at_the_limit_no_stream_with_a_recent_update_makes_room():
    watched = Watched(most_streams=2, stream_timeout=60.0)
    box = watched.mailbox("a")
    box.post(update(HAPPY, "alice"))
    watched.later(59.0)
    with pytest.raises(UpdateError, match=r"2 streams already.*max_streams.*'bob'"):
        box.post(update(SAD, "bob"))
    assert watched.mixer.refused_streams == 1
    watched.later(1.0)
    box.post(update(SAD, "bob"))
    assert watched.mixer.streams == ("main", "bob")


def test_a_flood_of_new_names_at_the_limit_looks_at_every_stream_once(monkeypatch):
    looks: list[float] = []
    oldest = StreamTable._oldest
    monkeypatch.setattr(StreamTable, "_oldest", lambda table: looks.append(1.0) or oldest(table))
    watched = Watched(most_streams=2, stream_timeout=60.0)
    box = watched.mailbox("a")
    box.post(update(HAPPY, "alice"))
    for number in range(100):
        with pytest.raises(UpdateError, match="2 streams already"):
            box.post(update(SAD, f"new{number}"))
    assert len(looks) == 1
    watched.later(60.0)
    box.post(update(SAD, "bob"))
    assert watched.mixer.streams == ("main", "bob")


def test_a_stream_that_ends_and_comes_again_between_two_frames_gets_a_new_row():
    watched = Watched(most_streams=2, stream_timeout=60.0)
    box = watched.mailbox("a")
    box.post(update(HAPPY, "alice"))
    watched.settle()
    watched.later(60.0)
    box.post(update(SAD, "bob"))  # in alice's place
    watched.time.seconds += 60.0
    box.post(update(ANGRY, "alice"))  # in bob's, whom no frame has seen
    settled = watched.mixer.settle(watched.time.seconds)
    assert list(settled.ended) == [1]
    assert [goal[:3] for goal in settled.goals] == [(1, "alice", only(ANGRY))]


# --- what people may ask


def test_a_stream_tells_its_source_and_when_it_was_updated(watched):
    assert watched.mixer.state()[:3] == ("neutral", "", -math.inf)
    watched.mailbox("osc 127.0.0.1:9130", hold=2.0).post(Update(only(HAPPY), "joy 0.9"))
    watched.settle()
    assert watched.mixer.state()[:3] == ("joy 0.9", "osc 127.0.0.1:9130", 1000.0)
    watched.later(2.5)
    assert watched.mixer.state()[:3] == ("neutral", "", 1000.0)


def test_a_frame_learns_when_the_first_update_that_it_shows_was_posted(watched):
    assert watched.mixer.settle(watched.time.seconds).posted == math.inf
    box = watched.mailbox("a")
    box.post(update(HAPPY))
    watched.time.seconds += 0.01
    box.post(update(SAD))
    assert watched.mixer.settle(watched.time.seconds).posted == 1000.0
    assert watched.mixer.settle(watched.time.seconds).posted == math.inf


# --- cues


def cued(stream: str = "main", **cues) -> Update:
    return Update((), "", stream, cues=Cues(**cues))


def cues_of(watched: Watched) -> dict[str, StreamCues]:
    settled = watched.mixer.settle(watched.time.seconds)
    return {watched.mixer.streams[row]: cues for row, cues in settled.cues}


def test_a_cue_leaves_the_feeling_as_it_is(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY))
    watched.settle()
    box.post(cued(speaking=True))
    settled = watched.mixer.settle(watched.time.seconds)
    assert settled.goals == []
    assert settled.cues == [(0, StreamCues(speaking=True))]
    assert watched.mixer.label() == "a label"


def test_cues_are_reported_when_they_change_and_not_again(watched):
    watched.mailbox("a").post(cued(speaking=True))
    assert cues_of(watched) == {"main": StreamCues(speaking=True)}
    assert cues_of(watched) == {}


def test_a_stream_that_is_not_told_to_stop_speaking_stops_after_a_while(watched):
    watched.mailbox("a").post(cued(speaking=True))
    watched.settle()
    watched.time.seconds += SPEAKING_TIMEOUT - 0.1
    assert cues_of(watched) == {}
    watched.time.seconds += 0.2
    assert cues_of(watched) == {"main": StreamCues()}


def test_a_mouth_closes_whose_source_sends_no_more(watched):
    watched.mailbox("a").post(cued(visemes=loudness(0.5)))
    assert cues_of(watched)["main"].visemes == loudness(0.5)
    watched.time.seconds += VISEMES_TIMEOUT
    assert cues_of(watched) == {"main": StreamCues()}


def test_a_look_lasts_until_it_is_let_go(watched):
    box = watched.mailbox("a")
    box.post(cued(look_at=Direction(10.0, -5.0)))
    watched.settle()
    watched.time.seconds += 3600.0
    box.post(cued(speaking=True))
    assert cues_of(watched)["main"].look_at == (10.0, -5.0)
    box.post(cued(look_freely=True))
    assert cues_of(watched)["main"].look_at is None


def test_a_cue_makes_a_stream_and_others_keep_theirs_when_one_ends():
    watched = Watched(stream_timeout=60.0)
    box = watched.mailbox("a", hold=1.0)
    box.post(update(HAPPY, "alice"))
    box.post(cued("bob", look_at=Direction(1.0, 2.0)))
    assert cues_of(watched)["bob"].look_at == (1.0, 2.0)
    watched.later(1.0)
    box.post(cued("bob", speaking=True))
    watched.later(30.0)
    box.post(cued("bob", speaking=True))
    settled = watched.mixer.settle(watched.time.seconds + 30.0)
    assert list(settled.ended) == [1]
    assert dict(settled.cues)[1].look_at == (1.0, 2.0)


def test_a_source_may_take_back_its_update_for_one_stream_alone(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY, "alice"))
    box.post(update(HAPPY, "bob"))
    watched.settle()
    box.withdraw("alice")
    watched.settle()
    assert (watched.target("alice"), watched.target("bob")) == (NEUTRAL, HAPPY)


# --- gestures


def gesture(target: Vad, hold: float = 1.2, then: Then = PREVIOUS, **rest) -> Update:
    return update(target, hold=hold, then=then, **rest)


def test_after_a_gesture_the_stream_shows_what_the_source_showed_before(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY))
    watched.later(5.0)
    box.post(gesture(ANGRY))
    assert watched.target() == ANGRY
    watched.later(1.1)
    assert watched.target() == ANGRY
    watched.later(0.1)
    assert watched.target() == HAPPY
    assert watched.later(3600.0) == []


def test_a_burst_of_gestures_goes_back_to_what_was_there_before_the_first(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY))
    for _ in range(100):
        watched.later(0.3)
        box.post(gesture(ANGRY))
        watched.later(0.3)
        box.post(gesture(SAD))
    watched.later(1.2)
    assert watched.target() == HAPPY


def test_a_gesture_that_follows_an_ended_one_in_the_same_frame_goes_back_as_far(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY))
    box.post(gesture(ANGRY, hold=1.0))
    watched.time.seconds += 1.5  # no frame sees that it has ended
    box.post(gesture(SAD, hold=1.0))
    watched.later(1.0)
    assert watched.target() == HAPPY


def test_time_goes_on_for_what_a_gesture_covers(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY, hold=3.0))
    watched.later(1.0)
    box.post(gesture(ANGRY, hold=1.0))
    watched.later(1.0)
    assert watched.target() == HAPPY
    watched.later(1.0)
    assert watched.target() == NEUTRAL


def test_a_gesture_that_outlasts_what_it_covers_ends_in_neutral(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY, hold=0.5))
    box.post(gesture(ANGRY, hold=1.0))
    watched.later(0.9)
    assert watched.target() == ANGRY
    watched.later(0.1)
    assert watched.target() == NEUTRAL


def test_after_a_gesture_over_nothing_other_sources_count(watched):
    watched.mailbox("other").post(update(SAD))
    watched.mailbox("a").post(gesture(ANGRY))
    assert watched.target() == ANGRY
    watched.later(1.2)
    assert watched.target() == SAD


def test_what_another_source_says_during_a_gesture_stays_after_it(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY))
    box.post(gesture(ANGRY))
    watched.later(0.5)
    watched.mailbox("other").post(update(SAD))
    assert watched.target() == SAD
    watched.later(2.0)
    assert watched.target() == SAD


def test_a_gesture_goes_on_to_the_emotion_that_it_names_for_the_hold_of_the_source(watched):
    box = watched.mailbox("a", hold=10.0)
    box.post(update(HAPPY))
    box.post(gesture(ANGRY, then=Then(only(SAD), "sad 1")))
    watched.later(1.2)
    assert watched.target() == SAD
    assert watched.mixer.state().label == "sad 1"
    watched.later(9.9)
    assert watched.target() == SAD
    watched.later(0.2)
    assert watched.target() == NEUTRAL


def test_a_gesture_over_one_that_names_an_emotion_goes_back_to_that_emotion(watched):
    box = watched.mailbox("a")
    box.post(gesture(ANGRY, hold=5.0, then=Then(only(SAD), "sad 1")))
    box.post(gesture(HAPPY, hold=1.0))
    watched.later(1.0)
    assert watched.target() == SAD


def test_the_way_back_takes_the_fade_of_the_gesture(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY, fade=5.0))
    watched.settle()
    box.post(gesture(ANGRY, fade=0.2))
    assert [goal.fade for goal in watched.settle()] == [0.2]
    assert [(goal.target, goal.fade) for goal in watched.later(1.2)] == [(HAPPY, 0.2)]


def test_what_follows_a_gesture_has_the_priority_that_its_source_has_by_then(watched):
    box = watched.mailbox("a", priority=0)
    box.post(update(HAPPY))
    box.post(gesture(ANGRY))
    box.retune(priority=-5, hold=math.inf)
    watched.mailbox("demo", priority=-3).post(update(SAD))
    watched.later(2.0)
    assert watched.target() == SAD


def test_what_follows_the_gesture_of_an_ended_input_expires_too(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY))
    box.post(gesture(ANGRY))
    ends = box.let_end(5.0)
    assert ends == watched.time.seconds + 5.0
    watched.later(1.2)
    assert watched.target() == HAPPY
    watched.later(3.8)
    assert watched.target() == NEUTRAL


def test_a_withdrawn_source_takes_along_what_its_gesture_would_go_back_to(watched):
    box = watched.mailbox("a")
    box.post(update(HAPPY))
    box.post(gesture(ANGRY))
    box.withdraw()
    watched.later(2.0)
    assert watched.target() == NEUTRAL


def test_a_flood_of_gestures_keeps_no_more_than_two_updates():
    box = (mixer := Mixer(now=lambda: 0.0)).mailbox("a")
    box.post(update(HAPPY))
    for _ in range(1000):
        box.post(gesture(ANGRY))
        box.post(gesture(SAD, then=Then(only(HAPPY), "happy 1")))
    [stream] = mixer._table
    assert len(list(stream.all_of(box))) == 2


# --- states of a character

STATES = {
    "listening": CharacterState(hold=600.0),
    "speaking": CharacterState(speaking=True),
    "sad": CharacterState(only(SAD), "sadness 1"),
    "failed": CharacterState(only(ANGRY), "anger 1", emotion_hold=2.0, hold=8.0),
}


@pytest.fixture
def stage() -> Watched:
    return Watched(states=STATES)


def state_of(watched: Watched, stream: str = "main") -> str:
    watched.settle()
    return watched.mixer.state(stream).character


def test_a_state_stays_until_another_is_chosen_or_none(stage):
    box, other = stage.mailbox("a"), stage.mailbox("b")
    box.post(cued(state="listening"))
    assert cues_of(stage) == {"main": StreamCues(state="listening")}
    stage.later(500.0)
    assert state_of(stage) == "listening"
    other.post(cued(state="speaking"))
    assert state_of(stage) == "speaking"
    box.post(cued(state=""))
    assert cues_of(stage) == {"main": StreamCues()}
    assert state_of(stage) == ""


def test_a_state_that_nobody_ends_ends_by_itself(stage):
    stage.mailbox("a").post(cued(state="listening"))
    stage.later(599.0)
    assert state_of(stage) == "listening"
    stage.later(1.1)
    assert state_of(stage) == ""


def test_a_hold_beside_a_state_is_its_time_unless_there_is_an_emotion(stage):
    box = stage.mailbox("a")
    box.post(cued(state="listening")._replace(hold=5.0))
    stage.later(5.1)
    assert state_of(stage) == ""
    box.post(update(HAPPY, hold=5.0, cues=Cues(state="listening")))
    stage.later(5.1)
    assert state_of(stage) == "listening"
    assert stage.target() == NEUTRAL


def test_not_even_forever_keeps_a_state_for_more_than_a_day(stage):
    stage.mailbox("a").post(cued(state="listening")._replace(hold=math.inf))
    stage.later(86401.0)
    assert state_of(stage) == ""


def test_the_emotion_of_a_state_counts_like_one_sent_now_and_goes_with_the_state(stage):
    box = stage.mailbox("a")
    box.post(update(HAPPY))
    box.post(cued(state="sad"))
    assert stage.target() == SAD
    assert stage.mixer.state()[:2] == ("sadness 1", "a")
    box.post(cued(state="listening"))
    assert stage.target() == HAPPY


def test_an_emotion_that_comes_with_or_after_a_state_counts_before_that_of_the_state(stage):
    box = stage.mailbox("a")
    box.post(update(HAPPY, cues=Cues(state="sad")))
    assert stage.target() == HAPPY
    box.post(cued(state="failed"))
    assert stage.target() == ANGRY
    box.post(update(HAPPY))
    assert stage.target() == HAPPY


def test_an_emotion_may_end_before_its_state_and_comes_again_when_that_is_chosen_again(stage):
    box = stage.mailbox("a")
    box.post(cued(state="failed"))
    assert stage.target() == ANGRY
    stage.later(2.1)
    assert (stage.target(), state_of(stage)) == (NEUTRAL, "failed")
    box.post(cued(state="failed"))
    assert stage.target() == ANGRY


def test_a_state_that_is_sent_again_and_again_does_not_outdo_a_later_emotion(stage):
    box = stage.mailbox("a")
    box.post(cued(state="sad"))
    stage.mailbox("b").post(update(HAPPY))
    for _ in range(5):
        stage.later(1.0)
        box.post(cued(state="sad"))
        assert stage.target() == HAPPY


def test_in_a_state_that_speaks_the_stream_counts_as_speaking(stage):
    box = stage.mailbox("a")
    box.post(cued(state="speaking"))
    assert cues_of(stage)["main"].speaking
    box.post(cued(speaking=False))
    assert cues_of(stage)["main"].speaking
    box.post(cued(state=""))
    assert not cues_of(stage)["main"].speaking


def test_an_unknown_state_is_refused_with_one_that_is_near_and_makes_no_stream(stage):
    box = stage.mailbox("a")
    with pytest.raises(UpdateError, match='unknown state "listenin"; did you mean "listening"'):
        box.post(cued(stream="bob", state="listenin"))
    with pytest.raises(UpdateError, match='did you mean the emotion "happy"'):
        box.post(cued(state="hapy"))
    with pytest.raises(UpdateError, match="the states are listening, speaking, sad, failed"):
        box.post(cued(state="zzz"))
    assert stage.mixer.streams == ("main",)


def test_an_unknown_state_beside_an_emotion_is_ignored_and_noted(stage):
    [note] = stage.mailbox("a").post(update(HAPPY, cues=Cues(state="on")))
    assert 'unknown state "on"' in note.text
    assert stage.target() == HAPPY
    assert state_of(stage) == ""


def test_a_withdrawn_source_takes_along_the_state_that_it_chose(stage):
    box, other = stage.mailbox("a"), stage.mailbox("b")
    box.post(cued(state="sad"))
    other.withdraw()
    assert state_of(stage) == "sad"
    box.withdraw()
    assert (state_of(stage), stage.target()) == ("", NEUTRAL)


def test_the_state_of_an_ended_input_ends_and_does_not_keep_the_bridge_running(stage):
    box = stage.mailbox("a")
    box.post(cued(state="sad"))
    assert box.let_end(5.0) == stage.time.seconds + 5.0
    stage.later(5.1)
    assert (state_of(stage), stage.target()) == ("", NEUTRAL)
    box.post(cued(state="listening"))
    assert box.let_end(5.0) == stage.time.seconds


def test_new_settings_of_states_count_at_once(stage):
    stage.mailbox("a").post(cued(state="sad"))
    changed = {"sad": CharacterState(only(HAPPY), "joy 1", speaking=True)}
    more = {"open_to_more": True, "most_streams": 64}
    stage.mixer.reshape(["main"], states=changed, **more)
    assert stage.target() == HAPPY
    assert stage.mixer.state()[::3] == ("joy 1", "sad")
    stage.mixer.reshape(["main"], states={"sad": CharacterState()}, **more)
    assert (stage.target(), state_of(stage)) == (NEUTRAL, "sad")
    stage.mixer.reshape(["main"], states={}, **more)
    assert state_of(stage) == ""


def test_a_stream_does_not_end_in_a_state_and_does_some_time_after_it(stage):
    box = stage.mailbox("a")
    box.post(cued(stream="bob", state="listening"))
    stage.later(590.0)
    assert "bob" in stage.mixer.streams
    stage.later(11.0)
    stage.later(59.0)
    assert "bob" in stage.mixer.streams
    stage.later(2.0)
    assert "bob" not in stage.mixer.streams


def test_a_tap_hears_every_update_with_what_counted_for_it():
    now = 0.0
    mixer = Mixer(now=lambda: now)
    heard = []
    mailbox = mixer.mailbox("osc", priority=3, hold=9.0)
    with mixer.tapped(heard.append):
        mailbox.post(named_update("joy"), "joy!")
        now = 2.0
        mailbox.post(named_update("fear", hold=1.0))
        mailbox.let_end(4.0)
    mailbox.post(named_update("anger"))
    first, second, end = heard
    assert first == (1, 0.0, "osc", 3, 9.0, named_update("joy"), "joy!")
    assert (second.number, second.now, second.hold, second.sent) == (2, 2.0, 9.0, "")
    assert end == (3, 2.0, "osc", 3, 4.0, None, "")


def test_a_source_may_tap_what_the_others_post_beside_another_tap():
    mixer = Mixer()
    mine, theirs = [], []
    with mixer.mailbox("stdin:chat").tapped(mine.append):
        with mixer.tapped(theirs.append):
            mixer.mailbox("osc").post(cued("bob", spoken=42))
        mixer.mailbox("osc").post(cued(spoken=0))
    assert [(each.update.stream, each.update.cues.spoken) for each in mine] == [
        ("bob", 42),
        ("main", 0),
    ]
    assert theirs == mine[:1]


def test_an_update_is_seen_by_the_first_frame_after_it():
    mixer = Mixer()
    mailbox = mixer.mailbox("osc")
    mixer.settle(0.0)
    mailbox.post(named_update("joy"))
    assert (mixer.heard, mixer.seen) == (1, 0)
    mixer.settle(0.0)
    assert (mixer.heard, mixer.seen) == (1, 1)


def test_a_refused_update_is_not_heard():
    mixer = Mixer(["main"], open_to_more=False)
    heard = []
    with mixer.tapped(heard.append), pytest.raises(UpdateError):
        mixer.mailbox("osc").post(named_update("joy", stream="bob"))
    assert heard == []


def test_a_mailbox_beside_another_competes_by_itself():
    mixer = Mixer()
    mailbox = mixer.mailbox("file", priority=-5)
    beside = mailbox.beside("osc", 2, math.inf)
    mailbox.post(named_update("joy"))
    beside.post(named_update("fear"))
    mailbox.post(named_update("anger"))
    mixer.settle(0.0)
    assert mixer.state()[:2] == ("fear 1", "osc")
    beside.withdraw()
    mixer.settle(0.0)
    assert mixer.state()[:2] == ("anger 1", "file")
