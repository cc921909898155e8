import pytest

from bridge.config.topic_filter import TopicFilter, parse_topic_filter


@pytest.mark.parametrize(
    ("text", "subscription", "level"),
    [
        ("affect/+/set", "affect/+/set", 1),
        ("+", "+", 0),
        ("affect/+/#", "affect/+/#", 1),
        ("affect/main/set", "affect/main/set", None),
        ("affect/#", "affect/#", None),
        ("$share/bridges/affect/+/set", "$share/bridges/affect/+/set", 1),
        ("game/{zone}/npc/{stream}/emotion", "game/+/npc/+/emotion", 3),
        ("game/+/npc/{stream}/emotion", "game/+/npc/+/emotion", 3),
        ("game/{zone}/npc/+/emotion", "game/+/npc/+/emotion", 3),
        ("{stream}/{a}/{b}", "+/+/+", 0),
        ("game/{zone}/mood", "game/+/mood", None),
        ("$share/g/{zone}/{stream}", "$share/g/+/+", 1),
    ],
)
def test_a_level_of_the_topic_is_the_stream(text: str, subscription: str, level: int | None):
    assert parse_topic_filter(text) == TopicFilter(subscription, level)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("affect/+/set/+", "say which level is the stream, as in game/{zone}/npc/{stream}/emotion"),
        ("+/+/#", "more than one +"),
        ("{stream}/{stream}", "only one level can be {stream}"),
        ("affect/bob+/set", "must each be a whole level"),
        ("affect#", "must each be a whole level"),
        ("affect/x{stream}", "must each be a whole level"),
        ("affect/{a b}/+", "must each be a whole level"),
        ("affect/#/set", "# must be the last level"),
    ],
)
def test_a_filter_that_cannot_be_or_says_too_little_is_refused(text: str, reason: str):
    with pytest.raises(ValueError, match=r".") as refusal:
        parse_topic_filter(text)
    assert reason in str(refusal.value)
