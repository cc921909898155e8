"""Two bridges share the streams of one NATS server, and one of them is killed: a smaller form of
`benchmarks/many_machines.py`, with the same real processes and the same measures."""

import asyncio

import pytest

from benchmarks import many_machines
from benchmarks.many_machines import NATS_SERVER, Plan, jumps, observe, silences, twice


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    if NATS_SERVER is None:
        pytest.skip("nats-server is not installed (Debian: apt-get install nats-server)")
    plan = Plan(servers=1, bridges=2, streams=24, partitions=8, kill_server=False, seconds=3.0)
    return asyncio.run(observe(plan, tmp_path_factory.mktemp("cluster")))


def test_each_face_is_served_by_one_bridge(seen):
    bridges = [{face.bridge for face in shown} for shown in many_machines._streams(seen).values()]
    assert all(len(each) == 1 for each in bridges)
    assert set.union(*bridges) == {0, 1}
    assert twice(seen) < seen.away["bridge"]


def test_no_face_is_silent_longer_than_the_restart_and_a_second(seen):
    assert many_machines.RESTART_AFTER < max(silences(seen)) < seen.away["bridge"] + 1


def test_no_face_jumps_when_another_process_goes_on_with_it(seen):
    assert max(jumps(seen)) < 0.02


def test_the_faces_of_the_other_bridge_are_not_disturbed(seen):
    others = [
        max(silences(many_machines.Seen(faces={name: shown})))
        for name, shown in many_machines._streams(seen).items()
        if shown[0].bridge == 1
    ]
    assert max(others) < seen.away["bridge"]
