"""The figures of one or several models as a part of a Markdown model card."""

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from bridge.offline.evaluation.evaluation import Evaluation, Row, rows

BEGIN = "<!-- figures: made by `affect-bridge evaluate --card` -->"
END = "<!-- end of figures -->"


class CardError(ValueError):
    """A card without the two marks between which the figures stand."""


def with_figures(card: str, evaluations: Sequence[Evaluation]) -> str:
    """The card with what stands between its two marks replaced: the table of all models, then the
    misses of the last one.

    Raises:
        CardError: a mark is missing.
    """
    before, begin, rest = card.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise CardError(f"the card has no place for figures: expected {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{_table(evaluations)}\n\n{_misses(evaluations[-1])}\n{END}{after}"


def _table(evaluations: Sequence[Evaluation]) -> str:
    names = [PurePath(evaluation.name).name for evaluation in evaluations]
    lines = [["measure", *names, "goal", "beside it"], ["---"] * (len(names) + 3)]
    for line in zip(*map(rows, evaluations), strict=True):
        one = line[0]
        lines.append([one.what, *map(_figure, line), one.goal, one.beside])
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _figure(row: Row) -> str:
    return row.figure + ("" if row.met is None else " ✓" if row.met else " ✗")


def _misses(evaluation: Evaluation) -> str:
    agreed, read = evaluation.agreement, evaluation.words
    seen = (
        f"{emotion}'s {shape.removesuffix('Left')} ({weight:.2f}; seen {lowest:.2f}"
        + (f" to {highest:.2f})" if highest > lowest else ")")
        for emotion, shape, lowest, highest, weight in agreed.misses
    )
    return "\n".join(
        [
            f"- Further than .1 from recordings and artists: {_listing(seen)}.",
            f"- GoEmotions' words that read as another family: {_words(read.goemotions_misses)}.",
            "- Terms that read as another family than people sorted them into: "
            f"{_words(read.sorted_by_people_misses)}.",
            "- Terms that read as another emotion than their closest by direction: "
            f"{_words(evaluation.terms.misses)}.",
            "- Words at almost the same point, which no model with three inputs can tell apart: "
            f"{_listing(' and '.join(pair) for pair in read.alike)}.",
        ]
    )


def _words(misses: Iterable[tuple[str, str, str]]) -> str:
    return _listing(f"{word} ({seen})" for word, _, seen in misses)


def _listing(items: Iterable[str]) -> str:
    return ", ".join(items) or "none"
