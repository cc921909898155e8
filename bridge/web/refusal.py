"""Requests that are refused: every error is JSON that says what was expected."""

import json
from typing import Any

from aiohttp import web


class Refusal(Exception):
    """A request that is refused."""

    def __init__(self, status: int, error: str, expected: str, **headers: str) -> None:
        """Refuse a request.

        Args:
            status: the HTTP status.
            error: what is wrong.
            expected: what would have been accepted.
            headers: more headers, with `_` for `-`.
        """
        super().__init__(error)
        self.status = status
        self.body = {"error": error, "expected": expected}
        self._headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def response(self) -> web.Response:
        """The answer to the request."""
        return answer(self.body, self.status, self._headers)


def answer(body: Any, status: int = 200, headers: Any = None) -> web.Response:
    """A response in JSON."""
    return web.Response(
        text=spelt(body) + "\n", status=status, headers=headers, content_type="application/json"
    )


def spelt(body: Any) -> str:
    """An object as JSON on one line."""
    return json.dumps(body, ensure_ascii=False, separators=(", ", ": "))
