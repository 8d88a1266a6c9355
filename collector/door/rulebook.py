"""What this process knows of projects: from the registry, at most ten seconds old."""

from collector.door.answers import unavailable
from collector.door.copies import Copies
from collector.problem import Problem
from projects import registry
from projects.registry import ProjectRules, RegistryUnavailable

RULES_SECONDS = 10.0

rules = Copies[ProjectRules](registry.find_many, life=RULES_SECONDS, keeps_old=True)


async def find_rules(public_id: str, field: str = "p") -> ProjectRules:
    """Return the rules of the project that a field names.

    Raises Problem with status 404, or 503 when nobody can tell.
    """
    try:
        found = await rules.find(public_id)
    except RegistryUnavailable:
        raise unavailable("registry_unavailable") from None
    if found is None:
        raise unknown_project(field)
    return found


def unknown_project(field: str) -> Problem:
    """Return the refusal of a project that does not exist, or is not there for who asks."""
    message = "There is no project with this id; copy the snippet from its set-up page."
    return Problem(404, "unknown_project", field, message)
