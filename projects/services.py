"""Every change to projects, and its way into the registry."""

import logging

import redis
from django.db import transaction

from accounts.models import Organization
from projects import registry
from projects.models import Project

log = logging.getLogger(__name__)


@transaction.atomic
def create_project(
    *, organization: Organization, name: str, domain: str, time_zone: str
) -> Project:
    """Create a project and publish it once committed."""
    project = Project.objects.create(
        organization=organization, name=name, domain=domain, time_zone=time_zone
    )
    transaction.on_commit(lambda: publish(project))
    return project


def publish(project: Project) -> None:
    """Push a project to the registry; without it the collector learns it at the next rebuild."""
    try:
        registry.push(project.rules())
    except redis.RedisError:
        log.exception("project %s is not in the registry yet", project.public_id)
