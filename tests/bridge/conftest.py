"""What several tests of the daemon's parts share."""

import pytest
from hypothesis import settings

from bridge.model import checkpoint
from bridge.model.engine import Engine

# A busy machine is no failure: no example is held to a time.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def engine() -> Engine:
    """The network with the weights that are shipped."""
    arrays, _ = checkpoint.load(checkpoint.BUILTIN)
    return Engine(arrays)
