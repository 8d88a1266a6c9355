"""One request as the pipeline sees it; lives as long as the request and is never stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from analytics_saas.client_ip import Address
from collector.payload import Payload
from projects.registry import ProjectRules

# What is known of the event so far, by the names of Event's fields.
Fields = dict[str, Any]


@dataclass(slots=True)
class Hit:
    """A payload, its project's rules, and what only the request knows. `now` is UTC.

    `headers` are the request's own, names in small letters; none for an event that a server
    sends for its visitor. Through a proxy means one whose word on the client is taken.
    """

    payload: Payload
    rules: ProjectRules
    now: datetime
    local: datetime
    salt: bytes | bytearray = field(repr=False)
    address: Address = field(repr=False)
    user_agent: str = field(repr=False)
    headers: Mapping[bytes, bytes] = field(repr=False, default_factory=dict)
    through_proxy: bool = False
