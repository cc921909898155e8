"""The data to train on or to measure on, chosen by name: `facs`, `emo3d:PATH` or `both:PATH`."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bridge.offline.training.blend import Blend
from bridge.offline.training.corpus import Corpus, Variation, facs_corpus, vary
from bridge.offline.training.emo3d import SILENT, Reading, read_emo3d
from protocols.arkit import order_from_reference

_NEAR = 0.15
"""A feeling this close to one of Emo3D's is left to Emo3D."""


class DataError(ValueError):
    """Data whose name is unknown; lists the names that are known."""


@dataclass(frozen=True)
class Generated:
    """What to generate where no data is read."""

    blend: Blend
    samples: int
    seed: int
    variation: Variation | None = None
    """How people differ; without it every face is its feeling's target."""

    def corpus(self, rng: np.random.Generator) -> Corpus:
        return facs_corpus(self.samples, rng, self.blend, self.variation)


def load_data(name: str, generated: Generated) -> tuple[Corpus, Reading | None]:
    """The data of that name, and what was read and skipped if Emo3D is part of it.

    In `both`, the faces of Emo3D keep the 45 channels that have signal and get the seven silent
    ones from the targets; the generated corpus covers only feelings that Emo3D lacks.

    Raises:
        DataError: an unknown name.
        Emo3dError: the files cannot be used.
    """
    rng = np.random.default_rng(generated.seed)
    kind, _, path = name.partition(":")
    if kind == "facs" and not path:
        return generated.corpus(rng), None
    if kind not in {"emo3d", "both"} or not path:
        raise DataError(f"data {name!r}: expected facs, emo3d:PATH or both:PATH")
    reading = read_emo3d(Path(path))
    if kind == "emo3d":
        return reading.corpus, reading
    filled = fill_silent(reading.corpus, generated.blend, rng)
    around = _beyond(generated.corpus(rng), filled)
    joined = Corpus(
        np.concatenate([filled.points, around.points]),
        np.concatenate([filled.faces, around.faces]),
    )
    return joined, reading


def fill_silent(corpus: Corpus, blend: Blend, rng: np.random.Generator) -> Corpus:
    """The corpus with the channels on which Emo3D is silent taken from the targets."""
    silent = order_from_reference(SILENT)
    faces = corpus.faces.copy()
    faces[:, silent] = vary(blend.faces(corpus.points), Variation(), rng)[:, silent]
    return replace(corpus, faces=faces)


def _beyond(corpus: Corpus, covered: Corpus) -> Corpus:
    """The part of `corpus` whose feelings are not near any in `covered`."""
    known = np.unique(np.round(covered.points, 2), axis=0)
    near = np.zeros(len(corpus), dtype=bool)
    for start in range(0, len(known), 256):  # in slices, to bound the memory
        gaps = corpus.points[:, None] - known[None, start : start + 256]
        near |= (np.linalg.norm(gaps, axis=2) < _NEAR).any(axis=1)
    return Corpus(corpus.points[~near], corpus.faces[~near])
