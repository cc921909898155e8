"""The thread of an embedded bridge: it starts or says why not, and ends in time."""

import asyncio
import logging
import socket
import threading
import time

import pytest

from bridge.config.reading import ConfigError
from bridge.embedded.settings import read_embedded
from bridge.embedded.thread import BridgeThread
from bridge.model.layers import CheckpointError


@pytest.fixture
def thread():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        output = f"vmc://127.0.0.1:{receiver.getsockname()[1]}"
        made = BridgeThread(lambda: read_embedded(None, {"outputs": output}))
        yield made
        made.ask_to_stop()


def test_it_lives_from_start_to_stop(thread):
    thread.start()
    assert thread.alive
    began = time.monotonic()
    thread.stop()
    assert time.monotonic() - began < 3
    assert not thread.alive
    thread.stop()  # changes nothing


def test_what_the_reading_raises_start_raises():
    def fails():
        raise ConfigError("fps: wrong")

    with pytest.raises(ConfigError, match="fps: wrong"):
        BridgeThread(fails).start()


def test_a_model_that_changed_since_it_was_checked_is_a_mistake_of_the_configuration(monkeypatch):
    def fails(*_, **__):
        raise CheckpointError("face.safetensors: no such file")

    monkeypatch.setattr("bridge.embedded.thread.Daemon", fails)
    with pytest.raises(ConfigError, match="no such file"):
        BridgeThread(lambda: read_embedded(None, {})).start()


def test_a_stop_that_comes_during_the_start_ends_it(thread):
    starter = threading.Thread(target=thread.start, daemon=True)
    thread.ask_to_stop()
    starter.start()
    starter.join(5)
    assert not starter.is_alive()
    thread._thread.join(5)
    assert not thread._thread.is_alive()  # without being asked again
    thread.stop()


def test_a_copied_face_stays_as_it_was(thread):
    thread.start()
    while not thread.faces:
        time.sleep(0.01)
    face = thread.faces["main"]
    assert face.weights.shape == (52,)
    before = face.weights.copy()
    time.sleep(0.1)
    assert thread.faces["main"] is not face
    assert (face.weights == before).all()
    thread.stop()


def test_a_bridge_that_fails_is_logged_and_does_not_live(thread, monkeypatch, caplog):
    async def fail(self, stop, *, started):
        started()
        await asyncio.sleep(0.05)
        raise RuntimeError("out of luck")

    monkeypatch.setattr("bridge.daemon.daemon.Daemon.run_until", fail)
    with caplog.at_level(logging.CRITICAL):
        thread.start()
        deadline = time.monotonic() + 5
        while thread.alive and time.monotonic() < deadline:
            time.sleep(0.01)
    assert not thread.alive
    assert "the bridge failed; the program continues without it" in caplog.text
