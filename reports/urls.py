"""The addresses of the query API, under /api/v1/."""

from django.urls import path

from reports import api

app_name = "reports"

urlpatterns = [
    path("query", api.QueryView.as_view(), name="query"),
    path("queries", api.QueriesView.as_view(), name="queries"),
    path("projects/<str:public_id>/realtime", api.RealtimeView.as_view(), name="realtime"),
]
