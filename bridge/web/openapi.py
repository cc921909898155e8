"""The description of the interface, in OpenAPI 3.1."""

from collections.abc import Sequence
from typing import Any


def description(version: str, blendshapes: Sequence[str]) -> dict[str, Any]:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "affect-bridge",
            "version": version,
            "description": "Send feelings to the streams of a running bridge, and see what they "
            "show. `/v1/streams/{stream}` is also a WebSocket: it sends what the event stream "
            "sends, and takes updates.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {
            "/v1/streams": {
                "get": _operation(
                    "listStreams",
                    "What every stream shows.",
                    {"type": "object", "required": ["streams"], "properties": {"streams": _LIST}},
                ),
                "post": _post("post", "Send an update for the stream it names, or for main."),
            },
            "/v1/streams/{stream}": {
                "parameters": [_STREAM],
                "get": _operation(
                    "getStream",
                    "What a stream shows.",
                    {"$ref": "#/components/schemas/Shown"},
                    _refusals(400, 404),
                    parameters=[_WEIGHTS],
                ),
                "post": _post("postToStream", "Send an update for a stream."),
            },
            "/v1/streams/{stream}/events": {
                "parameters": [_STREAM],
                "get": {
                    "operationId": "watchStream",
                    "summary": "What a stream shows, as server-sent events, whenever it changes.",
                    "parameters": [_WEIGHTS],
                    "responses": {
                        "200": {
                            "description": "Each event is one object as from GET.",
                            "content": {"text/event-stream": {"schema": {"type": "string"}}},
                        },
                        **_refusals(400, 404),
                        **_ALWAYS,
                    },
                },
            },
            "/v1/status": {
                "get": _operation(
                    "getStatus",
                    "How the bridge is: its frames, inputs, outputs, triggers and streams.",
                    {"$ref": "#/components/schemas/Status"},
                ),
            },
            "/v1/examination": {
                "post": _operation(
                    "examine",
                    "Find out why no face moves. Sends a smile of two seconds to every output, and "
                    "takes some seconds more. One at a time.",
                    {"$ref": "#/components/schemas/Examination"},
                ),
            },
            "/v1/avatar": {
                "get": {
                    "operationId": "getAvatar",
                    "summary": "The file of the setting web.avatar.",
                    "responses": {
                        "200": {
                            "description": "A binary glTF file.",
                            "content": {"model/gltf-binary": {}},
                        },
                        **_refusals(404),
                        **_ALWAYS,
                    },
                },
            },
        },
        "components": {
            "schemas": _schemas(blendshapes),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


_STREAM = {
    "name": "stream",
    "in": "path",
    "required": True,
    "description": "The name of a stream.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9_.-]+$"},
}
_WEIGHTS = {
    "name": "weights",
    "in": "query",
    "description": "Whether to tell the 52 weights and the rotations too.",
    "schema": {"type": "boolean", "default": False},
}
_LIST = {"type": "array", "items": {"$ref": "#/components/schemas/Shown"}}
_UPDATE = {
    "required": True,
    "description": "One update, in any form that docs/inputs.md lists.",
    "content": {
        "application/json": {
            "schema": {},
            "examples": {
                "emotion": {"value": {"emotion": "happiness", "intensity": 0.9, "hold": 3}},
                "point": {"value": {"valence": 0.8, "arousal": 0.6, "dominance": 0.5}},
            },
        },
        "text/plain": {"schema": {"type": "string"}, "example": "happiness 0.9"},
    },
}

_MEANINGS = {
    400: "The query is wrong.",
    401: "The token is missing or wrong.",
    403: "The request comes from another website, or names another host; or updates are off.",
    404: "There is no such stream or file.",
    408: "The body did not arrive in time.",
    413: "The body is too long.",
    415: "The content type is not read.",
    422: "There is no feeling in the update, or no room for its stream.",
    429: "Too many requests.",
    503: "The bridge does not answer, or there are too many connections.",
}


def _refusals(*statuses: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Refusal"}
    return {
        str(status): {
            "description": _MEANINGS[status],
            "content": {"application/json": {"schema": schema}},
        }
        for status in statuses
    }


_ALWAYS = _refusals(401, 403, 429, 503)


def _operation(
    name: str,
    summary: str,
    schema: dict[str, Any],
    refusals: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": schema}}},
            **(refusals or {}),
            **_ALWAYS,
        },
        **more,
    }


def _post(name: str, summary: str) -> dict[str, Any]:
    understood = {"$ref": "#/components/schemas/Understood"}
    refusals = _refusals(408, 413, 415, 422)
    return _operation(name, summary, understood, refusals, requestBody=_UPDATE)


def _numbers(lowest: float, *names: str, empty: bool = False) -> dict[str, Any]:
    kind: Any = ["number", "null"] if empty else "number"
    return {name: {"type": kind, "minimum": lowest, "maximum": 1} for name in names}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


def _schemas(blendshapes: Sequence[str]) -> dict[str, Any]:
    axes = ("valence", "arousal", "dominance")
    text, maybe_text = {"type": "string"}, {"type": ["string", "null"]}
    seconds = {"type": ["number", "null"], "minimum": 0}
    angle = {"type": "number", "description": "Degrees."}
    turns = _object({"yaw": angle, "pitch": angle, "roll": angle})
    return {
        "Understood": _object(
            {
                "stream": text,
                "label": {**maybe_text, "description": "null if the update has cues only."},
                **_numbers(-1, *axes, empty=True),
                "hold_seconds": {**seconds, "description": "null for ever."},
                "speaking": {"type": ["boolean", "null"]},
                "notes": {"type": "array", "items": text},
            }
        ),
        "Shown": _object(
            {
                "stream": text,
                "label": text,
                **_numbers(-1, *axes),
                "source": {**maybe_text, "description": "null if no update counts."},
                "since": {**maybe_text, "description": "When its latest update came (ISO 8601)."},
                "state": {**maybe_text, "description": "What the character does; null for none."},
                "speaking": {"type": "boolean"},
                "seconds_ago": seconds,
            },
            weights=_object(_numbers(0, *blendshapes)),
            rotations=_object({"head": turns, "left_eye": turns, "right_eye": turns}),
        ),
        "Status": _status(),
        "Examination": _object(
            {
                "problems": {
                    "type": "array",
                    "items": _FINDING,
                    "description": "What keeps a face from moving, the most probable cause first.",
                },
                "findings": {
                    "type": "array",
                    "items": _FINDING,
                    "description": "Every check, in the order of the path.",
                },
            }
        ),
        "Refusal": _object({"error": text, "expected": text}),
    }


_TEXT = {"type": "string"}
_FINDING = _object(
    {
        "subject": {**_TEXT, "description": "What was checked."},
        "verdict": {"enum": ["ok", "note", "problem"]},
        "found": {**_TEXT, "description": "What was found."},
        "cure": {**_TEXT, "description": "What to do; empty if there is nothing to do."},
    }
)


def _status() -> dict[str, Any]:
    """More keys may come, so that none is forbidden."""
    text = {"type": "string"}
    part = {
        "type": "object",
        "required": ["name", "state", "seconds_in_state", "problem"],
        "properties": {
            "name": text,
            "state": text,
            "seconds_in_state": {"type": "number"},
            "problem": {**text, "description": "Why it is not up; empty if it is."},
        },
    }
    parts = {"type": "array", "items": part}
    named = {"type": "array", "items": {"type": "object", "required": ["name"]}}
    return {
        "type": "object",
        "required": ["healthy", "reasons", "version", "frames", "inputs", "outputs", "streams"],
        "properties": {
            "healthy": {"type": "boolean"},
            "reasons": {"type": "array", "items": text, "description": "Empty if it is healthy."},
            "version": text,
            "uptime_seconds": {"type": "number"},
            "frames": {"type": "object", "required": ["wanted_per_second", "sent", "dropped"]},
            "inputs": parts,
            "outputs": parts,
            "triggers": named,
            "stream_count": {"type": "integer", "description": "Of all streams."},
            "streams": {**named, "description": "The first 1000 streams."},
        },
    }
