"""Addresses of projects in the API."""

from django.urls import path

from projects import api

app_name = "projects-api"
ONE = "<str:public_id>"
urlpatterns = [
    path("", api.ProjectsView.as_view(), name="projects"),
    path(f"/{ONE}", api.OneProjectView.as_view(), name="project"),
]
