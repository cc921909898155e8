"""`affect-bridge evaluate`: measure a model."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from bridge.cli import MISTAKE
from bridge.inference import load_model
from bridge.inference.options import add_output_order
from bridge.offline.evaluation.card import with_figures
from bridge.offline.evaluation.evaluation import Evaluation, evaluate, rows
from bridge.offline.evaluation.report import emotion_sheet, html_report
from bridge.offline.portrait import save_sheet
from bridge.offline.training.blend import shipped_blend
from bridge.offline.training.corpus import Variation
from bridge.offline.training.data import Generated, load_data

_SHIPPED = "shipped"


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Measure a model, or compare several. The figures show how close its faces are to "
        "recordings and to the work of artists, which emotions its faces are read as, how close "
        "they come to their targets, how smoothly the face changes with the feeling, and its "
        "errors beside those of two trivial models."
    )
    parser.epilog = """examples:
  affect-bridge evaluate
  affect-bridge evaluate --checkpoint best_model.pt --checkpoint shipped --report report.html
  affect-bridge evaluate --sheet faces.png
  affect-bridge evaluate --card docs/model-card.md
  affect-bridge evaluate --data emo3d:Emo3D/test.csv --json figures.json"""
    parser.add_argument(
        "--checkpoint",
        action="append",
        metavar="FILE",
        help="safetensors, .pt, hf://…, or `shipped` (default); can be given several times",
    )
    add_output_order(parser)
    parser.add_argument(
        "--data", default="facs", help="faces to measure on: facs (default), emo3d:PATH, both:PATH"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write an HTML page with faces")
    parser.add_argument(
        "--card", type=Path, metavar="FILE", help="replace the figures in a Markdown model card"
    )
    parser.add_argument(
        "--sheet", type=Path, metavar="FILE", help="draw the first model's faces as .png"
    )
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    names = options.checkpoint or [_SHIPPED]
    try:
        models = [
            load_model()[0]
            if name == _SHIPPED
            else load_model(name, output_order=options.output_order)[0]
            for name in names
        ]
        data, _ = load_data(options.data, unseen())
        evaluations = [
            evaluate(name, model, data) for name, model in zip(names, models, strict=True)
        ]
        if options.json is not None:
            figures = {"data": options.data, "models": [asdict(e) for e in evaluations]}
            options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        if options.report is not None:
            page = html_report(evaluations, models, options.data)
            options.report.write_text(page, encoding="utf-8")
        if options.card is not None:
            card = with_figures(options.card.read_text(encoding="utf-8"), evaluations)
            options.card.write_text(card, encoding="utf-8")
        if options.sheet is not None:
            save_sheet(emotion_sheet(models[0]), options.sheet)
    except (ImportError, OSError, ValueError) as mistake:  # our own mistakes are ValueErrors
        print(mistake, file=sys.stderr)
        return MISTAKE
    for evaluation in evaluations:
        _print(evaluation)
    return 0


def unseen() -> Generated:
    """The faces to measure on, as different people make them. No training would use this seed."""
    return Generated(shipped_blend(), samples=8_000, seed=1_000_003, variation=Variation())


def _print(evaluation: Evaluation) -> None:
    table = rows(evaluation)
    what = max(len(row.what) for row in table)
    figure = max(len(row.figure) for row in table)
    print(evaluation.name)
    for row in table:
        verdict = "" if row.met is None else "  met" if row.met else "  MISSED"
        goal = f"  goal: {row.goal}" if row.goal else ""
        beside = f"  [{row.beside}]" if row.beside else ""
        print(f"  {row.what:{what}}  {row.figure:{figure}}{goal}{verdict}{beside}".rstrip())
