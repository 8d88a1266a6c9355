"""Addresses of the pages of organizations."""

from django.urls import path

from accounts.organizations.views import join, record, settings, team

app_name = "organizations"
urlpatterns = [
    path("", settings.organization_list, name="list"),
    path("new/", settings.create, name="create"),
    path("join/", join.invitation, name="invitation"),
    path("join/<str:secret>/", join.open_link, name="join"),
    path("<str:public_id>/", team.team, name="team"),
    path("<str:public_id>/leave/", team.leave, name="leave"),
    path("<str:public_id>/members/<str:member_id>/role/", team.change_role, name="change_role"),
    path("<str:public_id>/members/<str:member_id>/remove/", team.remove, name="remove"),
    path("<str:public_id>/invitations/<str:invitation_id>/resend/", team.resend, name="resend"),
    path("<str:public_id>/invitations/<str:invitation_id>/revoke/", team.revoke, name="revoke"),
    path("<str:public_id>/settings/", settings.settings, name="settings"),
    path("<str:public_id>/settings/two-factor/", settings.two_factor, name="two_factor"),
    path("<str:public_id>/settings/transfer/", settings.transfer, name="transfer"),
    path("<str:public_id>/settings/delete/", settings.delete, name="delete"),
    path("<str:public_id>/audit/", record.audit, name="audit"),
    path("<str:public_id>/audit.csv", record.audit_csv, name="audit_csv"),
    path("<str:public_id>/usage/", record.usage, name="usage"),
    path("<str:public_id>/usage/plans/<str:plan>/", record.checkout, name="checkout"),
    path("<str:public_id>/usage/invoices/", record.invoices, name="invoices"),
]
