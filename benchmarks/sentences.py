"""What it costs to read the feeling of a sentence from its words."""

import time
from collections.abc import Callable
from itertools import cycle, islice
from statistics import median

from benchmarks.figure import Figure
from bridge.emotion.words.feeling import LONGEST, feeling, prepare
from bridge.emotion.words.sentences import Sentences

ROUNDS = 40
GOAL = 200e-6
"""Seconds for a sentence."""

TEXT = """\
Oh, I am so glad that you came back, I was getting worried about you! Let me look at the report.
The first three chapters are fine, but the last one made me really angry. Nobody asked us before
they tore the old house down, and I still miss it. Do you remember the garden? We sat there every
evening and watched the sun go down behind the hills. It was not perfect, but it was ours 😊 Anyway,
what would you like to do today? We could go for a walk, if the rain stops. I'm afraid that the
museum is closed on Mondays. Wow, that is a wonderful idea, thank you!
"""
"""As somebody talks: most sentences have a word of feeling, some have none."""

_DENSE = "happy sad furious terrified wonderful awful love hate not very good bad "


def measure() -> list[Figure]:
    """A usual sentence, split and read; and the longest, in which each word has a feeling."""
    prepare()
    count = len(Sentences().feed(TEXT))
    usual = _median_of(lambda: [feeling(sentence.text) for sentence in Sentences().feed(TEXT)])
    longest = "".join(islice(cycle(_DENSE), LONGEST))
    dense = _median_of(lambda: feeling(longest))
    return [
        _figure("the feeling of a usual sentence", usual / count, GOAL),
        _figure(f"the feeling of {LONGEST} characters of words with feeling", dense),
    ]


def _median_of(read: Callable[[], object]) -> float:
    read()
    took = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        read()
        took.append(time.perf_counter() - start)
    return median(took)


def _figure(what: str, seconds: float, goal: float | None = None) -> Figure:
    return Figure(
        what,
        f"{seconds * 1e6:.0f} µs",
        goal=f"under {goal * 1e6:.0f} µs" if goal else "",
        met=seconds < goal if goal else None,
    )


if __name__ == "__main__":
    for figure in measure():
        print("  ".join(figure.cells()))
