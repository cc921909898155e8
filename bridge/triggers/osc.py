"""OSC messages of triggers, also to VRChat."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from bridge.config.triggers import OscTrigger, VRChatTrigger
from bridge.supervision.running import Running
from bridge.triggers.levels import Levels
from bridge.triggers.receiver import Receiver
from protocols.osc.packets import packet


class Sender(Protocol):
    """A socket that is connected to the program."""

    def send_message(self, datagram: bytes) -> bool:
        """Send it now. Returns whether it was sent."""


class OscReceiver(Receiver[OscTrigger | VRChatTrigger]):
    """A program that takes OSC messages at one host and port."""

    def __init__(
        self, sender: Callable[[], Sender | None], connection: Running[Any, Any] | None = None
    ) -> None:
        """Describe a program.

        Args:
            sender: finds its socket; None while there is none.
            connection: that socket, if it belongs to the triggers.
        """
        self.connection = connection
        self._sender = sender
        self._levels = Levels()
        self._avatars: tuple[object, int] | None = None

    def use(self, sections: Iterable[OscTrigger | VRChatTrigger]) -> None:
        """Nothing needs to be known beforehand."""

    def begin(self, section: OscTrigger | VRChatTrigger, stream: str) -> bool:
        address = section.osc_address.replace("{stream}", stream)
        self._levels.begin(address, (section, stream), section.send, section.send_after)
        self.look()
        return True

    def end(self, section: OscTrigger | VRChatTrigger, stream: str) -> None:
        address = section.osc_address.replace("{stream}", stream)
        self._levels.end(address, (section, stream))
        self.look()

    def look(self) -> None:
        sender = self._sender()
        if sender is None:
            return
        self._notice_new_avatar(sender)
        for address, value in self._levels.due():
            if sender.send_message(packet(address, value)):
                self._levels.sent(address, value)

    def _notice_new_avatar(self, sender: Sender) -> None:
        """A new avatar has the default value of each parameter."""
        avatars = (sender, getattr(sender, "avatar_changes", 0))
        if self._avatars not in (None, avatars):
            self._levels.forget()
        self._avatars = avatars
