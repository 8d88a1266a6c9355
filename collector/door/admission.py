"""Who is let in: asked before anything is done that costs more than the answer."""

from analytics_saas.client_ip import Address
from analytics_saas.env import env
from collector.limits import Limits
from projects.registry import ProjectRules

limits = Limits(env.project_events_per_second, env.address_requests_per_second)


def admit_address(address: Address, at: int) -> None:
    """Count a request of its address. Raises Problem with status 429."""
    # With a development clock, weeks are sent in a minute.
    if not at:
        limits.admit_address(address)


def admit_events(rules: ProjectRules, at: int, events: int = 1) -> None:
    """Count a project's events. Raises Problem with status 429."""
    if not at:
        limits.admit_project(rules.id, events)
