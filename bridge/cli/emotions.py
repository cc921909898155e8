"""`affect-bridge emotions`: the names of emotions."""

import argparse
import sys

from bridge.emotion.names import UnknownEmotionError, emotion_points, emotions


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "List the known emotions with their valence, arousal and dominance, each from -1 to 1."
    )
    parser.epilog = "example:\n  affect-bridge emotions joy"
    parser.add_argument("word", nargs="?", help="show only names that contain this word")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    wanted = (options.word or "").casefold()
    points = emotion_points()
    found = [
        emotion
        for emotion in emotions()
        # A measured term that avatars use for a basic emotion ("angry") means the basic emotion.
        if points[emotion.name] == emotion.point
        and any(wanted in name for name in (emotion.name, *emotion.also))
    ]
    if not found:
        print(UnknownEmotionError(options.word), file=sys.stderr)
        return 1
    print(f"{'':30} valence arousal dominance  also, and source")
    for name, point, source, also in found:
        aliases = ", ".join(also) + "; " if also else ""
        print(
            f"{name:30} {point.valence:+7.2f} {point.arousal:+7.2f} {point.dominance:+9.2f}"
            f"  {aliases}{source}"
        )
    return 0
