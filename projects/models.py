"""The sites an organization measures."""

import secrets
import string

from django.db import models

from accounts.models import Organization
from analytics_saas.env import env
from projects.registry import ProjectRules

BASE62 = string.ascii_letters + string.digits


def new_public_id() -> str:
    """Return `p_` and 12 random base62 characters."""
    return "p_" + "".join(secrets.choice(BASE62) for _ in range(12))


class Project(models.Model):
    """One measured site. Its integer id stays inside; the world sees public_id."""

    public_id = models.CharField(max_length=14, unique=True, default=new_public_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="projects")
    name = models.CharField(max_length=80)
    domain = models.CharField(max_length=253)
    time_zone = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """The name its people gave it."""
        return self.name

    @property
    def snippet(self) -> str:
        """The line of HTML that a page needs to be measured."""
        return (
            f'<script defer src="{env.collector_origin}/js/d.js" '
            f'data-project="{self.public_id}"></script>'
        )

    def rules(self) -> ProjectRules:
        """Return what the collector may know of this project."""
        return ProjectRules(id=self.pk, public_id=self.public_id, zone=self.time_zone)
