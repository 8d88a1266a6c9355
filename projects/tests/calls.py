"""Calls of the API as a person of the cast, and who is answered how."""

import json

ABSENT = {"code": "not_found", "message": "There is nothing here that you can see.", "field": None}
OUTSIDE = {"removed": 404, "stranger": 404, "anonymous": 401}


def call(cast, who, method, path, body=None):
    """Send one request; return its status and what its JSON says."""
    data = None if body is None or method == "get" else json.dumps(body)
    answer = getattr(cast.client(who), method)(
        f"/api/v1/projects{path}", data, content_type="application/json"
    )
    return answer.status_code, answer.json() if answer.content else None


def answers(allowed, status):
    """Who gets which status: those allowed this one, other members 403, outsiders as ever."""
    members = ("owner", "admin", "editor", "viewer", "billing")
    inside = {who: status if who in allowed else 403 for who in members}
    return [*inside.items(), *OUTSIDE.items()]
