"""Addresses of the page of connected apps."""

from django.urls import path

from accounts.oauth import pages

app_name = "apps"
urlpatterns = [
    path("", pages.app_list, name="list"),
    path("<str:grant_id>/revoke/", pages.revoke, name="revoke"),
]
