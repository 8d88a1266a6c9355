"""The one address of the management API's kind that the collector answers, as OpenAPI tells it."""

from typing import Any

PATH = "/api/v1/events"
TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
AMOUNT = {"oneOf": [{"type": "string"}, {"type": "number"}]}
SCALAR = {"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}
EVENT: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "url", "ip", "user_agent"],
    "properties": {
        "name": TEXT | {"maxLength": 120, "description": "`pageview`, or an event's own name."},
        "url": TEXT | {"maxLength": 2000, "description": "The page's address, http(s)."},
        "ip": TEXT | {"description": "The visitor's; hashed and forgotten."},
        "user_agent": TEXT | {"description": "The visitor's; hashed and forgotten."},
        "language": TEXT | {"maxLength": 40, "description": "Such as de-AT."},
        "referrer": TEXT,
        "props": {"type": "object", "maxProperties": 30, "additionalProperties": SCALAR},
        "revenue": {
            "type": "object",
            "nullable": True,
            "required": ["amount", "currency"],
            "properties": {"amount": AMOUNT, "currency": TEXT},
        },
        "interactive": {"type": "boolean", "default": True},
        "width": COUNT | {"maximum": 20_000},
        "engaged_ms": COUNT | {"maximum": 86_400_000},
        "scroll_depth": COUNT | {"maximum": 100},
    },
}
BATCH: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["project_id", "events"],
    "properties": {
        "project_id": TEXT,
        "events": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1_000,
            "items": {"$ref": "#/components/schemas/ServerEvent"},
        },
    },
}
RESULTS: dict[str, Any] = {
    "type": "object",
    "description": "`results` names the events that were not accepted; all others are on disk.",
    "required": ["accepted", "dropped", "rejected", "results"],
    "properties": {
        "accepted": COUNT,
        "dropped": COUNT,
        "rejected": COUNT,
        "results": {"type": "array", "items": {"type": "object"}},
    },
}
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": TEXT | {"maxLength": 200},
    "description": "A repeat within 24 hours is told the same and stored once.",
}


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


OPERATION: dict[str, Any] = {
    "operationId": "events_create",
    "tags": ["Events"],
    "summary": "Send events from a server",
    "description": "Sent to COLLECTOR_ORIGIN, with an API token of the scope events:write.",
    "servers": [{"url": "https://collector.example", "description": "COLLECTOR_ORIGIN"}],
    "parameters": [KEY],
    "requestBody": {"required": True, "content": _json("EventBatch")},
    "security": [{"apiToken": []}],
    "responses": {
        "202": {"description": "Everything that was not rejected is on disk."}
        | {"content": _json("EventResults")},
        "413": {"description": "The body has more than 2,000,000 bytes."},
        "422": {"description": "The key came with another body."},
        "429": {"description": "Over a limit; Retry-After says when there is room."},
    },
}


def describe_events(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add it to what the resolver of the web role knows."""
    schemas = {"ServerEvent": EVENT, "EventBatch": BATCH, "EventResults": RESULTS}
    result["components"].setdefault("schemas", {}).update(schemas)
    result["paths"][PATH] = {"post": OPERATION}
    return result
