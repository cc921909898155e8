"""Inputs and outputs that a reload keeps, opens and closes."""

import asyncio
import logging
import socket
from collections.abc import Iterator

import pytest

from bridge.config.outputs import SECTIONS as OUTPUTS
from bridge.config.reading import tagged_sections
from bridge.config.section import OnReload
from bridge.config.settings import Settings
from bridge.daemon import reconcile
from bridge.daemon.reconcile import Inputs, Outputs
from bridge.emotion.mixer import Mixer
from bridge.emotion.points import NEUTRAL
from bridge.emotion.update import named_update
from bridge.outputs.destination import Destination
from bridge.outputs.from_settings import output_from
from bridge.outputs.output import Output
from bridge.supervision.supervised import State


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        yield receiver.getsockname()[1]


def outputs_of(*addresses: str):
    return Settings.model_validate({"outputs": list(addresses)}).outputs


def inputs_of(*addresses: object):
    return Settings.model_validate({"inputs": list(addresses)}).inputs


@pytest.fixture
async def outputs():
    given: list[list[Output]] = []
    made = Outputs(lambda to: given.append(list(to)))
    made.given = given
    yield made
    await made.stop()


async def test_an_output_whose_settings_stay_the_same_is_the_same_output(outputs, port):
    await outputs.prepare(outputs_of(f"vmc://127.0.0.1:{port}", f"osc://127.0.0.1:{port}"), 60)()
    vmc, osc = [supervised.part for supervised in outputs]
    await outputs.prepare(
        outputs_of(f"osc://127.0.0.1:{port}?scale=100", f"vmc://127.0.0.1:{port}"), 60
    )()
    changed, kept = [supervised.part for supervised in outputs]
    assert kept is vmc
    assert changed is not osc
    assert outputs.given == [[vmc, osc], [changed, vmc]]


async def test_a_new_output_is_open_before_it_is_given_frames(port):
    states: list[State] = []
    outputs = Outputs(lambda to: states.extend(s.state for s in outputs))
    await outputs.prepare(outputs_of(f"vmc://127.0.0.1:{port}"), 60)()
    assert states == [State.UP]
    await outputs.stop()


async def test_another_frame_rate_makes_every_output_anew(outputs, port):
    sections = outputs_of(f"livelink://127.0.0.1:{port}")
    await outputs.prepare(sections, 60)()
    [before] = [supervised.part for supervised in outputs]
    await outputs.prepare(sections, 30)()
    [after] = [supervised.part for supervised in outputs]
    assert after is not before


async def test_a_reload_tries_again_what_has_failed_or_ended(outputs, port):
    sections = outputs_of(f"vmc://127.0.0.1:{port}", f"osc://127.0.0.1:{port}")
    await outputs.prepare(sections, 60)()
    failed, well = list(outputs)
    failed.state = State.FAILED
    await outputs.prepare(sections, 60)()
    again, kept = list(outputs)
    assert again is not failed
    assert again.state is State.UP
    assert kept is well
    kept.state = State.ENDED
    await outputs.prepare(sections, 60)()
    assert list(outputs)[1] is not kept


async def test_twice_the_same_output_is_two_outputs(outputs, port):
    twice = outputs_of(f"vmc://127.0.0.1:{port}", f"vmc://127.0.0.1:{port}")
    await outputs.prepare(twice, 60)()
    first, second = [supervised.part for supervised in outputs]
    assert first is not second
    await outputs.prepare(twice[:1], 60)()
    [left] = [supervised.part for supervised in outputs]
    assert left is first


async def test_a_host_that_cannot_be_found_holds_up_nothing(outputs, port):
    async with asyncio.timeout(5):
        await outputs.prepare(
            outputs_of("vmc://no-such-host.invalid", f"vmc://127.0.0.1:{port}"), 60
        )()
    assert [s.part.name for s in outputs] == [
        "vmc no-such-host.invalid:39539",
        f"vmc 127.0.0.1:{port}",
    ]


async def test_an_output_that_cannot_be_made_leaves_all_others_as_they_were(
    outputs, port, monkeypatch
):
    """A mistake in one output must not leave another closed that is still shown as up."""
    await outputs.prepare(outputs_of(f"vmc://127.0.0.1:{port}", f"osc://127.0.0.1:{port}"), 60)()
    before = list(outputs)

    def fail_for_vmc(section, fps, mixer):
        if section.name.startswith("vmc"):
            raise OSError("on purpose")
        return output_from(section, fps, mixer)

    monkeypatch.setattr(reconcile, "output_from", fail_for_vmc)
    tasks = len(asyncio.all_tasks())
    with pytest.raises(OSError, match="on purpose"):
        outputs.prepare(outputs_of(f"livelink://127.0.0.1:{port}", "vmc://127.0.0.2"), 60)
    await asyncio.sleep(0.1)
    assert list(outputs) == before
    assert [supervised.state for supervised in before] == [State.UP, State.UP]
    assert len(asyncio.all_tasks()) == tasks


async def test_every_output_that_runs_is_known_in_the_middle_of_a_change(
    outputs, port, monkeypatch
):
    await outputs.prepare(outputs_of(f"vmc://127.0.0.1:{port}"), 60)()
    change = outputs.prepare(outputs_of("vmc://no-such-host.invalid"), 60)
    monkeypatch.setattr(reconcile, "SETTLING_TIMEOUT", 60)
    never = asyncio.Event()
    monkeypatch.setattr(Destination, "find", lambda self: never.wait())
    task = asyncio.create_task(change())
    await asyncio.sleep(0.1)
    task.cancel()  # as a stop in the middle of a reload does
    await asyncio.wait([task])
    new, old = list(outputs)
    assert (new.state, old.state) == (State.STARTING, State.UP)
    await outputs.stop()
    assert (new.state, old.state) == (State.STOPPED, State.STOPPED)


async def test_an_output_that_was_stopped_is_shown_as_stopped_and_started_by_a_reload(
    outputs, port
):
    sections = outputs_of(f"vmc://127.0.0.1:{port}")
    await outputs.prepare(sections, 60)()
    await outputs.stop()
    [stopped] = outputs
    assert stopped.state is State.STOPPED
    await outputs.prepare(sections, 60)()
    [again] = outputs
    assert again.state is State.UP


@pytest.fixture
async def inputs():
    made = Inputs(Mixer())
    yield made
    await made.stop()


def target(inputs: Inputs):
    mixer = inputs._mixer
    mixer.settle(asyncio.get_running_loop().time())
    return mixer.goals[0].target


async def test_an_input_whose_settings_change_keeps_its_updates(inputs, free_port):
    await inputs.prepare(inputs_of(f"osc://127.0.0.1:{free_port}"))()
    [before] = [supervised.part for supervised in inputs]
    before.mailbox.post(named_update("anger"))
    await inputs.prepare(inputs_of({"from": f"osc://127.0.0.1:{free_port}", "priority": 5}))()
    [after] = [supervised.part for supervised in inputs]
    assert after is before
    assert target(inputs) == named_update("anger").target


async def test_an_input_reads_by_its_new_settings_without_being_reopened(inputs, free_port):
    address = f"osc://127.0.0.1:{free_port}"
    await inputs.prepare(inputs_of(address))()
    [before] = [supervised.part for supervised in inputs]
    await inputs.prepare(inputs_of({"from": address, "scale": [0, 100]}))()
    [after] = [supervised.part for supervised in inputs]
    assert after is before
    after.read_text("100 50 0")
    assert target(inputs) == (1, 0, -1)


INPUTS = {tag: section for tag, section in tagged_sections().items() if tag.startswith("from ")}
ADDRESSES = {
    "from osc": "osc://127.0.0.1:{}",
    "from mqtt": "mqtts://user@127.0.0.1:{}/affect/{{partition}}/{{stream}}",
    "from nats": "tls://user@127.0.0.1:{}/part.{{partition}}.{{stream}}",
    "from face": "vmc://127.0.0.1:{}",
    "from file": "file:no-such-table.csv",
    "from lsl": "lsl://name=no-such-stream",
}
CHANGED = {
    "priority": 7,
    "hold": 5,
    "hold_at_end": 5,
    "allow": ["10.0.0.0/8"],
    "client_id": "another",
    "qos": 2,
    "keep_alive": 60,
    "version": "3.1.1",
    "password_env": "ANOTHER_PASSWORD",
    "servers": ["127.0.0.1:1"],
    "bucket": "faces",
    "replicas": 3,
    "token_env": "ANOTHER_TOKEN",
    "partitions": [0, 1],
    "shard": {"index": 0, "count": 2},
    "password_credential": "mqtt-password",
    "scale": [0, 1],
    "columns": ["time", "valence", "arousal"],
    "fields": {"emotion": "mood"},
    "dominance": "keep",
    "labels": "latest",
    "addresses": {"/slider/3": "joy"},
    "retained": "ignore",
    "stream": "alice",
    ("from file", "columns"): {"time": "t"},
    ("from lsl", "columns"): {"valence": "1"},
    "time": "seconds",
    "frame_rate": 30,
    "speed": 2,
    "loop": True,
    "as_recorded": True,
    "tags": ["brackets"],
    "pace": "speech",
    "words_a_minute": 120,
    "untagged": "read",
}
"""Another value for each setting of an input, or of one kind of input; for those that are not here,
the name of a file."""


@pytest.mark.parametrize(
    ("tag", "setting"),
    [(tag, s) for tag, section in INPUTS.items() for s in section.model_fields if s != "from_"],
)
async def test_a_change_interrupts_an_input_only_where_its_section_says_so(
    inputs, free_port, tmp_path, tag, setting
):
    file = tmp_path / "file"
    file.touch(0o600)
    written = {"from": ADDRESSES.get(tag, tag.split()[1]).format(free_port)}
    if setting == "tls_key":
        written["tls_certificate"] = str(file)
    if setting in ("token_env", "token_file", "credentials_file"):  # in place of a user name
        written["from"] = written["from"].replace("user@", "")
    await inputs.prepare(inputs_of(written))()
    [before] = [supervised.part for supervised in inputs]
    value = CHANGED.get((tag, setting), CHANGED.get(setting, str(file)))
    changed = inputs_of({**written, setting: value})
    assert changed != inputs_of(written)
    await inputs.prepare(changed)()
    [after] = [supervised.part for supervised in inputs]
    assert (after is before) == (INPUTS[tag].on_reload(setting) is OnReload.AT_ONCE)


def test_every_setting_of_an_output_reopens_it():
    said = {(n, s): o.on_reload(s) for n, o in OUTPUTS.items() for s in o.model_fields}
    assert set(said.values()) == {OnReload.REOPEN}


async def test_an_input_that_cannot_be_made_leaves_all_others_as_they_were(
    inputs, free_port, monkeypatch
):
    await inputs.prepare(inputs_of("demo", f"osc://127.0.0.1:{free_port}"))()
    before = list(inputs)
    await asyncio.wait_for(before[1].settled.wait(), 5)
    before[1].part.mailbox.post(named_update("anger"))

    def fail(section, mailbox, overlays, views):
        raise OSError("on purpose")

    monkeypatch.setattr(reconcile, "source_from", fail)
    with pytest.raises(OSError, match="on purpose"):
        inputs.prepare(inputs_of(f"osc://localhost:{free_port}"))
    await asyncio.sleep(0.1)
    assert list(inputs) == before
    assert before[1].state is State.UP
    before[0].part.mailbox.withdraw()
    assert target(inputs) == named_update("anger").target


async def test_a_port_is_closed_before_another_input_opens_it(inputs, free_port):
    await inputs.prepare(inputs_of(f"osc://127.0.0.1:{free_port}"))()
    await inputs.prepare(inputs_of(f"osc://localhost:{free_port}"))()
    [supervised] = inputs
    async with asyncio.timeout(5):
        await supervised.settled.wait()
    assert supervised.state is State.UP


async def test_an_input_that_is_taken_away_is_closed_and_forgotten(inputs, free_port):
    await inputs.prepare(inputs_of("demo", f"osc://127.0.0.1:{free_port}"))()
    demo, osc = [supervised.part for supervised in inputs]
    osc.mailbox.post(named_update("anger"))
    demo.mailbox.withdraw()
    await inputs.prepare(inputs_of("demo"))()
    demo.mailbox.withdraw()
    assert target(inputs) == NEUTRAL
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free_again:
        free_again.bind(("127.0.0.1", free_port))


async def test_stdin_is_neither_added_nor_removed_while_running(inputs, caplog):
    await inputs.prepare(inputs_of("demo"))()
    with caplog.at_level(logging.WARNING):
        await inputs.prepare(inputs_of("stdin", "demo"))()
    assert [supervised.part.name for supervised in inputs] == ["demo"]
    assert "restart" in caplog.text


async def test_one_form_of_stdin_does_not_replace_another_while_running(inputs, caplog):
    """Two threads that read it would each get a part."""
    await inputs.prepare(inputs_of("stdin"))()
    [before] = [supervised.part for supervised in inputs]
    with caplog.at_level(logging.WARNING):
        await inputs.prepare(inputs_of("stdin:chat", "demo"))()
    assert [supervised.part.name for supervised in inputs] == ["stdin", "demo"]
    assert next(iter(inputs)).part is before
    assert "restart" in caplog.text


@pytest.fixture
def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
