"""What all programs that triggers act on have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from bridge.config.trigger_section import TriggerSection
from bridge.supervision.running import Running

TriggerType = TypeVar("TriggerType", bound=TriggerSection)


class Receiver(ABC, Generic[TriggerType]):
    """One program, at one address. Every method is called on the event loop and never waits."""

    connection: Running[Any, Any] | None = None
    """Its own connection; None if it uses that of an output."""

    @abstractmethod
    def use(self, sections: Iterable[TriggerType]) -> None:
        """Called with all triggers of this program, whenever they change."""

    @abstractmethod
    def begin(self, section: TriggerType, stream: str) -> bool:
        """The emotion of a trigger begins. Returns whether the program is told, now or as soon as
        it is there; False if it is too late then."""

    @abstractmethod
    def end(self, section: TriggerType, stream: str) -> None:
        """The emotion of a trigger is over."""

    @abstractmethod
    def look(self) -> None:
        """Send what is due. Called some twenty times a second."""
