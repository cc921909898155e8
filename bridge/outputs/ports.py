"""Every stream at a port of its own, for programs that hear one face per port, such as VSeeFace."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from bridge.emotion.streams import EVERY_STREAM
from bridge.outputs.output import Output
from protocols.face import Face

_WATCH_EVERY = 0.25


class PortsOutput(Output):
    """Sends each stream by an output of its own. A stream takes the first port that is free and
    keeps it until it ends. While all ports are taken, further streams are not sent."""

    def __init__(self, name: str, outputs: Mapping[int, Output], *, every: int) -> None:
        """`outputs`: by port, in the order in which they are taken."""
        super().__init__(name, stream=EVERY_STREAM, every=every)
        self.ports: Mapping[str, int] = {}
        """The port of each stream that is sent. Another mapping when it changes."""
        self.without_port = 0
        """How many streams are not sent, because all ports are taken."""
        self._outputs = outputs
        self._names: Sequence[str] = ()

    async def run(self, up: Callable[[], None]) -> None:
        """Run the output of each port."""
        opened: set[int] = set()

        def note(port: int) -> None:
            opened.add(port)
            if len(opened) == len(self._outputs):
                self._wanted = True
                up()

        self._crash, self.ports, self._names = None, {}, ()
        running = [
            asyncio.create_task(output.run(lambda port=port: note(port)), name=output.name)  # type: ignore[misc]
            for port, output in self._outputs.items()
        ]
        try:
            while self._crash is None:
                done, _ = await asyncio.wait(
                    running, timeout=_WATCH_EVERY, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    task.result()  # raises its error
        finally:
            self._wanted = False
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        raise self._crash

    def show(self, faces: Mapping[str, Face], now: float) -> None:
        names = tuple(faces)
        if names != self._names:
            self._share_out(names)
        self.frames += 1
        for stream, port in self.ports.items():
            self._outputs[port].show({stream: faces[stream]}, now)
        every = self._outputs.values()
        self.packets = sum(output.packets for output in every)
        self.bytes = sum(output.bytes for output in every)
        self.errors = sum(output.errors for output in every)
        taken = [self._outputs[port] for port in self.ports.values()]
        self.trouble = next((output.trouble for output in taken if output.trouble), "")

    def _share_out(self, names: Sequence[str]) -> None:
        present = set(names)
        ports = {name: port for name, port in self.ports.items() if name in present}
        taken = set(ports.values())
        free = (port for port in self._outputs if port not in taken)
        waiting = [name for name in names if name not in ports]
        ports |= zip(waiting, list(free), strict=False)
        self.without_port = len(names) - len(ports)
        self.ports, self._names = ports, names
