"""The feelings of all streams as arrays."""

import numpy as np

from bridge.emotion.felt import NOTHING_FELT, Felt
from bridge.emotion.names import parts_of

FEELINGS = {
    "alice": parts_of("joy+anger"),
    "bob": parts_of("fear"),
    "eve": parts_of("joy+fear"),
}


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


def test_one_stream_can_be_read_alone():
    felt = Felt.of(**FEELINGS)
    for stream in felt.streams:
        alone = Felt.of(**{stream: FEELINGS[stream]})
        assert felt.only(stream).streams == (stream,)
        assert np.array_equal(felt.only(stream).points, alone.points)
        assert np.array_equal(felt.only(stream).shares, alone.shares)
    assert felt.only("nobody") is NOTHING_FELT
