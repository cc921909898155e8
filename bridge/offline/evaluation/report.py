"""The figures and the faces as one HTML page that loads nothing from elsewhere."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape

import numpy as np

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.face.symmetry import enforce_symmetry
from bridge.model.engine import Engine
from bridge.offline.evaluation.evaluation import Evaluation, Row, rows
from bridge.offline.evaluation.measures import INTENSITIES, Recognition
from bridge.offline.portrait import Sheet, png_portrait

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
  color: #222; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .25rem .75rem; text-align: left; border-bottom: 1px solid #ddd; }
td.met { color: #18794e; } td.missed { color: #b42318; font-weight: 600; }
td.hit { background: #d9f2e3; } td.miss { background: #fbd9d3; }
td img { display: block; width: 100%; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #16181d; } th, td { border-color: #333; }
  td.met { color: #5fd39a; } td.missed { color: #ff8a7a; }
  td.hit { background: #17402b; } td.miss { background: #54231c; } }
"""


def emotion_sheet(model: Engine) -> Sheet:
    """The basic emotions at three intensities, as the daemon shows them."""
    points = np.array([[emotion_to_vad(e, i) for e in BASIC_EMOTIONS] for i in INTENSITIES])
    faces = model.run(points.reshape(-1, 3)).copy()
    enforce_symmetry(faces)
    return Sheet(
        faces.reshape(len(INTENSITIES), len(BASIC_EMOTIONS), -1),
        row_captions=[f"{intensity:g}" for intensity in INTENSITIES],
        column_captions=BASIC_EMOTIONS,
    )


def html_report(evaluations: Sequence[Evaluation], models: Sequence[Engine], data: str) -> str:
    """One page for one or several models, side by side."""
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width'>",
        f"<title>affect-bridge: model evaluation</title><style>{_STYLE}</style>",
        "<h1>Model evaluation</h1>",
        f"<p>Data: {escape(data)}. A face is read as the basic emotion whose target is nearest by "
        "cosine.</p>",
        _figures(evaluations),
    ]
    for evaluation, model in zip(evaluations, models, strict=True):
        parts.append(f"<h2>{escape(evaluation.name)}</h2>")
        parts.append(_faces(emotion_sheet(model)))
        parts.append("<h3>What each emotion reads as</h3>")
        parts.append(_confusion(evaluation.recognition))
        parts.append("<h3>Measured terms that read as another emotion</h3>")
        parts.append(_misses(evaluation))
    return "\n".join(parts)


def _faces(sheet: Sheet) -> str:
    """A table of portraits."""
    heads = "".join(f"<th>{escape(caption)}</th>" for caption in sheet.column_captions)
    columns = len(sheet.column_captions)
    cells = [
        f"<td><img alt='' src='data:image/png;base64,{b64encode(portrait).decode()}'></td>"
        for portrait in (png_portrait(cell.weights, width=160) for cell in sheet.cells())
    ]
    lines = "".join(
        f"<tr><th>{escape(caption)}</th>{''.join(cells[row * columns : (row + 1) * columns])}</tr>"
        for row, caption in enumerate(sheet.row_captions)
    )
    return f"<table><tr><th></th>{heads}</tr>{lines}</table>"


def _figures(evaluations: Sequence[Evaluation]) -> str:
    columns = [rows(evaluation) for evaluation in evaluations]
    heads = "".join(f"<th>{escape(evaluation.name)}</th>" for evaluation in evaluations)
    body = "".join(
        f"<tr><td>{escape(line[0].what)}</td>"
        + "".join(_figure(row) for row in line)
        + f"<td>{escape(line[0].goal)}</td><td>{escape(line[0].beside)}</td></tr>"
        for line in zip(*columns, strict=True)
    )
    return f"<table><tr><th>measure</th>{heads}<th>goal</th><th>beside it</th></tr>{body}</table>"


def _figure(row: Row) -> str:
    kind = "" if row.met is None else " class='met'" if row.met else " class='missed'"
    return f"<td{kind}>{escape(row.figure)}</td>"


def _confusion(recognition: Sequence[Recognition]) -> str:
    heads = "".join(f"<th>at {at.intensity:g}</th>" for at in recognition)
    lines = []
    for place, emotion in enumerate(BASIC_EMOTIONS):
        cells = "".join(
            f"<td class='{'hit' if at.read_as[place] == emotion else 'miss'}'>"
            f"{at.read_as[place]}</td>"
            for at in recognition
        )
        lines.append(f"<tr><th>{emotion}</th>{cells}</tr>")
    return f"<table><tr><th></th>{heads}</tr>{''.join(lines)}</table>"


def _misses(evaluation: Evaluation) -> str:
    if not evaluation.terms.misses:
        return "<p>None.</p>"
    lines = "".join(
        f"<tr><td>{escape(term)}</td><td>{meant}</td><td>{seen}</td></tr>"
        for term, meant, seen in evaluation.terms.misses
    )
    return f"<table><tr><th>term</th><th>closest to</th><th>reads as</th></tr>{lines}</table>"
