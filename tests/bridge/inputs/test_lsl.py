"""Which channel is which. tests/end_to_end/test_lsl.py receives real streams."""

import pytest

from bridge.inputs.lsl import places_of
from bridge.supervision.supervised import Unavailable


@pytest.mark.parametrize(
    ("labels", "channels", "named", "places"),
    [
        (["Arousal", "valence"], 2, {}, {"valence": 1, "arousal": 0}),
        (["V", "A", "D"], 3, {}, {"valence": 0, "arousal": 1, "dominance": 2}),
        ([], 3, {"valence": "3", "arousal": "1"}, {"valence": 2, "arousal": 0}),
        (["2", "1"], 2, {"valence": "1", "arousal": "2"}, {"valence": 1, "arousal": 0}),
    ],
)
def test_channels_are_found_by_label_or_number(labels, channels, named, places):
    assert places_of(labels, channels, named) == places


@pytest.mark.parametrize(
    ("labels", "named", "why"),
    [
        ([], {}, "no channel with valence; the stream has 2 without labels; name it"),
        (["valence", "x"], {}, "no channel with arousal; the stream has valence, x"),
        (["v", "a"], {"dominance": "3"}, "no channel '3'"),
    ],
)
def test_a_channel_that_is_not_there_is_named(labels, named, why):
    with pytest.raises(Unavailable, match=why):
        places_of(labels, 2, named)
