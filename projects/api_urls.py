"""Addresses of projects in the API."""

from django.urls import path

from projects import api
from projects.danger.api import ResetView, TransferView
from projects.goals.api import GoalsView, GoalView
from projects.segments.api import SegmentsView, SegmentView
from projects.sharing.api import SharedLinksView, SharedLinkView

app_name = "projects-api"
ONE = "projects/<str:public_id>"
urlpatterns = [
    path("projects", api.ProjectsView.as_view(), name="projects"),
    path(ONE, api.OneProjectView.as_view(), name="project"),
    path(f"{ONE}/reset", ResetView.as_view(), name="reset"),
    path(f"{ONE}/transfer", TransferView.as_view(), name="transfer"),
    path(f"{ONE}/goals", GoalsView.as_view(), name="goals"),
    path(f"{ONE}/goals/<str:goal_id>", GoalView.as_view(), name="goal"),
    path(f"{ONE}/segments", SegmentsView.as_view(), name="segments"),
    path(f"{ONE}/segments/<str:segment_id>", SegmentView.as_view(), name="segment"),
    path(f"{ONE}/shared-links", SharedLinksView.as_view(), name="shared-links"),
    path(f"{ONE}/shared-links/<str:link_id>", SharedLinkView.as_view(), name="shared-link"),
]
