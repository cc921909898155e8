"""Loading the library."""

import sys

import pytest

from bridge.lsl.library import library
from bridge.supervision.supervised import Unavailable


def test_without_the_library_the_reason_is_given_and_nothing_is_tried_again(monkeypatch):
    monkeypatch.setitem(sys.modules, "pylsl", None)
    with pytest.raises(Unavailable, match="pylsl cannot be loaded: ") as refused:
        library()
    assert refused.value.hopeless
