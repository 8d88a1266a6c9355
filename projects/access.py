"""The only way to a project: what a person may not see looks absent."""

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from projects.models import Project


def visible_projects(user: User) -> QuerySet[Project]:
    """Return the projects of every organization the person belongs to."""
    return Project.objects.filter(organization__members=user).order_by("name", "pk")


def get_project(user: User, public_id: str) -> Project:
    """Return one visible project. Raises Http404 for one that is not theirs or not there."""
    project = visible_projects(user).filter(public_id=public_id).first()
    if project is None:
        raise Http404
    return project
