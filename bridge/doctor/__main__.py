"""`python -m bridge.doctor`: started by a running bridge, which says on standard input where it
waits for the findings."""

import asyncio
import json
import logging
import sys
from typing import Any

from bridge.config.settings import Settings
from bridge.daemon.blocking_calls import DaemonThreads
from bridge.doctor.examination import examine
from bridge.doctor.finding import as_json
from bridge.link.child import stand_aside
from bridge.link.listener import connect
from bridge.link.packets import Packet, read_packet


async def _examine(told: dict[str, Any]) -> None:
    asyncio.get_running_loop().set_default_executor(DaemonThreads())
    reader, writer = await connect(told["link"], told["secret"])
    head, _ = await read_packet(reader)
    found = await examine(_settings(head["settings"]), head["report"], of_this_bridge=True)
    writer.write(Packet({"kind": "findings", **as_json(found)}).encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def _settings(told: dict[str, Any]) -> Settings:
    """The settings of the bridge. One inside another program may have no inputs, unlike others."""
    inputs = told.pop("inputs")
    if inputs:
        return Settings.model_validate({**told, "inputs": inputs})
    return Settings.model_validate(told).model_copy(update={"inputs": []})


if __name__ == "__main__":
    stand_aside()
    logging.getLogger("bridge").setLevel(logging.CRITICAL)  # the findings say it all
    # aiomqtt does not work on Windows' default loop.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(_examine(json.load(sys.stdin.buffer)))
