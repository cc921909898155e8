"""Why no face moves: the doctor, for those who see the page."""

from aiohttp import web

from bridge.web.bridge_link import BridgeLink
from bridge.web.refusal import Refusal, answer

_PATIENCE = 40.0
"""Seconds. The bridge ends an examination after 30."""


class Examination:
    """Answers `POST /v1/examination`."""

    def __init__(self, link: BridgeLink, *, control: bool = True) -> None:
        """`control`: visitors may make the face smile."""
        self._link, self._control = link, control

    async def post(self, _: web.Request) -> web.Response:
        """Have the bridge examine itself. Takes some seconds."""
        if not self._control:
            raise Refusal(403, "this interface only shows", "`affect-bridge doctor` as a command")
        told = await self._link.ask("examine", patience=_PATIENCE)
        if told.get("busy"):
            expected = "one examination at a time; try again in a few seconds"
            raise Refusal(429, "an examination runs already", expected, Retry_After="5")
        if "error" in told:
            raise Refusal(503, told["error"], told["expected"], Retry_After="5")
        return answer(told)
