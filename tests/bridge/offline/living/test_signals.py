"""What is found in signals whose truth is known."""

import numpy as np
import pytest

from bridge.offline.living.signals import blinks, power_below, saccades, without

OPEN = [0.1] * 20
"""A lid at rest, lowered a little by the gaze."""


def lid(*parts: list[float]) -> np.ndarray:
    return np.array([weight for part in parts for weight in part], np.float32)


BLINK = [0.3, 0.7, 1.0, 1.0, 0.8, 0.5, 0.3, 0.2, 0.15]


def test_a_blink_is_found_with_its_frames_and_its_depth():
    [found] = blinks(lid(OPEN, BLINK, OPEN))
    assert (found.first, found.shut, found.leaves, found.last) == (19, 22, 23, 29)
    assert found.depth == pytest.approx(1.0)


def test_two_blinks_are_two_and_a_glance_is_none():
    glance = [0.25] * 10
    assert len(blinks(lid(OPEN, BLINK, OPEN, glance, OPEN, BLINK, OPEN))) == 2


def test_a_blink_that_is_cut_off_is_left_out():
    assert blinks(lid([1.0, 0.5, 0.2], OPEN, BLINK[:3])) == []


def test_no_blink_is_found_in_a_lid_that_rests():
    assert blinks(lid(OPEN)) == []


def test_blinks_are_replaced_by_what_the_lid_is_before_and_after():
    signal = lid(OPEN, BLINK, [0.2] * 20)
    straight = without(signal, blinks(signal))
    assert straight.max() == pytest.approx(0.2)
    assert straight[:19] == pytest.approx([0.1] * 19)
    assert np.all(np.diff(straight) >= -1e-6)


@pytest.mark.parametrize("frequency", [0.1, 1.5])
def test_the_power_of_a_sine_is_at_its_frequency(frequency):
    seconds = np.arange(0, 200, 1 / 20)
    wave = (3.0 + np.sin(2 * np.pi * frequency * seconds)).astype(np.float32)
    assert power_below(wave, 20, 0.5) == pytest.approx(frequency, abs=0.02)


def test_of_two_sines_the_stronger_one_holds_half_of_the_power():
    seconds = np.arange(0, 200, 1 / 20)
    wave = np.sin(2 * np.pi * 0.2 * seconds) + 0.5 * np.sin(2 * np.pi * 2.0 * seconds)
    assert power_below(wave.astype(np.float32), 20, 0.5) == pytest.approx(0.2, abs=0.02)
    assert power_below(wave.astype(np.float32), 20, 0.9) == pytest.approx(2.0, abs=0.02)


def test_a_saccade_is_found_with_its_size_and_duration():
    yaw = [0.0] * 10 + [1.0, 3.0, 5.0, 6.0] + [6.0] * 10
    eye = np.array([yaw, np.zeros(len(yaw))], np.float32).T
    [found] = saccades(eye, fps=100)
    assert found.degrees == pytest.approx(6.0)
    assert found.seconds == pytest.approx(0.04)


def test_no_saccade_is_found_in_an_eye_that_rests():
    assert saccades(np.ones((20, 2), np.float32), fps=100) == []
