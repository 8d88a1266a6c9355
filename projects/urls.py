"""Addresses of projects."""

from django.urls import path

from projects import settings_views, views
from projects.danger import views as danger_views
from projects.goals import views as goal_views
from projects.segments import views as segment_views
from projects.sharing import settings_views as sharing_views

app_name = "projects"
urlpatterns = [
    path("", views.project_list, name="list"),
    path("new/", views.create, name="create"),
    path("<str:public_id>/setup/", views.setup, name="setup"),
    path("<str:public_id>/settings/", settings_views.general, name="general"),
    path("<str:public_id>/settings/rules/", settings_views.rules, name="rules"),
    path("<str:public_id>/settings/goals/", goal_views.goals, name="goals"),
    path("<str:public_id>/settings/goals/<str:goal_id>/", goal_views.goal, name="goal"),
    path(
        "<str:public_id>/settings/goals/<str:goal_id>/delete/",
        goal_views.delete,
        name="goal-delete",
    ),
    path("<str:public_id>/settings/segments/", segment_views.segments, name="segments"),
    path(
        "<str:public_id>/settings/segments/<str:segment_id>/", segment_views.segment, name="segment"
    ),
    path(
        "<str:public_id>/settings/segments/<str:segment_id>/delete/",
        segment_views.delete,
        name="segment-delete",
    ),
    path("<str:public_id>/settings/sharing/", sharing_views.sharing, name="sharing"),
    path("<str:public_id>/settings/sharing/public/", sharing_views.switch, name="public-switch"),
    path(
        "<str:public_id>/settings/sharing/<str:link_id>/revoke/",
        sharing_views.revoke,
        name="link-revoke",
    ),
    path("<str:public_id>/settings/danger/", danger_views.danger, name="danger"),
    path("<str:public_id>/settings/transfer/", danger_views.transfer, name="transfer"),
    path("<str:public_id>/settings/reset/", danger_views.reset, name="reset"),
    path("<str:public_id>/settings/delete/", danger_views.delete, name="delete"),
]
