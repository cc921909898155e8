"""Which partitions an input takes."""

import pytest

from bridge.config.partitions import INDEX_ENV, own_index
from bridge.config.settings import Settings

NATS = "nats://h/part.{partition}.{stream}.set"
MQTT = "mqtt://h/affect/{partition}/{stream}/set"


def subscriptions(**settings):
    [section] = Settings.model_validate({"inputs": [settings]}).inputs
    return section.subscriptions


@pytest.fixture(autouse=True)
def no_index(monkeypatch):
    monkeypatch.delenv(INDEX_ENV, raising=False)


def test_each_partition_is_a_subscription():
    assert subscriptions(**{"from": NATS}) == ["part.*.*.set"]
    assert subscriptions(**{"from": NATS, "partitions": [0, 3]}) == ["part.0.*.set", "part.3.*.set"]
    assert subscriptions(**{"from": MQTT, "partitions": [1]}) == ["affect/1/+/set"]
    assert subscriptions(**{"from": MQTT}) == ["affect/+/+/set"]


@pytest.mark.parametrize(("count", "partitions"), [(1, 1), (3, 3), (3, 8), (4, 1000)])
def test_shards_share_all_partitions_and_none_is_taken_twice(count, partitions):
    taken = [
        each
        for index in range(count)
        for each in subscriptions(
            **{
                "from": MQTT,
                "shard": {"index": index, "count": count, "partitions": partitions},
            }
        )
    ]
    assert sorted(taken) == sorted(f"affect/{number}/+/set" for number in range(partitions))


def test_the_index_comes_from_the_environment_or_else_from_the_host_name(monkeypatch):
    assert own_index({INDEX_ENV: "3"}, "affect-bridge-2") == 3
    assert own_index({}, "affect-bridge-2") == 2
    assert own_index({}, "affect-bridge-12.affect.svc.cluster.local") == 12
    monkeypatch.setenv(INDEX_ENV, "1")
    assert subscriptions(**{"from": NATS, "shard": {"count": 2}}) == ["part.1.*.set"]


@pytest.mark.parametrize("host", ["studio", "studio2", "bridge-x", "2"])
def test_a_host_name_without_a_number_is_no_index(host):
    with pytest.raises(ValueError, match="does not end in a number"):
        own_index({}, host)


def test_an_index_in_the_environment_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="expected a whole number"):
        own_index({INDEX_ENV: "one"}, "affect-bridge-2")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"partitions": [0], "shard": {"index": 0, "count": 2}}, "give one of them"),
        ({"partitions": [1, 1]}, "names one twice"),
        ({"shard": {"index": 2, "count": 2}}, "expected 0 to 1, because count is 2"),
        ({"shard": {"index": -1, "count": 2}}, "expected 0 to 1"),
        ({"shard": {"index": 3, "count": 4, "partitions": 2}}, "gets none of 2 partitions"),
        ({"from": "nats://h/affect.*.set", "partitions": [0]}, "needs {partition} in the address"),
    ],
)
def test_partitions_that_cannot_be_meant_are_refused(settings, why):
    with pytest.raises(ValueError, match=r"^") as refused:
        subscriptions(**{"from": NATS, **settings})
    assert why in str(refused.value)
