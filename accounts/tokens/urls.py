"""Addresses of tokens: the API's and the page's."""

from django.urls import path

from accounts.tokens import api, views

app_name = "tokens"
urlpatterns = [
    path(
        "api/v1/organizations/<str:organization_id>/tokens",
        api.TokensView.as_view(),
        name="api_list",
    ),
    path(
        "api/v1/organizations/<str:organization_id>/tokens/<str:token_id>",
        api.TokenView.as_view(),
        name="api_detail",
    ),
    path("organizations/<str:organization_id>/tokens/", views.token_list, name="list"),
    path(
        "organizations/<str:organization_id>/tokens/<str:token_id>/revoke/",
        views.revoke,
        name="revoke",
    ),
]
