"""Values that other programs should have while emotions stand, and what is left to send.

Several triggers may set one thing, such as a parameter `FaceIndex` with another number for each
emotion. The emotion that began last decides. Nothing queues: what changes while a program is away
counts only as far as it still differs when the program is back.
"""

from collections.abc import Hashable
from typing import NamedTuple

Value = bool | int | float | str


class _Sent(NamedTuple):
    """A value with its type: True is not 1, and 1 is not 1.0."""

    type: type
    value: Value


class Levels:
    """The wanted and the sent value of each thing, by its name or address."""

    def __init__(self) -> None:
        self._held: dict[str, dict[Hashable, Value]] = {}
        """The values of the emotions that stand, by who holds them, in the order they began."""
        self._after: dict[str, Value | None] = {}
        """The value of each thing when no emotion holds it any more; None is never sent."""
        self._sent: dict[str, _Sent] = {}

    def begin(self, thing: str, holder: Hashable, value: Value, after: Value | None) -> None:
        """An emotion begins: `thing` gets `value`, and later `after`."""
        self._held.setdefault(thing, {})[holder] = value
        self._after[thing] = after

    def end(self, thing: str, holder: Hashable) -> None:
        """An emotion is over."""
        if thing in self._held:
            self._held[thing].pop(holder, None)

    def holds(self, thing: str) -> bool:
        """Whether any emotion holds it."""
        return bool(self._held.get(thing))

    def due(self) -> list[tuple[str, Value]]:
        """What is left to send. Call `sent` for what was sent."""
        found = []
        for thing, held in list(self._held.items()):
            wanted = next(reversed(held.values())) if held else self._after[thing]
            sent = self._sent.get(thing)
            unsent = wanted is not None and sent != _Sent(type(wanted), wanted)
            if held or (sent is not None and unsent):
                found += [(thing, wanted)] if unsent and wanted is not None else []
            else:  # it is over, and the program knows, or never knew that it began
                del self._held[thing], self._after[thing]
                self._sent.pop(thing, None)
        return found

    def sent(self, thing: str, value: Value) -> None:
        """The program has got this value."""
        if thing in self._held:
            self._sent[thing] = _Sent(type(value), value)

    def forget(self) -> None:
        """The program has lost all values: those of emotions that stand are due again."""
        for thing, held in self._held.items():
            if held:
                self._sent.pop(thing, None)
