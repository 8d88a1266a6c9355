"""Projects for operators. No hash, secret or password is in any list or form."""

from django.contrib import admin

from accounts.operators import ReadOnly, site
from projects.models import Erasure, Goal, Project, ProjectUsage, Segment, SharedLink


@admin.register(Project, site=site)
class ProjectAdmin(ReadOnly):
    """Measured sites."""

    list_display = ["name", "public_id", "domain", "organization", "time_zone", "created_at"]
    list_filter = ["is_public"]
    list_select_related = ["organization"]
    search_fields = ["name", "public_id", "domain", "organization__name"]


@admin.register(Goal, site=site)
class GoalAdmin(ReadOnly):
    """What projects count."""

    list_display = ["name", "public_id", "project", "kind", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["project"]
    search_fields = ["name", "public_id", "project__name", "project__public_id"]


@admin.register(Segment, site=site)
class SegmentAdmin(ReadOnly):
    """Saved filters."""

    list_display = ["name", "public_id", "project", "owner", "created_at"]
    list_select_related = ["project", "owner"]
    search_fields = ["name", "public_id", "project__name", "project__public_id"]


@admin.register(SharedLink, site=site)
class SharedLinkAdmin(ReadOnly):
    """Links that show a project's numbers."""

    list_display = ["name", "public_id", "project", "created_by", "expires_at", "revoked_at"]
    list_select_related = ["project", "created_by"]
    search_fields = ["name", "public_id", "project__name", "project__public_id"]
    exclude = ["secret_hash", "password"]


@admin.register(Erasure, site=site)
class ErasureAdmin(ReadOnly):
    """What was asked to be erased, and how many events that were."""

    list_display = ["verb", "project_public_id", "asked_at", "finished_at", "rows"]
    list_filter = ["verb"]
    search_fields = ["project_public_id"]


@admin.register(ProjectUsage, site=site)
class ProjectUsageAdmin(ReadOnly):
    """Events by project, organization and month."""

    list_display = ["project_number", "organization", "month", "events"]
    list_select_related = ["organization"]
    date_hierarchy = "month"
    search_fields = ["organization__name", "organization__public_id"]
