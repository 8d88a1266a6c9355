"""Addresses of a person's own account that allauth has not."""

from django.urls import path

from accounts.doors import views

urlpatterns = [
    path("me/", views.overview, name="account_overview"),
    path("delete/", views.delete, name="account_delete"),
    # Google's one-tap posts here from its own pages, without our token: this service has no use
    # for it.
    path("google/login/token/", views.absent),
]
