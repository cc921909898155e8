"""Each step to a broker, with real brokers."""

import asyncio
import socket

import pytest

from bridge.doctor.brokers import as_another_client, check_broker, check_server, forget_status
from bridge.doctor.finding import Verdict
from bridge.doctor.listeners import Listener
from tests.bridge.brokers import client, free_port
from tests.bridge.doctor.conftest import settings_with


def mqtt(address, **more):
    [section] = settings_with(inputs=[{"from": address, **more}]).inputs
    return section


async def told(section, listening=()):
    found, broker = await check_broker("broker", section, list(listening))
    assert (broker is None) == (found[-1].verdict is Verdict.PROBLEM)
    return found


async def test_every_step_to_a_broker_that_works_is_listed(broker):
    found = await told(mqtt(f"mqtt://localhost:{broker.port}/affect/+/set"))
    assert [each.verdict for each in found] == [Verdict.OK] * 4
    assert [each.said.split()[0] for each in found] == ["name:", "TCP:", "login:", "subscription"]


async def test_the_client_of_a_running_bridge_is_not_dropped(broker):
    section = mqtt(f"mqtt://localhost:{broker.port}/a/+", client_id="studio")
    async with client(broker, identifier="studio") as running:
        await told(section)
        await running.publish("still/here", b"1", qos=1, timeout=5)


async def test_a_broker_that_refuses_the_subscription_fails_at_that_step(taboo_broker):
    found = await told(mqtt(f"mqtt://127.0.0.1:{taboo_broker.port}/top-secret"))
    assert found[-1].verdict is Verdict.PROBLEM
    assert "refused the subscription" in found[-1].said


async def test_a_closed_port_fails_at_tcp():
    port = free_port(socket.SOCK_STREAM)
    found = await told(mqtt(f"mqtt://127.0.0.1:{port}/a/+"))
    assert f"TCP port {port}: 127.0.0.1 refused it" in found[-1].said


async def test_a_broker_on_another_loopback_address_is_named():
    port = free_port(socket.SOCK_STREAM)
    there = Listener("tcp", "::1", port, 8, "mosquitto")
    found = await told(mqtt(f"mqtt://127.0.0.1:{port}/a/+"), [there])
    assert "mosquitto (process 8) listens on [::1]" in found[-1].cure


async def test_a_name_that_does_not_exist_fails_first():
    [found] = await told(mqtt("mqtt://no-such-host.invalid/a/+"))
    assert "no machine has the name no-such-host.invalid" in found.said


async def test_a_port_that_speaks_something_else_is_explained(broker):
    found = await told(mqtt(f"ws://127.0.0.1:{broker.port}/a/+"))
    assert found[-1].verdict is Verdict.PROBLEM
    assert "speaks MQTT without WebSocket" in found[-1].said


@pytest.mark.parametrize("path", ["/a/+"])
async def test_a_login_that_is_refused_says_which_user(path, mosquitto_broker, monkeypatch):
    """Mosquitto with `allow_anonymous` accepts anybody, so this one is told to refuse."""
    await mosquitto_broker.stop()
    config = mosquitto_broker._config
    config.write_text(config.read_text().replace("allow_anonymous true", "allow_anonymous false"))
    await mosquitto_broker.start()
    found = await told(mqtt(f"mqtt://127.0.0.1:{mosquitto_broker.port}{path}"))
    assert "refused a client without a user name" in found[-1].said


async def test_the_doctors_own_status_is_removed_from_the_broker(broker):
    section = as_another_client(mqtt(f"mqtt://127.0.0.1:{broker.port}/a/+", client_id="studio"))
    async with client(broker, identifier="left-it") as one:
        await one.publish(section.status_topic, b"offline", qos=1, retain=True)
    await forget_status(section)
    async with client(broker, identifier="looks") as other:
        await other.subscribe(section.status_topic)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await anext(other.messages)


async def test_every_step_to_a_nats_server_that_works_is_listed(nats_server):
    section = mqtt(f"nats://localhost:{nats_server.port}/affect.*.set")
    found, let_in = await check_server("server", section, [])
    assert let_in
    assert [each.verdict for each in found] == [Verdict.OK] * 4
    assert [each.said.split()[0] for each in found] == ["name:", "TCP:", "login:", "subscription"]


async def test_one_nats_server_of_a_cluster_that_is_away_is_named(nats_server):
    closed = free_port(socket.SOCK_STREAM)
    section = mqtt(f"nats://127.0.0.1:{closed}/a.*", servers=[f"127.0.0.1:{nats_server.port}"])
    found, let_in = await check_server("server", section, [])
    assert let_in
    assert [each.verdict for each in found].count(Verdict.PROBLEM) == 1
    assert f"TCP port {closed}: 127.0.0.1 refused it" in found[1].said


async def test_a_nats_server_that_refuses_the_login_fails_at_that_step(start_nats):
    server = await start_nats("authorization { token: right }")
    found, let_in = await check_server("server", mqtt(f"nats://127.0.0.1:{server.port}/a"), [])
    assert not let_in
    assert "refused a client without a user name" in found[-1].said
