"""Every check of a configuration at once, with real ports and brokers."""

import pytest

from bridge.doctor import examination
from bridge.doctor.examination import examine
from bridge.doctor.finding import Verdict, problems
from tests.bridge.doctor.conftest import settings_with


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    """A shorter smile."""
    real = examination.smile
    monkeypatch.setattr(
        examination, "smile", lambda sections, engine, fps: real(sections, engine, fps, 0.4)
    )


async def examined(report=None, **given):
    return {each.subject: each for each in await examine(settings_with(**given), report)}


async def test_a_whole_path_that_works_has_no_problem(receiver, broker, closed_port):
    port = receiver.getsockname()[1]
    found = await examined(
        inputs=[
            f"osc://127.0.0.1:{closed_port}",
            f"mqtt://127.0.0.1:{broker.port}/a/+",
        ],
        outputs=[f"vmc://127.0.0.1:{port}", f"mqtt://127.0.0.1:{broker.port}/face/main"],
    )
    assert problems(found.values()) == []
    assert found[f"output mqtt 127.0.0.1:{broker.port} face/main"].said.endswith("accepted it")
    assert "happiness gives mouthSmileLeft 0." in found["model"].said


async def test_a_broken_model_file_is_a_problem_and_no_smile_is_tried(tmp_path, receiver):
    path = tmp_path / "face.safetensors"
    path.write_bytes(b"not a model")
    to = f"vmc://127.0.0.1:{receiver.getsockname()[1]}"
    found = await examined(model=str(path), outputs=[to])
    assert found["model"].verdict is Verdict.PROBLEM
    assert not any(subject.startswith("output") for subject in found)


async def test_an_output_whose_broker_is_away_is_not_tried(closed_port):
    found = await examined(outputs=[f"mqtt://127.0.0.1:{closed_port}/face/main"])
    [only] = problems(found.values())
    assert "refused it" in only.said
    assert "frames" not in found


async def test_a_wrong_date_is_a_problem(monkeypatch, closed_port):
    monkeypatch.setattr(examination.time, "time", lambda: 86400.0)
    found = await examined(outputs=[f"vmc://127.0.0.1:{closed_port}"])
    assert found["clock"].verdict is Verdict.PROBLEM


async def test_a_broker_that_a_running_bridge_does_not_reach_is_tried_step_by_step(closed_port):
    name = f"mqtt 127.0.0.1:{closed_port} a/+"
    report = {"inputs": [{"name": name, "state": "waiting to retry", "problem": "refused"}]}
    settings = settings_with(inputs=[f"mqtt://127.0.0.1:{closed_port}/a/+"])
    found = await examine(settings, report, of_this_bridge=True)
    [only] = [each for each in problems(found) if each.subject == f"input {name}"]
    assert "cannot connect to TCP port" in only.said


async def test_a_broker_that_is_back_is_not_called_a_problem(broker):
    name = f"mqtt 127.0.0.1:{broker.port} a/+"
    report = {"inputs": [{"name": name, "state": "waiting to retry", "problem": "refused"}]}
    settings = settings_with(inputs=[f"mqtt://127.0.0.1:{broker.port}/a/+"])
    found = await examine(settings, report, of_this_bridge=True)
    assert [each for each in problems(found) if each.subject == f"input {name}"] == []
    assert any(each.verdict is Verdict.NOTE and each.subject == f"input {name}" for each in found)


async def test_a_bridge_that_runs_with_these_settings_gets_no_second_smile(receiver):
    port = receiver.getsockname()[1]
    name = f"vmc 127.0.0.1:{port}"
    report = {
        "healthy": True,
        "frames": {},
        "inputs": [{"name": "demo", "state": "up"}],
        "outputs": [{"name": name, "state": "up", "trouble": ""}],
    }
    found = await examined(report, outputs=[f"vmc://127.0.0.1:{port}"])
    assert found[f"output {name}"].verdict is Verdict.OK
    receiver.setblocking(False)
    with pytest.raises(BlockingIOError):
        receiver.recv(65536)
