"""Projects of the audit, and beacons of their visitors."""

import http.client
import json
from datetime import datetime

from analytics_saas.env import env

# An address, and what its browser calls itself.
Visitor = tuple[str, str]

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
AWAY = 0


def make_projects(zones: list[str]) -> list[str]:
    """Make a project in each zone; return their public ids."""
    from accounts.models import Organization
    from projects.models import Project
    from projects.services import publish

    organization = Organization.objects.create(name="Audit")
    ids = []
    for zone in zones:
        project = Project.objects.create(
            organization=organization, name=zone, domain="audit.example", time_zone=zone
        )
        publish(project=project)
        ids.append(project.public_id)
    return ids


def make_token() -> str:
    """Return the secret of a token that may send events to every project."""
    from accounts.models import Organization
    from accounts.principal import Principal
    from accounts.tokens.services import create_token

    _, secret = create_token(
        organization=Organization.objects.get(name="Audit"),
        principal=Principal(),
        name="Audit",
        scopes=["events:write"],
    )
    return secret


class Door:
    """A connection to a collector that is made again when it breaks."""

    def __init__(self, port: int = env.collector_port) -> None:
        self._port = port
        self._connection: http.client.HTTPConnection | None = None

    def send(
        self,
        visitor: Visitor,
        body: bytes,
        headers: dict[str, str],
        path: str,
        method: str = "POST",
    ) -> int:
        """Send one request; return its status, AWAY when there was no answer."""
        address, agent = visitor
        lines = {"User-Agent": agent, "X-Forwarded-For": address, "Content-Type": "text/plain"}
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
            self._connection.request(method, path, body, lines | headers)
            answer = self._connection.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return AWAY

    def view(
        self, project: str, visitor: Visitor, path: str, at: datetime | None = None, host: str = "a"
    ) -> int:
        """Send a page view, with a development clock at that instant; return the status."""
        body = {"p": project, "u": f"https://{host}.audit.example/{path}"}
        headers = {} if at is None else {"X-Daysalt-Now": str(int(at.timestamp() * 1000))}
        return self.send(visitor, json.dumps(body).encode(), headers, "/pageview")
