"""Rotations as Unity has them: left-handed, x to the right, y up, z forward, angles in radians.

A positive angle about y turns to the right, about x downwards, and about z towards the left
shoulder. As in Unity, yaw is applied first, then pitch and roll within the rotated frame.
`protocols.face` has the same order.
"""

import math
from collections.abc import Sequence

Quaternion = tuple[float, float, float, float]
"""x, y, z, w: the order of Unity and VMC."""


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
    """The angles of a quaternion of any length, in radians: pitch within ±π/2, yaw and roll within
    ±π. Zeros if the length is 0 or not finite."""
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
    """The direction of a gaze with these angles: x, y and z of a point one metre away."""
    across = math.cos(pitch)
    return math.sin(yaw) * across, -math.sin(pitch), math.cos(yaw) * across
