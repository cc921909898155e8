"""What stands inside a tag, and whether half a tag can still become one."""

import bisect
import json
import re
import unicodedata
from collections.abc import Callable
from functools import cache

from bridge.emotion import scores
from bridge.emotion.labels import AROUND, read_labels, split_score
from bridge.emotion.names import EmotionError, emotion_points, is_emotion
from bridge.emotion.objects import ObjectReader
from bridge.emotion.scores import Scored
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import UpdateError

Scores = tuple[Scored, ...]
Meaning = Callable[[str], Scores | None]
"""The emotions that stand inside a tag; None if it is not a tag."""
Possible = Callable[[str], bool]
"""Whether text that begins with an opening sign can become a tag."""

_LONGEST_ITEM = 80

_VERBS = """
smiles grins laughs giggles chuckles beams cheers gasps cries weeps sobs whimpers sighs frowns pouts
sulks glares scowls sneers smirks winks teases blushes trembles winces yawns pants smiling grinning
laughing giggling chuckling beaming gasping crying weeping sobbing sighing frowning pouting sulking
glaring sneering smirking winking teasing blushing trembling yawning panting
"""
ACTIONS = frozenset(_VERBS.split())
"""Verbs between asterisks that show an emotion. Other words there are emphasis."""

_REMARKS = """
alert bold capable cool dis exc fea free fru fun hap kind lucky neg neu none pain pos powerful
protected quiet reserved responsible secure serious strong sur useful
"""
_EVERYDAY = frozenset(_REMARKS.split())
"""Names that in parentheses are more often a remark than a tag."""

_ELEMENTS = ("face", "emotion", "expr", "expression", "mood", "feeling")
_KEYS = ("face", "emotion", "emo", "mood", "feeling", "expression", "expr")
_KEY = re.compile(rf"(?:(?:{'|'.join(_KEYS)})\s*[:=\s]\s*|em_)", re.IGNORECASE)
_ELEMENT = re.compile(rf"(/?)\s*({'|'.join(_ELEMENTS)})\b([^<>]*?)/?", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(\w{1,20})\s*=\s*["']([^"']*)["']""")
_NAMED_BY = ("name", "value", "label", "emotion")
_SPACES = re.compile(r"[\s_-]+")
_ITEMS = re.compile(r"[,+]")
_NUMBER_BEGUN = re.compile(r"\s*[:=\s(]\s*[-+]?[\d.]*%?\)?")

_RECOGNISED = """
speech bgm applause sneeze breath cough emo_unknown withitn woitn nospeech auto zh en yue ja ko
"""
_SILENT = frozenset(_RECOGNISED.split())
"""What speech recognisers write between `<|` and `|>` beside emotions."""


def labels(inside: str) -> Scores | None:
    """`joy`, `face:joy`, `emotion angry=0.7, joy=0.3` and the like."""
    if inside.strip(" ") != inside.strip(AROUND):
        return None
    key = _KEY.match(inside)
    try:
        found = read_labels(inside[key.end() :] if key else inside)
        if found is not None:
            scores.blend(found[0])
    except (UpdateError, EmotionError):  # a number that is no intensity, or no share
        return None
    return None if found is None else found[0]


def named(inside: str) -> Scores | None:
    """`emotion angry=0.7, joy=0.3`, which stands in two kinds of brackets."""
    return labels(inside) if inside.startswith("emotion") else None


def remark(inside: str) -> Scores | None:
    """A name in parentheses, unless it is an everyday word."""
    return None if inside.casefold().strip() in _EVERYDAY else labels(inside)


def of_ten(inside: str) -> Scores | None:
    """A name and a number of ten."""
    name, score = split_score(inside)
    if score is None or not 0 <= score <= 10 or not is_emotion(name):
        return None
    return (Scored(name, score / 10),)


def control(inside: str) -> Scores | None:
    """What stands between `<|` and `|>`."""
    word = inside.strip().casefold()
    if word.startswith("act"):
        return _act(inside.strip()[3:].lstrip(" :"))
    if word.startswith("delay") or word in _SILENT:
        return ()
    return labels(inside)


def _act(text: str) -> Scores:
    try:
        return ObjectReader().read(json.loads(text), MAIN_STREAM).scores
    except (ValueError, RecursionError):  # of which UpdateError is one; an act without an emotion
        return ()


def element(inside: str) -> Scores | None:
    """An element such as `<face name="joy"/>`, and its end, which says nothing."""
    match = _ELEMENT.fullmatch(inside.strip())
    if match is None:
        return None
    if match[1]:
        return ()
    attributes = {name.casefold(): value for name, value in _ATTRIBUTE.findall(match[3])}
    value = next((attributes[name] for name in _NAMED_BY if name in attributes), "")
    if "intensity" in attributes:
        value = f"{value} {attributes['intensity']}"
    return labels(value) or _one_of(value)


def action(inside: str) -> Scores | None:
    """What somebody does: the emotion of its adverb, or else of its verb."""
    words = inside.casefold().strip(" .!").split()
    if not words or not _begins_action(words[0]):
        return None
    if not ACTIONS.intersection(words):
        return None
    return _one_of(" ".join(words))


def _one_of(text: str) -> Scores | None:
    """The last emotion named in a few words."""
    names = [word for word in text.split() if is_emotion(word)]
    return (Scored(names[-1]),) if names else None


def _begins_action(word: str) -> bool:
    return word in ACTIONS or (word.endswith("ly") and is_emotion(word))


# Half a tag


def may_be_anything(begun: str) -> bool:
    """Control words stand in no other text."""
    return True


def may_be_labels(begun: str) -> bool:
    """Whether labels can stand between these brackets once they are complete."""
    inside = begun.lstrip("[({<")
    begun_end = inside.rstrip("])}>")
    key = _KEY.match(begun_end)
    if key is None and any(name.startswith(begun_end.casefold()) for name in (*_KEYS, "em_")):
        return True
    *complete, last = _ITEMS.split(begun_end[key.end() :] if key else begun_end)
    return all(map(_is_item, complete)) and (_may_be_item(last) or _is_item(last))


def may_be_named(begun: str) -> bool:
    """Whether this is the beginning of `([emotion joy=0.7])`."""
    return "([emotion".startswith(begun) or (
        begun.startswith("([emotion") and may_be_labels(begun[1:])
    )


def may_be_element(begun: str) -> bool:
    """Whether this is the beginning of an element of ours."""
    name = begun[1:].lstrip("/").casefold()
    word = re.match(r"[a-z]*", name)
    complete = word is not None and word.end() < len(name)
    if complete and word is not None:
        return word[0] in _ELEMENTS
    return any(known.startswith(name) for known in _ELEMENTS)


def may_be_action(begun: str) -> bool:
    """Whether this is the beginning of what somebody does."""
    first, space, _ = begun[1:].casefold().partition(" ")
    if space:
        return _begins_action(first)
    return any(verb.startswith(first) for verb in ACTIONS) or _begins_name(first)


def _is_item(item: str) -> bool:
    name, score = split_score(item)
    return is_emotion(name) if name else score is not None


def _may_be_item(item: str) -> bool:
    item = item.lstrip()
    if _begins_name(item) or not (item.isascii() or any(map(str.isalnum, item))):  # emoji
        return True
    for end in range(min(len(item), _LONGEST_ITEM), 0, -1):
        if item[end - 1].isalpha():
            return is_emotion(item[:end]) and bool(_NUMBER_BEGUN.fullmatch(item[end:] or " "))
    return False


@cache
def _sorted_names() -> list[str]:
    return sorted(emotion_points())


def _begins_name(text: str) -> bool:
    """Whether some name begins so."""
    text = unicodedata.normalize("NFC", text.casefold())
    text = _SPACES.sub(" ", text)
    names = _sorted_names()
    place = bisect.bisect_left(names, text)
    return place < len(names) and names[place].startswith(text)
