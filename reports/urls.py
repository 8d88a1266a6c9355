"""The addresses of the dashboard and of the query API."""

from django.urls import path

from reports import api, compatible, ledger_page, views

app_name = "reports"

urlpatterns = [
    path("projects/<str:public_id>/", views.dashboard, name="dashboard"),
    path("projects/<str:public_id>/ledger/", ledger_page.ledger_page, name="ledger-page"),
    path("api/v1/query", api.QueryView.as_view(), name="query"),
    path("api/v1/queries", api.QueriesView.as_view(), name="queries"),
    path("api/v2/query", compatible.CompatibleQueryView.as_view(), name="compatible-query"),
    path("api/v1/projects/<str:public_id>/realtime", api.RealtimeView.as_view(), name="realtime"),
    path("api/v1/projects/<str:public_id>/ledger", api.LedgerView.as_view(), name="ledger"),
]
