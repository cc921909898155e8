"""Labels in text: the names of emotions as people and classifiers write them."""

import re

from bridge.emotion import scores
from bridge.emotion.names import (
    LONGEST_NAME,
    EmotionError,
    UnknownEmotionError,
    is_emotion,
    parts_of,
)
from bridge.emotion.numbers import to_number, with_decimal_points
from bridge.emotion.points import Parts
from bridge.emotion.scale import UNSCALED, Scales
from bridge.emotion.scores import MOST_SCORES, Scored

LONGEST_LABELS = 1024
"""Characters of a text with labels only."""
_LONGEST_ITEM = 100
AROUND = " \t\r\n.!?…。！？\"'`*"
_BETWEEN = re.compile(r"[,;\n]")


def read_labels(text: str, scales: Scales = UNSCALED) -> tuple[tuple[Scored, ...], str] | None:
    """The labels of a text that holds nothing else, and what was clamped; None if it holds
    something else.

    `happy` · `happy 0.9` · `happy: 0.9` · `happy (90%)` · `joy+fear 0.5` · `joy:0.7+fear:0.3` ·
    `joy 0.9, fear 0.1` · 😊

    Raises:
        UpdateError: the only label has an intensity outside its scale.
    """
    if len(text) > LONGEST_LABELS:
        return None
    text = text.strip(AROUND)
    if is_emotion(text):
        return (Scored(text),), ""
    if emoji := _emoji(text):
        return (Scored(emoji),), ""
    if len(words := text.split()) > 1 and all(":" in word or "=" in word for word in words):
        text = ",".join(word.strip(",;") for word in words)  # "joy=0.7 fear=0.3"
    labels: list[Scored] = []
    for item in _BETWEEN.split(with_decimal_points(text), MOST_SCORES):
        name, score = split_score(item)
        if not name and score is not None and labels and labels[-1].score is None:
            labels[-1] = labels[-1]._replace(score=score)  # "joy, 0.9"
        elif name and _is_meant(name):
            labels.append(Scored(name, score))
        else:
            return None
    return scaled_scores(labels, scales) if labels else None


def read_feeling(text: str) -> tuple[Parts, str]:
    """The feeling of a text that holds labels and nothing else, and what to call it.

    Raises:
        EmotionError: there is an unknown name, or shares that cannot be.
        UpdateError: an intensity is outside 0 to 1.
    """
    text = text.strip()
    labels, _ = read_labels(text) or ((Scored(text[:LONGEST_NAME]),), "")
    return scores.blend(labels), scores.label(labels)


def scaled_scores(
    labels: list[Scored], scales: Scales = UNSCALED
) -> tuple[tuple[Scored, ...], str]:
    """Labels with scores on the scale of intensities, and what was clamped.

    Without a setting only a single label has a scale: several scores are read by what they sum to.

    Raises:
        UpdateError: an intensity is outside its scale.
    """
    clamped = ""
    if len(labels) == 1 or scales.intensity != UNSCALED.intensity:
        for place, (name, score) in enumerate(labels):
            if score is not None:
                inside, clamped_here = scales.intensity_of(score)
                labels[place] = Scored(name, inside)
                clamped = clamped or clamped_here
    return tuple(labels), clamped


def split_score(item: str) -> tuple[str, float | None]:
    """A name and the number that follows it, after a space, a colon, an equals sign or in
    brackets. The name is empty for a number alone."""
    item = " ".join(item[:_LONGEST_ITEM].split()).replace(" %", "%")
    if item.endswith(")") and (bracket := item.rfind("(")) >= 0:
        name, number = item[:bracket], item[bracket + 1 : -1]
    else:
        name, _, number = item.rpartition(" ") if " " in item else ("", "", item)
        if not name and "+" not in item:
            name, _, number = item.replace("=", ":").rpartition(":")
    score = to_number(number)
    return (item, None) if score is None else (name.strip(" \t:="), score)


def _is_meant(name: str) -> bool:
    if "+" not in name:
        return is_emotion(name)
    try:
        parts_of(name)
    except UnknownEmotionError:
        return False
    except EmotionError:
        return True  # and refused with its reason
    return True


def _emoji(text: str) -> str:
    """A mixture of the emoji in a text of nothing else; empty if there is something else."""
    if text.isascii() or len(text) > _LONGEST_ITEM:
        return ""
    found = dict.fromkeys(sign for sign in text if not sign.isspace())
    return "+".join(found) if all(not s.isalnum() and is_emotion(s) for s in found) else ""
