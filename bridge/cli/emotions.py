"""`affect-bridge emotions`: the names of emotions."""

import argparse
import sys

from bridge.emotion.names import Emotion, UnknownEmotionError, emotions, parts_of

_TRANSLATIONS_SHOWN_FOR = 8
"""Rows. A longer list shows the English names only."""


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "List the known emotions with their valence, arousal and dominance, each from -1 to 1. A "
        "mixture shows all of its emotions; its numbers are their mean."
    )
    parser.epilog = "example:\n  affect-bridge emotions joy"
    parser.add_argument("word", nargs="?", help="show only names that contain this word")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    wanted = (options.word or "").casefold()
    found = [
        emotion
        for emotion in emotions()
        # A measured term that avatars use for a basic emotion ("angry") means the basic emotion.
        if parts_of(emotion.name) == emotion.parts
        and any(wanted in name.casefold() for name in emotion.names)
    ]
    if not found:
        print(UnknownEmotionError(options.word), file=sys.stderr)
        return 1
    print(f"{'':30} valence arousal dominance  meaning, other names, and source")
    for emotion in found:
        point = emotion.point
        print(
            f"{emotion.name:30} {point.valence:+7.2f} {point.arousal:+7.2f} "
            f"{point.dominance:+9.2f}  {_details(emotion, len(found) <= _TRANSLATIONS_SHOWN_FOR)}"
        )
    return 0


def _details(emotion: Emotion, translated: bool) -> str:
    names = (*emotion.also, *(emotion.translations if translated else ()))
    details = [f"= {emotion.mixture}"] if emotion.mixture else []
    return "; ".join([*details, *([", ".join(names)] if names else []), emotion.source])
