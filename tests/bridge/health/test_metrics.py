"""The metrics, as Prometheus' own parser reads them."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bridge.emotion.update import named_update
from bridge.health.metrics import Metrics
from bridge.supervision.supervised import State


class Read:
    """An exposition, parsed."""

    def __init__(self, bridge, healthy=True):
        self.text = Metrics(bridge.vitals, lambda: healthy).exposition().decode()
        self.families = list(text_string_to_metric_families(self.text))
        self.samples = [sample for family in self.families for sample in family.samples]

    def __call__(self, name, **labels):
        [value] = [s.value for s in self.samples if (s.name, s.labels) == (name, labels)]
        return value


@pytest.fixture
def read():
    return Read


def test_frames_are_counted_as_the_frame_loop_counted_them(bridge, read):
    bridge.frames.frames, bridge.clock.dropped, bridge.clock.stalls = 600, 7, 2
    metrics = read(bridge)
    assert metrics("affect_bridge_frames_total") == 600
    assert metrics("affect_bridge_dropped_frames_total") == 7
    assert metrics("affect_bridge_stalls_total") == 2
    assert metrics("affect_bridge_wanted_frames_per_second") == 60
    assert metrics("affect_bridge_streams") == 1


def test_the_lateness_of_frames_is_a_histogram_that_adds_up(bridge, read):
    lateness = bridge.frames.lateness
    for seconds in (0.00005, 0.0002, 0.0002, 0.004, 3.0):
        lateness.observe(seconds)
    metrics = read(bridge)
    name = "affect_bridge_frame_lateness_seconds"
    buckets = {s.labels["le"]: s.value for s in metrics.samples if s.name == f"{name}_bucket"}
    assert buckets["0.0001"] == 1
    assert buckets["0.00025"] == 3
    assert buckets["0.0025"] == 3
    assert buckets["0.005"] == 4
    assert buckets["1.0"] == 4
    assert buckets["+Inf"] == metrics(f"{name}_count") == 5
    assert metrics(f"{name}_sum") == pytest.approx(3.00445)


def test_the_time_from_an_update_to_its_datagrams_is_a_histogram(bridge, read):
    bridge.frames.response.observe(0.012)
    metrics, name = read(bridge), "affect_bridge_update_to_datagram_seconds"
    assert metrics(f"{name}_bucket", le="0.01") == 0
    assert metrics(f"{name}_bucket", le="0.015") == 1
    assert metrics(f"{name}_sum") == pytest.approx(0.012)


def test_the_limit_of_streams_and_what_it_refused_are_counted(bridge, read):
    bridge.mixer._table.refused = 3
    metrics = read(bridge)
    assert metrics("affect_bridge_max_streams") == 64
    assert metrics("affect_bridge_refused_streams_total") == 3


def test_the_engine_that_serves_is_named(bridge, read):
    assert read(bridge)("affect_bridge_engine_info", engine="network") == 1


def test_each_stage_s_time_is_in_seconds(bridge, read):
    bridge.pipeline.stage_seconds.update(movement=1.5, model=2.5, layers=3.5)
    bridge.frames.sending_seconds = 4.5
    metrics = read(bridge)
    stages = {"movement": 1.5, "model": 2.5, "layers": 3.5, "sending": 4.5}
    for stage, seconds in stages.items():
        assert metrics("affect_bridge_stage_seconds_total", stage=stage) == seconds


def test_updates_overwrites_and_rejects_are_counted_by_source(bridge, read):
    source = bridge.inputs[0].part
    for _ in range(3):
        source.mailbox.post(named_update("joy"))
    source.complaints.refuse("nonsense", "xyz")
    source.complaints.drop("not_allowed", lambda: "a stranger")
    metrics, name = read(bridge), "osc 127.0.0.1:9130"
    assert metrics("affect_bridge_updates_total", source=name) == 3
    assert metrics("affect_bridge_mailbox_overwrites_total", source=name) == 2
    rejects = "affect_bridge_rejects_total"
    assert metrics(rejects, source=name, reason="nonsense") == 1
    assert metrics(rejects, source=name, reason="not_allowed") == 1
    assert metrics(rejects, source=name, reason="too_many") == 0
    assert metrics(rejects, source="demo", reason="nonsense") == 0


def test_sends_bytes_and_errors_are_counted_by_output(bridge, read):
    output = bridge.outputs[0].part
    output.packets, output.bytes, output.errors, output.trouble = 5, 600, 2, "unheard"
    output.frames = 9
    metrics, name = read(bridge), "vmc 127.0.0.1:39539"
    assert metrics("affect_bridge_output_frames_total", output=name) == 9
    assert metrics("affect_bridge_sent_packets_total", output=name) == 5
    assert metrics("affect_bridge_sent_bytes_total", output=name) == 600
    assert metrics("affect_bridge_send_errors_total", output=name) == 2
    assert metrics("affect_bridge_output_troubled", output=name) == 1
    assert metrics("affect_bridge_output_troubled", output="osc 127.0.0.1:8000") == 0


def test_triggers_are_counted_also_when_two_are_alike(make_bridge, read):
    bridge = make_bridge(triggers=[{"emotion": "joy", "hotkey": "Blush"}] * 2)
    bridge.triggers[1].trigger.fired, bridge.triggers[1].missed = 4, 1
    metrics, name = read(bridge), "joy → hotkey Blush"
    assert metrics("affect_bridge_triggers_fired_total", trigger=name) == 0
    assert metrics("affect_bridge_triggers_fired_total", trigger=f"{name} (2)") == 4
    assert metrics("affect_bridge_triggers_missed_total", trigger=f"{name} (2)") == 1


@pytest.mark.parametrize("state", State)
def test_each_part_is_in_exactly_one_state(bridge, read, state):
    bridge.inputs[0].state = state
    bridge.inputs[0].failures = 4
    metrics, part = read(bridge), "osc 127.0.0.1:9130"
    states = {
        s.labels["state"]: s.value
        for s in metrics.samples
        if s.name == "affect_bridge_part_state" and s.labels["part"] == part
    }
    assert set(states) == {"starting", "up", "waiting_to_retry", "ended", "failed", "stopped"}
    assert [name for name, on in states.items() if on] == [state.value.replace(" ", "_")]
    assert metrics("affect_bridge_part_failures_total", kind="input", part=part) == 4


@pytest.mark.parametrize("healthy", [True, False])
def test_whether_all_is_well_is_a_metric_too(bridge, read, healthy):
    assert read(bridge, healthy)("affect_bridge_healthy") == healthy


def test_names_and_help_keep_to_the_conventions_of_prometheus(bridge, read):
    metrics = read(bridge)
    for family in metrics.families:
        assert re.fullmatch(r"(affect_bridge|process)_[a-z_]+", family.name)
        assert len(family.documentation) > 15
        assert family.documentation.endswith(".") or family.name == "affect_bridge_healthy"
        assert f"# TYPE {family.name}" in metrics.text
    assert all(
        sample.name.endswith("_total")
        for family in metrics.families
        if family.type == "counter"
        for sample in family.samples
    )


def test_no_series_comes_twice_even_where_an_output_does(make_bridge, read):
    bridge = make_bridge(outputs=["vmc://127.0.0.1:39539"] * 3)
    series = [(s.name, tuple(sorted(s.labels.items()))) for s in read(bridge).samples]
    assert len(series) == len(set(series))
    metrics = read(bridge)
    assert metrics("affect_bridge_sent_packets_total", output="vmc 127.0.0.1:39539 (3)") == 0


def test_streams_and_labels_do_not_add_series(bridge, read):
    before = len(read(bridge).samples)
    for number in range(50):
        bridge.feel(named_update("joy", stream=f"stream-{number}"))
        bridge.inputs[0].part.complaints.refuse("nonsense", f"nonsense {number}")
    after = read(bridge)
    assert after("affect_bridge_streams") == 51
    assert len(after.samples) == before


def test_any_name_can_be_a_label(make_bridge, read):
    topic = 'фея/"quoted"/back\\slash'
    bridge = make_bridge(inputs=[f"mqtt://127.0.0.1/{topic}"])
    source = f"mqtt 127.0.0.1:1883 {topic}"
    assert read(bridge)("affect_bridge_updates_total", source=source) == 0
