"""Addresses of the management API of organizations, below /api/v1/."""

from django.urls import path

from accounts.organizations import api, team_api

app_name = "organizations_api"
one = "organizations/<str:organization_id>"
urlpatterns = [
    path("organizations", api.OrganizationsView.as_view(), name="list"),
    path(one, api.OrganizationView.as_view(), name="one"),
    path(f"{one}/audit", api.AuditView.as_view(), name="audit"),
    path(f"{one}/usage", api.UsageView.as_view(), name="usage"),
    path(f"{one}/members", team_api.MembersView.as_view(), name="members"),
    path(f"{one}/members/<str:member_id>", team_api.MemberView.as_view(), name="member"),
    path(f"{one}/transfer", team_api.TransferView.as_view(), name="transfer"),
    path(f"{one}/invitations", team_api.InvitationsView.as_view(), name="invitations"),
    path(
        f"{one}/invitations/<str:invitation_id>",
        team_api.InvitationView.as_view(),
        name="invitation",
    ),
    path(
        f"{one}/invitations/<str:invitation_id>/resend",
        team_api.ResendView.as_view(),
        name="resend",
    ),
]
