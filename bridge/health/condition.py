"""How a running bridge is, for those who ask from inside it."""

import time
from typing import Any

from bridge.config.health import HealthSection
from bridge.health.judgement import reasons
from bridge.health.report import report
from bridge.health.vitals import RecentFrames, Vitals

GRACE: float = HealthSection.model_fields["grace"].default
"""Seconds that an input may be away, where no setting says otherwise."""


class Condition:
    """Reports on a bridge. Only the frame rate needs regular looks; the rest costs nothing until
    somebody asks."""

    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals
        self._recent = RecentFrames(vitals.clock, vitals.frames)

    def look(self) -> None:
        """Take a sample of the frame counter. Called about once a second."""
        self._recent.look()

    def report(self) -> dict[str, Any]:
        """The state of the bridge now, as `bridge.health.report.report` has it."""
        now = time.perf_counter()
        why = reasons(self._vitals, self._recent, GRACE, now)
        return report(self._vitals, self._recent, why, now)
