"""The feelings of all streams as arrays."""

import numpy as np

from bridge.emotion.felt import NOTHING_FELT, Felt
from bridge.emotion.names import parts_of


def test_each_stream_begins_at_its_first_part():
    felt = Felt.of(alice=parts_of("joy+anger"), bob=parts_of("fear"))
    assert felt.streams == ("alice", "bob")
    assert felt.starts.tolist() == [0, 2]
    assert felt.shares.tolist() == [0.5, 0.5, 1.0]
    assert np.array_equal(felt.points[2], parts_of("fear")[0].point)


def test_without_a_stream_there_is_nothing():
    assert NOTHING_FELT.streams == ()
    assert NOTHING_FELT.points.shape == (0, 3)
    assert NOTHING_FELT.starts.shape == (0,)
