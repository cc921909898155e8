"""`python -m benchmarks`: measures everything, prints it and writes it to `results.md`."""

import sys
from importlib import import_module
from pathlib import Path

from benchmarks import machine
from benchmarks.figure import HEADINGS, Figure

# frame_cost loads PyTorch into this process, so it must be last.
MEASUREMENTS = (
    *("wake_up", "paced", "response", "start_up", "memory", "sentences"),
    *("recorder_cost", "layers_cost", "many_faces", "frame_cost"),
)
RESULTS = Path(__file__).parent / "results.md"


def main() -> None:
    """Measure, print and write."""
    facts = machine.describe()
    figures: list[Figure] = []
    for name in MEASUREMENTS:
        print(f"measuring {name} …", file=sys.stderr)
        figures += import_module(f"benchmarks.{name}").measure()
    text = "\n".join(
        [
            "# What it costs",
            "",
            "Written by `make bench`: all figures from one run on one machine.",
            "",
            *(f"- {fact}" for fact in facts),
            "",
            *table(figures),
            "",
            "The usual way, which is compared, is in `reference.py` and, for the sleep loop, in",
            "`wake_up.py`. A frame at 60 a second costs more than one of many in a row, because",
            "the caches are cold.",
            "",
        ]
    )
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


def table(figures: list[Figure]) -> list[str]:
    """The figures as a Markdown table with aligned columns."""
    rows = [HEADINGS, *(figure.cells() for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    lines.insert(1, "|-" + "-|-".join("-" * width for width in widths) + "-|")
    return lines


if __name__ == "__main__":
    main()
