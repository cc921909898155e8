"""The topics that an input subscribes to, and which of their levels names the stream."""

import re
from typing import NamedTuple

STREAM = "{stream}"
_PLACEHOLDER = re.compile(r"\{\w+\}")
_EXAMPLE = "game/{zone}/npc/{stream}/emotion"


class TopicFilter(NamedTuple):
    """A filter as the broker knows it."""

    subscription: str
    stream_level: int | None
    """The level of a topic that is the name of the stream; None if none is."""


def parse_topic_filter(text: str) -> TopicFilter:
    """Read a filter in which a level may be `{stream}`, and others may have names too.

    Without `{stream}` the only `+` is the stream.

    Raises:
        ValueError: it is not a filter, or does not say which of several levels is the stream.
    """
    levels = text.split("/")
    for level in levels:
        if len(level) > 1 and set(level) & set("+#{}") and not _PLACEHOLDER.fullmatch(level):
            raise ValueError(
                f"{text}: +, # and a name such as {STREAM} must each be a whole level of the topic"
            )
    if "#" in levels[:-1]:
        raise ValueError(f"{text}: # must be the last level")
    if levels.count(STREAM) > 1:
        raise ValueError(f"{text}: only one level can be {STREAM}")
    if STREAM not in levels and levels.count("+") > 1:
        raise ValueError(
            f"{text}: more than one +; say which level is the stream, as in {_EXAMPLE}"
        )
    names_stream = STREAM if STREAM in levels else "+"
    place = levels.index(names_stream) if names_stream in levels else None
    if place is not None and levels[0] == "$share":  # the group of a shared subscription
        place -= 2
    subscription = "/".join("+" if _PLACEHOLDER.fullmatch(level) else level for level in levels)
    return TopicFilter(subscription, place)
