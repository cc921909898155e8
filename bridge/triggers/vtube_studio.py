"""Hotkeys and expressions in VTube Studio, over the connection of an output or one of our own."""

from collections.abc import Callable, Iterable
from typing import Any

from bridge.config.triggers import VTubeStudioTrigger
from bridge.outputs.vtube_studio import VTubeStudioOutput
from bridge.supervision.running import Running
from bridge.triggers.receiver import Receiver


class VTubeStudioReceiver(Receiver[VTubeStudioTrigger]):
    """One VTube Studio."""

    def __init__(
        self,
        output: Callable[[], VTubeStudioOutput | None],
        connection: Running[Any, Any] | None = None,
    ) -> None:
        """Describe a VTube Studio.

        Args:
            output: finds its connection; None while there is none.
            connection: that connection, if it belongs to the triggers.
        """
        self.connection = connection
        self._output = output
        self._known: VTubeStudioOutput | None = None
        """The output that knows the hotkeys and expressions."""
        self._hotkeys: tuple[str, ...] = ()
        self._used: tuple[str, ...] = ()
        self._expressions: dict[str, set[tuple[VTubeStudioTrigger, str]]] = {}
        """Every expression that was ever used, and the emotions that want it on."""

    def use(self, sections: Iterable[VTubeStudioTrigger]) -> None:
        found = list(sections)
        hotkeys = [name for s in found for name in (s.hotkey, s.hotkey_after) if name]
        self._hotkeys = tuple(dict.fromkeys(hotkeys))
        used = {s.expression for s in found if s.expression}
        for name in self._expressions.keys() - used:
            self._expressions[name].clear()
        for name in used:
            self._expressions.setdefault(name, set())
        self._used = tuple(used)
        self._known = None
        self.look()

    def begin(self, section: VTubeStudioTrigger, stream: str) -> bool:
        if section.expression is not None:
            self._expressions[section.expression].add((section, stream))
            self._show()
            return True
        return self._press(section.hotkey)

    def end(self, section: VTubeStudioTrigger, stream: str) -> None:
        if section.expression is not None:
            self._expressions[section.expression].discard((section, stream))
            self._show()
        elif section.hotkey_after is not None:
            self._press(section.hotkey_after)

    def look(self) -> None:
        output = self._output()
        if output is None or output is self._known:
            return
        self._known = output
        output.use(self._hotkeys, self._used)
        self._show()

    def _show(self) -> None:
        if self._known is not None:
            self._known.show_expressions({n: bool(by) for n, by in self._expressions.items()})

    def _press(self, hotkey: str | None) -> bool:
        output = self._output()
        return output is not None and hotkey is not None and output.press(hotkey)
