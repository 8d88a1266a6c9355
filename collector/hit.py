"""One request as the pipeline sees it; lives as long as the request and is never stored."""

from dataclasses import dataclass, field
from datetime import datetime

from analytics_saas.client_ip import Address
from collector.payload import Payload
from projects.registry import ProjectRules


@dataclass(slots=True)
class Hit:
    """A payload, its project's rules, and what only the request knows. `now` is UTC."""

    payload: Payload
    rules: ProjectRules
    now: datetime
    local: datetime
    salt: bytes = field(repr=False)
    address: Address = field(repr=False)
    user_agent: str = field(repr=False)
    language: str
    privacy_signal: bool
