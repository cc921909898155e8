"""`affect-bridge compare`: two models, or two recordings, in one table."""

import argparse
import csv
import json
import sys
from pathlib import Path

from bridge.cli import MISTAKE
from bridge.inference import load_model
from bridge.inference.options import add_output_order
from bridge.model.identity import identity
from bridge.model.notes import notes_shown
from bridge.offline.study.compare import Comparison, Row, compare_models, compare_runs
from bridge.recording.text_file import FileError
from bridge.rendering.reading import read_faces

_SHIPPED = "shipped"
_MODELS = (".safetensors", ".pt", ".pth", ".ckpt", ".bin")
_RUNS = (".jsonl.gz", ".jsonl", ".csv", ".npz")


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Compare two models, or two recordings, takes or rendered files: means, differences and "
        "correlations by blendshape and by emotion. Models are compared on a grid of feelings and "
        "on the basic emotions; recordings frame by frame, each from its own beginning."
    )
    parser.epilog = """examples:
  affect-bridge compare shipped mine.safetensors
  affect-bridge compare monday.jsonl.gz tuesday.jsonl.gz --csv > table.csv
  affect-bridge compare weights.csv weights.npz --json"""
    parser.add_argument("a", metavar="A", help=f"`{_SHIPPED}`, a model, or {', '.join(_RUNS)}")
    parser.add_argument("b", metavar="B", help="what to compare A with, of the same kind")
    parser.add_argument(
        "--stream", metavar="NAME", help="the stream to compare, needed if a file has several"
    )
    add_output_order(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON instead of a table")
    form.add_argument("--csv", action="store_true", help="print CSV instead of a table")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    try:
        with notes_shown():
            named = _models(options) if _are_models(options.a, options.b) else _runs(options)
    except (FileError, ValueError) as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    except OSError as problem:
        print(f"{problem.filename}: {(problem.strerror or '').lower()}", file=sys.stderr)
        return MISTAKE
    comparison, a, b = named
    if options.json:
        rows = [row._asdict() for row in comparison.rows]
        print(json.dumps({"a": a, "b": b, "data": comparison.data, "rows": rows}, indent=2))
    elif options.csv:
        table = csv.writer(sys.stdout, lineterminator="\n")
        table.writerows([Row._fields, *comparison.rows])
    else:
        print(f"A: {a}\nB: {b}\n{comparison.data}")
        _print_table(comparison)
    return 0


def _are_models(a: str, b: str) -> bool:
    first, second = _is_model(a), _is_model(b)
    if first != second:
        raise FileError(f"{a}, {b}: expected two models, or two files with faces")
    return first


def _is_model(name: str) -> bool:
    if name == _SHIPPED or name.startswith("hf://") or name.lower().endswith(_MODELS):
        return True
    if name.lower().endswith(_RUNS):
        return False
    raise FileError(
        f"{name}: expected {_SHIPPED}, a model ({', '.join(_MODELS)}), or {', '.join(_RUNS)}"
    )


def _models(options: argparse.Namespace) -> tuple[Comparison, str, str]:
    engines, names = [], []
    for source in (options.a, options.b):
        if source == _SHIPPED:
            engines.append(load_model()[0])
            names.append(str(identity()))
        else:
            engines.append(load_model(source, output_order=options.output_order)[0])
            names.append(source if source.startswith("hf://") else str(identity(Path(source))))
    return compare_models(*engines), names[0], names[1]


def _runs(options: argparse.Namespace) -> tuple[Comparison, str, str]:
    runs, names = [], []
    for path in map(Path, (options.a, options.b)):
        found = read_faces(path)
        stream, run = found.of(options.stream)
        runs.append((run, [mark for mark in found.marks if mark.stream == stream]))
        made_by = f" ({found.made_by})" if found.made_by else ""
        names.append(f"{path}, stream {stream}, {len(run)} frames{made_by}")
    (a, marks), (b, _) = runs
    return compare_runs(a, b, marks), names[0], names[1]


def _print_table(comparison: Comparison) -> None:
    width = max(len(row.name) for row in comparison.rows)
    for by in ("feeling", "shape", "emotion"):
        rows = comparison.by(by)
        if by == "shape":  # the others are in --json and --csv
            rows = sorted((r for r in rows if max(r.a, r.b) >= 5e-5), key=lambda r: -r.distance)
        if not rows:
            continue
        heading = f"{'A':>9}{'B':>9}{'B - A':>9}{'|B - A|':>9}{'largest':>9}{'r':>8}"
        print(f"\n{by:{width}}{heading}")
        for row in rows:
            numbers = f"{row.a:9.4f}{row.b:9.4f}{row.difference:+9.4f}{row.distance:9.4f}"
            r = "-" if row.correlation is None else f"{row.correlation:.3f}"
            print(f"{row.name:{width}}{numbers}{row.largest:9.4f}{r:>8}")
