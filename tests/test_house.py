"""The tests mirror the tree: each module has its test file in the mirrored place."""

from pathlib import Path

ROOT = Path(__file__).parent.parent

TESTED_ELSEWHERE = {
    "bridge/__main__.py": "started by tests/end_to_end/test_command.py",
    "bridge/cli/run.py": "started by every test in tests/end_to_end",
    "bridge/cli/status.py": "tests/bridge/cli/test_status_command.py",
    "bridge/config/dialect_settings.py": "tests/bridge/config/test_outputs.py, with real dialects",
    "bridge/config/mqtt.py": "tests/bridge/config/test_inputs.py and test_mqtt_output.py",
    "bridge/config/network.py": "tests/bridge/health/test_server.py and inputs/test_osc.py",
    "bridge/config/login.py": "tests/bridge/config/test_inputs.py and test_nats_input.py",
    "bridge/config/face_payload.py": "tests/bridge/config/test_mqtt_output.py and "
    "test_nats_output.py",
    "bridge/config/nats.py": "tests/bridge/config/test_nats_input.py",
    "bridge/nats/bucket.py": "tests/bridge/inputs/test_last_updates.py, with a real server",
    "bridge/nats/connection.py": "tests/bridge/inputs/test_nats.py and outputs/test_nats.py",
    "bridge/nats/server.py": "tests/bridge/inputs/test_nats.py, with real servers",
    "bridge/config/input_section.py": "tests/bridge/config/test_inputs.py",
    "bridge/config/output_section.py": "tests/bridge/config/test_outputs.py",
    "bridge/config/standard_input.py": "tests/bridge/config/test_inputs.py",
    "bridge/daemon/watch.py": "tests/bridge/daemon/test_daemon.py",
    "bridge/daemon/blocking_calls.py": "tests/end_to_end/test_stopping.py",
    "bridge/daemon/end_of_input.py": "tests/end_to_end/test_stdin.py",
    "bridge/inputs/stdin_reader.py": "tests/bridge/inputs/test_stdin.py and test_chat.py",
    "bridge/inputs/udp.py": "tests/bridge/inputs/test_osc.py and test_overlay.py",
    "bridge/config/stream_face.py": "tests/bridge/config/test_face.py",
    "bridge/emotion/mixed_stream.py": "tests/bridge/emotion/test_mixer.py",
    "bridge/inputs/views.py": "tests/bridge/daemon/test_visible.py and test_reconcile.py",
    "bridge/link/look.py": "tests/bridge/frames/test_pipeline.py",
    "bridge/doctor/__main__.py": "started by tests/bridge/daemon/test_examination.py",
    "bridge/web/__main__.py": "started by tests/end_to_end/test_web.py",
    "bridge/web/refusal.py": "tests/bridge/web/test_streams.py",
    "bridge/web/app.py": "tests/bridge/web/test_streams.py and test_guard.py",
    "bridge/web/server.py": "tests/end_to_end/test_web.py",
    "bridge/supervision/running.py": "tests/bridge/daemon/test_reconcile.py, with real parts",
    "bridge/offline/head/__main__.py": "tests/bridge/offline/head/test_build.py",
    "bridge/offline/head/brows.py": "tests/bridge/head/test_head.py, in what it made",
    "bridge/offline/head/paint.py": "tests/bridge/offline/head/test_build.py",
    "bridge/offline/head/proportions.py": "tests/bridge/offline/head/test_build.py",
    "bridge/offline/head/shell.py": "tests/bridge/head/test_head.py, in what it made",
    "bridge/outputs/latest.py": "tests/bridge/outputs/test_mqtt.py, with a slow broker",
    "bridge/outputs/published.py": "tests/bridge/outputs/test_mqtt.py and test_nats.py",
    "bridge/outputs/output.py": "by each output's tests",
    "bridge/outputs/send_errors.py": "tests/bridge/outputs/test_udp.py, with real errors",
    "bridge/outputs/subscriber.py": "tests/bridge/outputs/test_on_request.py",
    "bridge/outputs/vtube_studio_discovery.py": "tests/bridge/outputs/test_vtube_studio.py",
    "bridge/frames/from_settings.py": "tests/bridge/daemon/test_daemon.py",
    "bridge/rendering/rendered.py": "tests/bridge/rendering/test_render.py",
    "bridge/config/lsl.py": "tests/end_to_end/test_lsl.py",
    "bridge/outputs/lsl.py": "tests/end_to_end/test_lsl.py, with another process",
    "bridge/cli/record.py": "tests/end_to_end/test_record_command.py",
    "bridge/cli/progress.py": "tests/bridge/cli/test_render.py",
    "bridge/emotion/stream_table.py": "tests/bridge/emotion/test_mixer.py",
    "bridge/config/trigger_section.py": "tests/bridge/config/test_triggers.py",
    "bridge/triggers/from_settings.py": "tests/bridge/triggers/test_triggers.py, with real parts",
    "bridge/triggers/receiver.py": "by each receiver's tests",
    "bridge/triggers/vtube_studio.py": "tests/bridge/triggers/test_triggers.py, with a stand-in",
    "protocols/dialect.py": "tests/protocols/test_every_dialect.py",
    "protocols/dialects.py": "tests/protocols/test_every_dialect.py",
}
"""Modules without a test file of their own, and where they are tested."""


def modules() -> list[Path]:
    return [
        path.relative_to(ROOT)
        for package in ("bridge", "protocols")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py"
    ]


def mirrored(module: Path) -> Path:
    return ROOT / "tests" / module.with_name(f"test_{module.name}")


def test_each_module_has_its_test_file_in_the_mirrored_place():
    untested = {m.as_posix() for m in modules() if not mirrored(m).exists()}
    assert untested - TESTED_ELSEWHERE.keys() == set()


def test_no_exception_stays_that_is_not_needed():
    untested = {m.as_posix() for m in modules() if not mirrored(m).exists()}
    assert TESTED_ELSEWHERE.keys() - untested == set()
