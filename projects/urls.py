"""Addresses of projects."""

from django.urls import path

from projects import settings_views, views

app_name = "projects"
urlpatterns = [
    path("", views.project_list, name="list"),
    path("new/", views.create, name="create"),
    path("<str:public_id>/setup/", views.setup, name="setup"),
    path("<str:public_id>/settings/", settings_views.general, name="general"),
    path("<str:public_id>/settings/rules/", settings_views.rules, name="rules"),
]
