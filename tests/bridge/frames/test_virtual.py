"""The frame path on a virtual clock."""

import itertools
import math

import numpy as np
import pytest

from bridge.config.settings import Settings
from bridge.emotion.update import named_update
from bridge.frames.virtual import VirtualRun, ticks

STILL = Settings.model_validate({"face": {"still": True}})


def test_ticks_are_even_and_include_both_ends():
    found = list(ticks(100.0, 0.5, 60.0))
    assert len(found) == 31
    assert [tick.frame for tick in found[:3]] == [0, 1, 2]
    assert (found[0].now, found[-1].now) == (100.0, 100.5)
    assert found[-1].seconds == 0.5
    assert len(list(ticks(0.0, 60.0, 29.97))) == 1799


def test_an_update_shows_from_the_first_tick_that_is_not_before_it():
    run = VirtualRun(STILL)
    updates = [
        (1.0, named_update("happiness"), "", 0, math.inf),
        (1.1, named_update("fear", stream="b"), "", 0, math.inf),
    ]
    streams = [list(faces) for _, faces in run.play(updates, ticks(0.9, 0.3, 10.0))]
    assert streams == [[], ["main"], ["main", "b"], ["main", "b"]]


def test_an_update_expires_on_the_virtual_clock():
    run = VirtualRun(STILL)
    run.post(named_update("happiness", hold=1.0), 0.0)
    smiles = [float(run.advance(tick)["main"].weights.max()) for tick in ticks(0.0, 8.0, 60.0)]
    assert max(smiles[:60]) > 0.5
    assert smiles[-1] < 0.01


def test_a_source_with_a_higher_priority_counts():
    run = VirtualRun(STILL)
    run.post(named_update("happiness"), 0.0, "a", 5)
    run.post(named_update("sadness"), 0.1, "b", 0)
    for tick in ticks(0.1, 2.0, 60.0):
        faces = run.advance(tick)
    assert faces["main"].feeling[0] == pytest.approx(0.8, abs=1e-3)


def test_streams_that_are_shown_are_there_from_the_start():
    run = VirtualRun(STILL, shown=["main"])
    assert list(run.advance(next(ticks(0.0, 0.0, 60.0)))) == ["main"]


def test_two_runs_with_a_seed_are_equal_and_no_time_passes_elsewhere():
    settings = Settings.model_validate({"face": {"seed": 4}})

    def weights() -> np.ndarray:
        run = VirtualRun(settings, shown=["main"])
        played = run.play([(0.5, named_update("joy"), "", 0, math.inf)], ticks(0.0, 20.0, 60.0))
        return np.stack([faces["main"].weights.copy() for _, faces in played])

    first, second = weights(), weights()
    assert (first == second).all()
    assert np.ptp(list(itertools.chain(first[:, 8]))) > 0.3  # it blinks
