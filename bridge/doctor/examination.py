"""Every check in the order of the path: model, ports, inputs, outputs, clock."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from bridge.config.mqtt import MqttSettings
from bridge.config.nats import NatsSettings
from bridge.config.output_section import OutputSection
from bridge.config.settings import Settings
from bridge.doctor import receivers, running
from bridge.doctor.brokers import as_another_client, check_broker, check_server, forget_status
from bridge.doctor.finding import Cause, Finding, note, ok, problem, problems
from bridge.doctor.listeners import Listener, listeners
from bridge.doctor.ports import check_ports, ports_of
from bridge.doctor.smile import Punctuality, Sent, smile
from bridge.doctor.surroundings import kind_of_machine, same_machine
from bridge.emotion.names import emotion_to_vad
from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.model.layers import CheckpointError, in_reference_order
from bridge.model.slope import settled_slope
from protocols.arkit import INDEX

_BUILT = 1735689600.0
"""2025-01-01. A clock before it is wrong, and then no certificate is valid."""
_PUNCTUAL = 0.9
"""The share of frames that must leave for the clock to count as right."""
_LEAST_SMILE = 0.05


async def examine(
    settings: Settings, report: Mapping[str, Any] | None = None, *, of_this_bridge: bool = False
) -> list[Finding]:
    """Check everything that `settings` names.

    Args:
        report: the answer of the health address, if a bridge answers there. If it runs with these
            settings, its report takes the place of a smile: a second sender would disturb it. A
            bridge that examines itself adds what became of a smile of its own (`running.smiles`).
        of_this_bridge: the report is known to come from a bridge with these settings.
    """
    open_ports = await asyncio.to_thread(listeners)
    machine = kind_of_machine()
    hosts = [output.address.host for output in settings.outputs]
    found, engine = _model(settings)
    found += _wall_clock()
    if report is not None and (of_this_bridge or running.is_this(settings, report)):
        found += await _running(settings, report, open_ports, machine)
        return found + same_machine(machine, hosts)
    found += check_ports(ports_of(settings), open_ports, machine)
    for section in settings.inputs:
        if isinstance(section, MqttSettings):
            checks, _ = await check_broker(f"input {section.name}", section, open_ports)
            found += checks
        elif isinstance(section, NatsSettings):
            checks, _ = await check_server(f"input {section.name}", section, open_ports)
            found += checks
    found += await _outputs(settings, engine, open_ports, machine)
    return found + same_machine(machine, hosts)


async def _running(
    settings: Settings, report: Mapping[str, Any], open_ports: list[Listener], machine: str
) -> list[Finding]:
    sections = {section.name: section for section in settings.outputs}

    def cure_for(name: str) -> str:
        section = sections.get(name)
        return (
            receivers.closed(section, open_ports, machine)
            if section
            else "start the avatar program"
        )

    found = running.findings(settings, report, cure_for)
    found += receivers.findings(running.smiles(settings, report), open_ports, machine)
    away = running.not_up(report)
    for kind, parts in (("input", settings.inputs), ("output", settings.outputs)):
        for section in parts:
            if isinstance(section, MqttSettings) and section.name in away:
                subject = f"{kind} {section.name}"
                checks, _ = await check_broker(subject, section, open_ports)
                # The checks say more than the report, which may be older.
                found = [each for each in found if each.subject != subject] + checks
                if not problems(checks):
                    said = "the broker can be used now, and the bridge has not connected again yet"
                    cure = "wait half a minute, and run this again"
                    found.append(note(Cause.BROKER, subject, said, cure))
    return found + check_ports(ports_of(settings), open_ports, machine, running=True)


async def _outputs(
    settings: Settings, engine: Engine | None, open_ports: list[Listener], machine: str
) -> list[Finding]:
    """Brokers first: a face for one that does not let the bridge in is not tried."""
    found: list[Finding] = []
    reachable: list[OutputSection] = []
    for section in settings.outputs:
        if isinstance(section, MqttSettings):
            checks, broker = await check_broker(f"output {section.name}", section, open_ports)
            found += checks
            if broker is not None:
                reachable.append(as_another_client(section, broker))
        elif isinstance(section, NatsSettings):
            checks, let_in = await check_server(f"output {section.name}", section, open_ports)
            found += checks
            if let_in:
                reachable.append(section)
        else:
            reachable.append(section)
    if engine is None or not reachable:
        return found
    sent, punctuality = await smile(reachable, engine, settings.fps)
    found += receivers.findings(sent, open_ports, machine)
    found += _frame_clock(punctuality)
    await _clean_up(sent)
    return found


async def _clean_up(sent: list[Sent]) -> None:
    for each in sent:
        if isinstance(each.section, MqttSettings):
            await forget_status(each.section)


def _model(settings: Settings) -> tuple[list[Finding], Engine | None]:
    name = str(settings.model) if settings.model else "the built-in model"
    try:
        arrays, header = checkpoint.load(settings.model or checkpoint.BUILTIN)
        arrays = in_reference_order(arrays, settings.output_order)
        engine = Engine(arrays, settled_slope(arrays, header.negative_slope))
        weights = engine.run(np.asarray([emotion_to_vad("happiness")], np.float32))[0]
    except (CheckpointError, OSError) as failure:
        cure = "correct `model` in the configuration, or remove it to use the built-in model"
        return [problem(Cause.MODEL, "model", f"{name}: {failure}", cure)], None
    smiling = float(weights[INDEX["mouthSmileLeft"]])
    said = f"{name} loads; happiness gives mouthSmileLeft {smiling:.2f}"
    if not smiling > _LEAST_SMILE:
        return [note(Cause.MODEL, "model", said, "set output_order, or train it longer")], engine
    return [ok(Cause.MODEL, "model", said)], engine


def _wall_clock() -> list[Finding]:
    if time.time() >= _BUILT:
        return []
    said = f"this machine's clock says {time.strftime('%Y-%m-%d')}"
    return [problem(Cause.CLOCK, "clock", said, "set the clock: TLS fails with a wrong date")]


def _frame_clock(kept: Punctuality) -> list[Finding]:
    said = (
        f"{kept.achieved:.1f} frames a second of {kept.wanted:g}, at most "
        f"{kept.worst_lateness * 1000:.1f} ms late"
    )
    if kept.achieved < kept.wanted * _PUNCTUAL:
        cure = "end other programs, or set a lower fps"
        return [problem(Cause.CLOCK, "frames", said, cure)]
    return [ok(Cause.CLOCK, "frames", said)]
