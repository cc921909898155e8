"""Where eyes look that nobody directs."""

import math
import random

import pytest

from bridge.face.looking_around import LEAST_AWAY, MICROSACCADE, MOST_AWAY, LookingAround

IN_CONTACT = 5.0
"""Degrees from the viewer."""


def fixations(contact: float, seconds: float = 3000.0, *, speaking: bool = False):
    """Every fixation: its direction and how long it lasts."""
    around, now, found = LookingAround(random.Random(3)), 0.0, []
    while now < seconds:
        direction, until = around.fixation(now, contact, speaking=speaking)
        found.append((direction, until - now))
        now = until
    return found


@pytest.mark.parametrize("contact", [0.0, 0.2, 0.65, 1.0])
@pytest.mark.parametrize("speaking", [False, True])
def test_eye_contact_has_the_share_of_time_that_is_asked_for(contact, speaking):
    found = fixations(contact, speaking=speaking)
    met = sum(lasts for direction, lasts in found if math.hypot(*direction) < IN_CONTACT)
    assert met / sum(lasts for _, lasts in found) == pytest.approx(contact, abs=0.07)


def test_eyes_look_away_to_both_sides_more_down_than_up_and_not_too_far():
    away = [direction for direction, _ in fixations(0.0)]
    assert sum(yaw for yaw, _ in away) / len(away) == pytest.approx(0.0, abs=1.5)
    assert 1.0 < sum(pitch for _, pitch in away) / len(away) < 6.0
    assert all(LEAST_AWAY - 6 <= math.hypot(*direction) <= MOST_AWAY + 6 for direction in away)


def test_eyes_rest_about_as_long_as_people_s_do():
    lasts = [seconds for _, seconds in fixations(0.3)]
    assert 0.4 < sum(lasts) / len(lasts) < 0.8
    assert max(lasts) < 6.0


def test_who_begins_to_speak_need_not_wait_to_meet_the_viewer_s_eyes():
    around = LookingAround(random.Random(1))
    around.fixation(0.0, 0.0, speaking=False)
    direction, _ = around.fixation(0.5, 1.0, speaking=True)
    assert math.hypot(*direction) < IN_CONTACT


def test_microsaccades_are_small_and_stay_around_the_point_of_fixation():
    around, offset, sizes = LookingAround(random.Random(2)), (0.0, 0.0), []
    for _ in range(2000):
        moved = around.microsaccade(offset)
        sizes.append(math.dist(moved, offset))
        offset = moved
        assert math.hypot(*offset) <= 1.6
    least, most = MICROSACCADE
    assert least / 2 <= min(sizes)
    assert max(sizes) <= most + 1e-9
