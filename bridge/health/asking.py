"""Asks a running bridge for its state, as `affect-bridge status` and `doctor` do."""

import http.client
import json
from typing import Any

from bridge.config.address import Address
from bridge.config.health import USUAL_HOST, USUAL_PORT

HOW_TO_TURN_ON = f"add `health: {USUAL_HOST}:{USUAL_PORT}` to its configuration"

_TIMEOUT = 5.0
_LARGEST_ANSWER = 4 * 1024 * 1024


class NoAnswer(Exception):
    """No bridge answered, or something else did."""


def ask(place: Address) -> tuple[str, dict[str, Any]]:
    """The answer of the health address, as text and as data.

    Raises:
        NoAnswer: with the reason.
    """
    connection = http.client.HTTPConnection(place.host, place.port, timeout=_TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse().read(_LARGEST_ANSWER).decode("utf-8", "replace")
    except ConnectionRefusedError:
        raise NoAnswer(
            f"no bridge answers at {place.place}: it is not running, or health is off "
            f"({HOW_TO_TURN_ON})"
        ) from None
    except TimeoutError:
        raise NoAnswer(f"{place.place} did not answer within {_TIMEOUT:.0f} s") from None
    except OSError as problem:
        raise NoAnswer(f"cannot connect to {place.place}: {problem.strerror or problem}") from None
    except http.client.HTTPException:
        raise NoAnswer(f"the program at {place.place} does not speak HTTP") from None
    finally:
        connection.close()
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        told = None
    if not is_report(told):
        raise NoAnswer(f"the program at {place.place} is not affect-bridge")
    return answer, told


def is_report(told: object) -> bool:
    """Whether this looks like the answer of a bridge."""
    return isinstance(told, dict) and isinstance(told.get("healthy"), bool) and "frames" in told
