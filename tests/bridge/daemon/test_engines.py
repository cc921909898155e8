"""Which engine a bridge serves with."""

import asyncio

import numpy as np
import pytest

from bridge.config.settings import Settings
from bridge.daemon.engines import Engines, ready_engine, wants_table
from bridge.model.engine import Engine
from bridge.model.kept_tables import table_of
from bridge.model.layers import SHAPES

ONE_FACE = Engine({name: np.zeros(shape, np.float32) for name, shape in SHAPES.items()})
"""A network whose weights are always 0."""


def settings(**told) -> Settings:
    return Settings.model_validate(told)


@pytest.fixture(autouse=True)
def state(tmp_path_factory, monkeypatch, engine):
    """Tables are kept from test to test."""
    folder = tmp_path_factory.getbasetemp() / "engines"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    assert table_of(engine) is not None
    assert table_of(ONE_FACE) is not None


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({}, True),
        ({"engine": "table"}, True),
        ({"engine": "network"}, False),
        ({"record": "show.jsonl"}, False),
    ],
)
def test_the_table_serves_unless_the_network_is_set_or_a_recording_runs(told, wanted):
    assert wants_table(settings(**told)) == wanted


async def test_the_table_serves_once_it_is_ready(engine, until):
    serving = []
    Engines(serving.append).follow(engine, settings())
    assert serving == []  # the network serves meanwhile
    await until(lambda: serving)
    assert [each.name for each in serving] == ["table"]


async def test_the_network_alone_serves_if_it_is_set(engine):
    serving = []
    engines = Engines(serving.append)
    engines.follow(engine, settings(engine="network"))
    await asyncio.sleep(0.2)
    assert serving == []


async def test_a_table_that_is_made_when_the_model_changes_is_forgotten(engine, until):
    serving = []
    engines = Engines(serving.append)
    engines.follow(engine, settings())
    engines.follow(ONE_FACE, settings())
    await until(lambda: serving)
    await asyncio.sleep(0.1)
    assert len(serving) == 1
    assert not serving[0].run(np.ones((1, 3))).any()


def test_a_reload_goes_on_with_the_table_if_it_is_kept():
    assert ready_engine(settings()).name == "table"
    assert ready_engine(settings(engine="network")).name == "network"


def test_a_reload_does_not_wait_for_a_table_that_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert ready_engine(settings()).name == "network"
