"""Stop, forced stop, reload, and signals that were ignored at start-up."""

import signal
import sys
import time

import pytest

from bridge.daemon.signals import Signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.fixture(autouse=True)
def handlers_as_before():
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGTSTP", "SIGTTIN", "SIGQUIT")
    numbers = [getattr(signal, name) for name in names]
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_asks_for_a_stop_and_leaves_the_terminal_to_it(number):
    asked, left = [], []
    with Signals(lambda: asked.append(1), lambda: left.append(1)):
        signal.raise_signal(number)
    assert (asked, left) == ([1], [])


def test_ctrl_break_on_windows_asks_for_a_stop_too(monkeypatch):
    before = signal.getsignal(signal.SIGUSR1)
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    asked = []
    with Signals(lambda: asked.append(1), lambda: None):
        signal.raise_signal(signal.SIGBREAK)
    assert asked == [1]
    assert signal.getsignal(signal.SIGUSR1) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_twice_at_once_is_one(number):
    """A program that started this one may pass on the Ctrl-C that both have got."""
    asked, left = [], []
    with Signals(lambda: asked.append(1), lambda: left.append(1)):
        signal.raise_signal(number)
        signal.raise_signal(number)  # would end the tests
    assert (asked, left) == ([1], [])


@pytest.mark.parametrize("reload", [None, lambda: None])
def test_a_terminal_that_hangs_up_twice_does_not_cut_the_stop_short(reload, monkeypatch):
    asked, left = [], []
    terminal = iter([True, False])
    monkeypatch.setattr("bridge.daemon.signals._has_terminal", lambda: next(terminal))
    with Signals(lambda: asked.append(1), lambda: left.append(1), reload):
        signal.raise_signal(signal.SIGHUP)
        time.sleep(0.1)
        signal.raise_signal(signal.SIGHUP)  # would end the tests
    assert (asked, left) == ([1], [])


def test_asking_for_a_stop_does_not_make_a_background_job_vulnerable():
    with Signals(lambda: None, lambda: None):
        suspend = signal.getsignal(signal.SIGTSTP)
        signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTTIN) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTSTP) == suspend


def test_what_was_ignored_from_the_start_stays_ignored():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    asked = []
    with Signals(lambda: asked.append(1), lambda: None):
        signal.raise_signal(signal.SIGHUP)
    assert asked == []


def test_the_handlers_of_before_are_put_back():
    before = signal.getsignal(signal.SIGTERM)
    with Signals(lambda: None, lambda: None):
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_hang_up_starts_a_reload_if_there_is_a_file_to_reload():
    asked, reloads = [], []
    with Signals(lambda: asked.append(1), lambda: None, lambda: reloads.append(1)):
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGHUP)
    assert (asked, reloads) == ([], [1, 1])


def test_the_hang_up_of_a_closed_terminal_is_a_stop_even_so(monkeypatch):
    asked, reloads = [], []
    terminal = iter([True, False])
    monkeypatch.setattr("bridge.daemon.signals._has_terminal", lambda: next(terminal))
    with Signals(lambda: asked.append(1), lambda: None, lambda: reloads.append(1)):
        signal.raise_signal(signal.SIGHUP)
    assert (asked, reloads) == ([1], [])
