"""The sites an organization measures, and what its people say about them."""

import secrets

from django.db import models
from django.utils import timezone

from accounts.models import ApiToken, Organization, User, new_public_id
from accounts.plans import kept_months
from analytics_saas.env import env
from projects.registry import ProjectRules, erasures
from projects.rules import retention_days


def new_project_id() -> str:
    """Return the public id of a project."""
    return new_public_id("p")


def new_goal_id() -> str:
    """Return the public id of a goal."""
    return new_public_id("g")


def new_segment_id() -> str:
    """Return the public id of a segment."""
    return new_public_id("s")


def new_erasure_key() -> str:
    """Return a name for a request to erase; the stores tell repeats by it."""
    return secrets.token_hex(8)


def new_shared_link_id() -> str:
    """Return the public id of a shared link, which is not its secret."""
    return new_public_id("l")


class Project(models.Model):
    """One measured site. Its integer id stays inside; the world sees public_id."""

    public_id = models.CharField(max_length=14, unique=True, default=new_project_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="projects")
    name = models.CharField(max_length=80)
    domain = models.CharField(max_length=253)
    time_zone = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    # The rules: lists of texts; an empty list of hostnames admits every host.
    hostnames = models.JSONField(default=list, blank=True)
    blocked_networks = models.JSONField(default=list, blank=True)
    blocked_countries = models.JSONField(default=list, blank=True)
    blocked_pages = models.JSONField(default=list, blank=True)
    page_masks = models.JSONField(default=list, blank=True)
    page_parameters = models.JSONField(default=list, blank=True)
    strips_trailing_slash = models.BooleanField(default=False)
    lowers_paths = models.BooleanField(default=False)
    respects_privacy_signals = models.BooleanField(default=True)
    # Whole months that numbers are kept; the plan sets the most.
    retention_months = models.PositiveSmallIntegerField(default=24)
    is_public = models.BooleanField(default=False)
    tokens = models.ManyToManyField(ApiToken, related_name="projects", blank=True)

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
        months = min(self.retention_months, kept_months(self.organization))
        return ProjectRules(
            id=self.pk,
            public_id=self.public_id,
            zone=self.time_zone,
            hostnames=tuple(self.hostnames),
            respect_privacy_signals=self.respects_privacy_signals,
            blocked_networks=tuple(self.blocked_networks),
            blocked_countries=tuple(self.blocked_countries),
            blocked_pages=tuple(self.blocked_pages),
            page_masks=tuple(self.page_masks),
            strips_trailing_slash=self.strips_trailing_slash,
            lowers_paths=self.lowers_paths,
            organization_id=self.organization_id,
            retention_days=retention_days(months),
            over_quota=self.organization.over_quota,
            page_parameters=tuple(self.page_parameters),
        )


class Goal(models.Model):
    """Something worth counting: a page, an event, or a scroll depth."""

    class Kind(models.TextChoices):
        """What is looked at."""

        PAGE = "page"
        EVENT = "event"
        SCROLL = "scroll"

    public_id = models.CharField(max_length=14, unique=True, default=new_goal_id, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="goals")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=120)
    # `*` within a segment of the path, `**` across.
    page_pattern = models.CharField(max_length=2_000, blank=True)
    event_name = models.CharField(max_length=120, blank=True)
    # Property to the value it must have.
    properties = models.JSONField(default=dict, blank=True)
    scroll_percent = models.PositiveSmallIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """A name means one goal."""

        constraints = [models.UniqueConstraint(fields=["project", "name"], name="one_goal_each")]

    def __str__(self) -> str:
        """The name its people gave it."""
        return self.name


class Segment(models.Model):
    """Saved filters; without an owner they belong to the whole project."""

    public_id = models.CharField(max_length=14, unique=True, default=new_segment_id, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="segments")
    owner = models.ForeignKey(User, models.CASCADE, null=True, related_name="segments")
    name = models.CharField(max_length=80)
    filters = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """The name its people gave it."""
        return self.name


class SharedLink(models.Model):
    """A secret address that shows one project's numbers. Only a hash of the secret is kept."""

    public_id = models.CharField(
        max_length=14, unique=True, default=new_shared_link_id, editable=False
    )
    project = models.ForeignKey(Project, models.CASCADE, related_name="shared_links")
    name = models.CharField(max_length=80)
    secret_hash = models.CharField(max_length=64, unique=True)
    # A password hash of Django's, or empty.
    password = models.CharField(max_length=128, blank=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """The name its people gave it."""
        return self.name


class Erasure(models.Model):
    """A request to erase a project's rows; it outlives the project and knows no more of it."""

    class Verb(models.TextChoices):
        """Whether the project goes on."""

        RESET = "reset"
        DELETE = "delete"

    key = models.CharField(max_length=16, unique=True, default=new_erasure_key, editable=False)
    # No foreign keys: both may be gone.
    project_number = models.PositiveBigIntegerField(db_index=True)
    project_public_id = models.CharField(max_length=14)
    verb = models.CharField(max_length=10, choices=Verb.choices)
    asked_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    # Events that were erased.
    rows = models.PositiveBigIntegerField(null=True)

    def __str__(self) -> str:
        """What is done to which project."""
        return f"{self.verb} {self.project_public_id}"

    def request(self) -> erasures.Erasure:
        """Return what the collector is asked to do."""
        return erasures.Erasure(
            key=self.key,
            number=self.pk,
            project_id=self.project_number,
            verb=self.verb,
            at=int(self.asked_at.timestamp() * 1000),
        )


class ProjectUsage(models.Model):
    """Events that a project sent in a month (UTC) while it was an organization's.

    It outlives the project, and stays with the old organization when the project moves on.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="project_usage")
    # No foreign key: the project may be gone.
    project_number = models.PositiveBigIntegerField()
    month = models.DateField(db_index=True)
    events = models.PositiveBigIntegerField()

    class Meta:
        """One row per project, organization and month."""

        constraints = [
            models.UniqueConstraint(
                fields=["organization", "project_number", "month"], name="one_share_each"
            )
        ]

    def __str__(self) -> str:
        """How much, where and when."""
        return f"{self.events} events of project {self.project_number} in {self.month:%Y-%m}"
