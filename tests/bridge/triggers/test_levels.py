"""Values that programs should have, and what is left to send."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.triggers.levels import Levels


def send(levels: Levels) -> list[tuple[str, object]]:
    found = levels.due()
    for thing, value in found:
        levels.sent(thing, value)
    return found


def test_each_value_is_sent_once():
    levels = Levels()
    levels.begin("light", "joy", 1, 0)
    assert send(levels) == [("light", 1)]
    assert send(levels) == []
    levels.end("light", "joy")
    assert send(levels) == [("light", 0)]
    assert send(levels) == []


def test_what_was_not_sent_stays_due():
    levels = Levels()
    levels.begin("light", "joy", 1, 0)
    assert levels.due() == levels.due() == [("light", 1)]


def test_what_began_and_ended_while_the_program_was_away_is_never_sent():
    levels = Levels()
    levels.begin("light", "joy", 1, 0)
    levels.end("light", "joy")
    assert send(levels) == []


def test_an_end_that_was_missed_is_sent_later():
    levels = Levels()
    levels.begin("light", "joy", 1, 0)
    send(levels)
    levels.end("light", "joy")
    levels.due()
    levels.begin("light", "joy", 1, 0)
    assert send(levels) == []  # the program has it already
    levels.end("light", "joy")
    assert send(levels) == [("light", 0)]


def test_the_emotion_that_began_last_decides():
    levels = Levels()
    levels.begin("face", "joy", 1, 0)
    send(levels)
    levels.begin("face", "fear", 2, 0)
    assert send(levels) == [("face", 2)]
    levels.end("face", "joy")
    assert send(levels) == []
    levels.end("face", "fear")
    assert send(levels) == [("face", 0)]


def test_without_a_value_for_after_every_begin_is_sent():
    levels = Levels()
    for _ in range(2):
        levels.begin("light", "joy", "on", None)
        assert send(levels) == [("light", "on")]
        levels.end("light", "joy")
        assert send(levels) == []


def test_a_value_of_another_type_is_another_value():
    levels = Levels()
    levels.begin("light", "joy", 1, 0)
    send(levels)
    levels.begin("light", "fear", True, False)
    assert send(levels) == [("light", True)]


def test_a_program_that_lost_everything_gets_what_stands():
    levels = Levels()
    levels.begin("light", "joy", 1, 0)
    levels.begin("sound", "joy", 1, 0)
    send(levels)
    levels.end("sound", "joy")
    send(levels)
    levels.forget()
    assert send(levels) == [("light", 1)]


names = st.sampled_from("abc")


@given(st.lists(st.tuples(st.sampled_from(["begin", "end", "send", "lose"]), names, names)))
def test_in_the_end_a_program_has_what_stands_and_nothing_is_kept(steps):
    levels, program, stands = Levels(), {}, {}
    for step, thing, holder in steps:
        if step == "begin":
            levels.begin(thing, holder, holder, "off")
            stands.setdefault(thing, {})[holder] = holder
        elif step == "end":
            levels.end(thing, holder)
            stands.get(thing, {}).pop(holder, None)
        elif step == "send":
            program |= dict(send(levels))
            wanted = {each: [*held][-1] for each, held in stands.items() if held}
            assert {each: value for each, value in program.items() if value != "off"} == wanted
    for thing, held in stands.items():
        for holder in list(held):
            levels.end(thing, holder)
    send(levels)
    assert send(levels) == []
    assert not levels._held
    assert not levels._sent
