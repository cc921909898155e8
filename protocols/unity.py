"""Rotations as Unity has them: left-handed, x to the right, y up, z forward, angles in radians.

In such a system a turn about y goes to the right, one about x downwards and one about z to the
left shoulder, each for a positive angle. Like Unity, `protocols.face` turns by yaw first, then by
pitch and by roll within what was turned before.
"""

import math
from collections.abc import Sequence

Quaternion = tuple[float, float, float, float]
"""x, y, z, w, as Unity and VMC order them."""


def quaternion(yaw: float, pitch: float, roll: float) -> Quaternion:
    """The unit quaternion of a rotation of `protocols.face.Face`."""
    sin_yaw, cos_yaw = math.sin(yaw / 2), math.cos(yaw / 2)
    sin_pitch, cos_pitch = math.sin(pitch / 2), math.cos(pitch / 2)
    sin_roll, cos_roll = math.sin(-roll / 2), math.cos(-roll / 2)
    return (
        cos_yaw * sin_pitch * cos_roll + sin_yaw * cos_pitch * sin_roll,
        sin_yaw * cos_pitch * cos_roll - cos_yaw * sin_pitch * sin_roll,
        cos_yaw * cos_pitch * sin_roll - sin_yaw * sin_pitch * cos_roll,
        cos_yaw * cos_pitch * cos_roll + sin_yaw * sin_pitch * sin_roll,
    )


def yaw_pitch_roll(rotation: Sequence[float]) -> tuple[float, float, float]:
    """The angles of a quaternion, whatever its length: pitch within a quarter turn either way, yaw
    and roll within half a turn. No rotation, if it has no length."""
    length = math.hypot(*rotation)
    if not 0.0 < length < math.inf:
        return 0.0, 0.0, 0.0
    x, y, z, w = (part / length for part in rotation)
    return (
        math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y)),
        math.asin(max(-1.0, min(1.0, 2 * (w * x - y * z)))),
        -math.atan2(2 * (x * y + w * z), 1 - 2 * (x * x + z * z)),
    )


def direction(yaw: float, pitch: float) -> tuple[float, float, float]:
    """Where something looks that is turned so: x, y and z of a point one metre away."""
    across = math.cos(pitch)
    return math.sin(yaw) * across, -math.sin(pitch), math.cos(yaw) * across
