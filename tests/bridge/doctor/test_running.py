"""What the report of a running bridge says; from a real bridge's report, changed in one place."""

import pytest

from bridge.doctor import running
from bridge.doctor.finding import Verdict
from bridge.health.report import report as report_of
from bridge.outputs.output import NO_LISTENER
from tests.bridge.doctor.conftest import settings_with
from tests.bridge.resting_bridge import Bridge

INPUTS = ["osc://127.0.0.1:9130", "demo"]
OUTPUTS = ["vmc://127.0.0.1:39539", "osc://127.0.0.1:8000/{name}"]


@pytest.fixture
def report(engine):
    bridge = Bridge(engine, inputs=INPUTS, outputs=OUTPUTS)
    told = report_of(bridge.vitals, bridge.recent, [], bridge.now)
    told["frames"]["achieved_per_second"] = 60.0
    return told


def settings(outputs=OUTPUTS, inputs=INPUTS):
    return settings_with(inputs=list(inputs), outputs=list(outputs))


def found(report, about=None, **changed):
    listed = running.findings(about or settings(), report, lambda name: f"start it for {name}")
    return {each.subject: each for each in listed}


def test_a_bridge_with_other_parts_is_not_this_one(report):
    assert running.is_this(settings(), report)
    other = settings(outputs=["vmc://127.0.0.1:40000"], inputs=["osc://127.0.0.1:40001"])
    assert not running.is_this(other, report)


def test_everything_that_works_is_fine(report):
    verdicts = {name: each.verdict for name, each in found(report).items()}
    assert verdicts.pop("feelings") is Verdict.NOTE  # neutral: nothing was sent
    assert set(verdicts.values()) == {Verdict.OK}
    assert {"bridge", "frames", "input demo", "output vmc 127.0.0.1:39539"} <= verdicts.keys()


def test_an_output_that_is_only_in_the_file_asks_for_a_reload(report):
    told = found(report, settings(outputs=[*OUTPUTS, "livelink://127.0.0.1:11111/Face"]))
    assert "SIGHUP" in told["livelink 127.0.0.1:11111"].cure


def test_outputs_that_nothing_receives_are_a_problem(report):
    for row in report["outputs"]:
        row["trouble"] = NO_LISTENER
    told = found(report)["output vmc 127.0.0.1:39539"]
    assert told.verdict is Verdict.PROBLEM
    assert told.cure == "start it for vmc 127.0.0.1:39539"
    report["outputs"][1]["trouble"] = ""
    assert found(report)["output vmc 127.0.0.1:39539"].verdict is Verdict.NOTE


def test_an_input_that_waits_says_why(report):
    report["inputs"][0] |= {"state": "waiting to retry", "problem": "the broker is away"}
    told = found(report)["input osc 127.0.0.1:9130"]
    assert (told.verdict, "the broker is away" in told.said) == (Verdict.PROBLEM, True)


def test_an_input_that_refused_everything_points_to_the_log(report):
    report["inputs"][0] |= {"updates": 0, "refused": 12}
    told = found(report)["input osc 127.0.0.1:9130"]
    assert (told.verdict, "12 refused" in told.said) == (Verdict.PROBLEM, True)


def test_a_low_frame_rate_is_a_problem(report):
    report["frames"]["achieved_per_second"] = 31.0
    report["uptime_seconds"] = 3.0
    assert found(report)["frames"].verdict is Verdict.OK  # it starts
    report["uptime_seconds"] = 30.0
    assert found(report)["frames"].verdict is Verdict.PROBLEM


def test_a_feeling_in_force_is_named(report):
    report["streams"] = [{"name": "main", "label": "happiness", "valence": 0.7}]
    assert found(report)["feelings"].said == "main happiness"


def test_a_smile_that_the_bridge_sent_is_told_by_output_and_not_twice(report):
    [first, second] = report["outputs"]
    first |= {"state": "up", "smile": {"frames": 120, "packets": 118, "errors": 2}}
    second |= {"state": "waiting to retry", "problem": "no such host"}
    second["smile"] = {"frames": 0, "packets": 0, "errors": 0}
    [sent] = running.smiles(settings(), report)
    assert (sent.section.name, sent.frames, sent.errors) == (first["name"], 120, 2)
    told = found(report)
    assert f"output {first['name']}" not in told
    assert told[f"output {second['name']}"].said == "no such host"
    assert running.not_up(report) >= {second["name"]}


def test_a_face_that_does_not_smile_is_a_problem(report):
    report["smile"] = {"main": 0.7, "alice": 0.0}
    told = found(report)["face"]
    assert told.verdict is Verdict.PROBLEM
    assert "alice" in told.cure
    report["smile"] = {"main": 0.7}
    assert found(report)["face"].verdict is Verdict.OK


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"outputs": 3, "streams": [None], "frames": []},
        {"outputs": [{"state": "up", "smile": 3}], "smile": 3},
    ],
)
def test_a_report_of_another_version_does_not_crash(odd):
    assert running.findings(settings(), odd, str)
    assert running.smiles(settings(), odd) == []
