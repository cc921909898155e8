"""A wall clock that is set, and a name that cannot be looked up for a while."""

import os
import sys
from itertools import pairwise
from pathlib import Path

import pytest

WALL_CLOCK = """
import time
_really = time.time
def _set_by_a_file():
    with open({offset!r}) as file:
        return _really() + float(file.read() or 0)
time.time = _set_by_a_file
"""


@pytest.mark.parametrize("step", [3600, -3600])
def test_a_wall_clock_set_by_an_hour_costs_no_frame(
    run_bridge, receive, eventually, tmp_path, step
):
    avatar = receive()
    offset = tmp_path / "offset"
    offset.write_text("0")
    # Python runs a file of this name before anything else.
    (tmp_path / "sitecustomize.py").write_text(WALL_CLOCK.format(offset=str(offset)))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    bridge = run_bridge(
        "run", "--to", f"livelink://127.0.0.1:{avatar.port}/Face?time=clock", env=environment
    )
    eventually(lambda: len(avatar.livelink) > 30)
    fresh = tmp_path / "fresh"
    fresh.write_text(str(step))
    fresh.replace(offset)

    def steps():
        """Frames of the time of day between one packet and the next."""
        numbers = [frame.number for frame in avatar.livelink]
        return [(b - a) % (86400 * 60) for a, b in pairwise(numbers)]

    hour = step * 60 % (86400 * 60)
    eventually(lambda: any(abs(frames - hour) < 120 for frames in steps()))
    enough = len(avatar.datagrams) + 40
    eventually(lambda: len(avatar.datagrams) > enough)
    # But for the one step, the time of day goes on frame by frame: none was lost or held up.
    others = [frames for frames in steps() if abs(frames - hour) >= 120]
    assert len(others) == len(steps()) - 1
    assert max(others) <= 6  # what a busy machine drops
    assert not bridge.logged("no frames were sent for")


def nss_wrapper():
    """The library that looks names up in a file of one's own; CI installs it."""
    path = Path(f"/usr/lib/{os.uname().machine}-linux-gnu/libnss_wrapper.so")
    if not path.exists():
        assert "CI" not in os.environ, "CI must install libnss-wrapper"
        pytest.skip("the package libnss-wrapper is not installed")
    return str(path)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="preloading is Linux's way")
def test_a_name_that_cannot_be_looked_up_is_tried_until_it_can(
    run_bridge, receive, eventually, tmp_path
):
    stays, comes = receive(), receive()
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 somebody-else.test\n")
    environment = {
        **os.environ,
        "LD_PRELOAD": nss_wrapper(),
        "NSS_WRAPPER_HOSTS": str(hosts),
        "PYTHONUNBUFFERED": "1",
    }
    bridge = run_bridge(
        *("run", "--to", f"vmc://127.0.0.1:{stays.port}"),
        *("--to", f"vmc://studio.test:{comes.port}"),
        env=environment,
    )
    eventually(lambda: bridge.logged("WARNING", "studio.test", "cannot find the host"))
    stays.more_frames(60)
    hosts.write_text("127.0.0.1 studio.test\n")
    eventually(lambda: comes.vmc, within=40)
    assert len(bridge.lines_with("cannot find the host")) == 1
    times = [frame.time for frame in stays.vmc]
    assert max(b - a for a, b in pairwise(times)) < 0.5
