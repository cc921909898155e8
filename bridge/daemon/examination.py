"""Examines the running bridge for a person who sees no face move.

The bridge sends a smile itself, because a second sender would disturb the receivers. Then the
doctor looks at what became of it and at everything else. It is a process of its own, so that no
check makes a frame late.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from bridge.config.settings import Settings
from bridge.emotion.mixer import Mixer
from bridge.emotion.streams import EVERY_STREAM, MAIN_STREAM
from bridge.emotion.update import UpdateError, named_update
from bridge.inputs.views import Views
from bridge.link.child import Child
from bridge.link.listener import Listener
from bridge.link.packets import Packet, PacketError, read_packet
from protocols.arkit import INDEX

SMILE_SECONDS = 2.0
LONGEST = 30.0
"""Seconds that an examination may take. Brokers that do not answer take the most."""

_ABOVE_ALL = 1000
"""The priority of the smile. That of an input is at most 100."""
_COUNTED = ("frames", "packets", "errors")
_SMILE = INDEX["mouthSmileLeft"]


class Examination:
    """Runs one examination at a time."""

    def __init__(self, mixer: Mixer) -> None:
        self._mailbox = mixer.mailbox("doctor", priority=_ABOVE_ALL)
        self._running = False

    async def run(self, views: Views, settings: Settings) -> Mapping[str, Any]:
        """Examine the bridge. Returns `problems` and `findings`, as `bridge.doctor.finding.as_json`
        has them; or `busy` if one runs already; or `error` and `expected` if it does not succeed.
        """
        if self._running:
            return {"busy": True}
        self._running = True
        try:
            async with asyncio.timeout(LONGEST):
                report = await self._smiled(views, settings)
                return await _findings(settings, report)
        except TimeoutError:
            return _failed(f"the examination took longer than {LONGEST:.0f} s")
        except (OSError, PacketError) as problem:
            return _failed(f"the examination failed: {problem}")
        finally:
            self._running = False

    async def _smiled(self, views: Views, settings: Settings) -> dict[str, Any]:
        """Smile on every stream that an output sends. Returns the report of the bridge at the end
        of the smile, with what became of it."""
        streams = {
            MAIN_STREAM if output.stream == EVERY_STREAM else output.stream
            for output in settings.outputs
        }
        before = views.status()
        try:
            for stream in streams:
                with contextlib.suppress(UpdateError):  # no room for one more stream
                    self._mailbox.post(named_update("happiness", 0.9, stream=stream))
            await asyncio.sleep(SMILE_SECONDS)
            look = await views.look(streams)
            report = dict(views.status())
        finally:
            self._mailbox.withdraw()
        report["outputs"] = _with_smiles(before, report)
        report["streams"] = before.get("streams", [])  # what is felt without the smile
        report["smile"] = {
            stream: float(np.frombuffer(face, np.float32)[_SMILE])
            for stream, face in look.faces.items()
        }
        return report


def _with_smiles(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of the outputs, each with how much it sent meanwhile."""
    then = {row["name"]: row for row in before.get("outputs", [])}
    rows = []
    for row in after.get("outputs", []):
        began = then.get(row["name"], dict.fromkeys(_COUNTED, 0))
        rows.append({**row, "smile": {key: max(0, row[key] - began[key]) for key in _COUNTED}})
    return rows


async def _findings(settings: Settings, report: Mapping[str, Any]) -> Mapping[str, Any]:
    """Have a process of its own look at everything.

    Raises:
        OSError, PacketError: it cannot be started, or talks nonsense.
    """
    async with Listener() as listener:
        child = Child("bridge.doctor", listener.invitation)
        try:
            reader, writer = await child.connected(listener, LONGEST)
            asked = {"settings": settings.model_dump(mode="json", by_alias=True), "report": report}
            writer.write(Packet(asked).encode())
            head, _ = await read_packet(reader)
        except EOFError:
            return _failed(f"the examination failed ({await child.how()})")
        finally:
            await child.end()
    return {"problems": head["problems"], "findings": head["findings"]}


def _failed(why: str) -> dict[str, Any]:
    return {"error": why, "expected": "try again, or run `affect-bridge doctor`"}
