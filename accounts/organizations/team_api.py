"""The management API of a team: members and invitations."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from accounts.organizations import serializers
from accounts.organizations.api import read
from accounts.principal import principal_of
from accounts.recent import POWERFUL, require_recent
from accounts.roles import Permission
from accounts.services import invitations, members
from analytics_saas.pagination import paginate, paginated

Member = serializers.MemberSerializer
Invitation = serializers.InvitationSerializer


class MembersView(APIView):
    """GET /api/v1/organizations/<organization_id>/members."""

    @paginated(Member, operation_id="organizations_members_list")
    def get(self, request: Request, organization_id: str) -> Response:
        """Answer with a page of members."""
        principal = principal_of(request)
        found = access.get_organization(principal, organization_id, Permission.SEE_TEAM)
        return paginate(request, found.memberships.select_related("user")).response(Member)


class MemberView(APIView):
    """PATCH, DELETE /api/v1/organizations/<organization_id>/members/<member_id>."""

    @extend_schema(request=serializers.RoleBody, responses=Member)
    def patch(self, request: Request, organization_id: str, member_id: str) -> Response:
        """Give a member another role."""
        principal = principal_of(request)
        member = access.get_membership(principal, organization_id, member_id)
        access.require(principal, member.organization, Permission.MANAGE_TEAM)
        body = read(serializers.RoleBody, request)
        if body["role"] in POWERFUL:
            require_recent(request)
        changed = members.change_role(
            membership=member, principal=principal, request=request, **body
        )
        return Response(Member(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, organization_id: str, member_id: str) -> Response:
        """Remove a member, or leave when it is oneself."""
        principal = principal_of(request)
        member = access.get_membership(principal, organization_id, member_id)
        if principal.scopes is None and principal.user == member.user:
            members.leave(membership=member, principal=principal, request=request)
        else:
            members.remove_member(membership=member, principal=principal, request=request)
        return Response(status=204)


class TransferView(APIView):
    """POST /api/v1/organizations/<organization_id>/transfer."""

    @extend_schema(request=serializers.TransferBody, responses=Member)
    def post(self, request: Request, organization_id: str) -> Response:
        """Make another member the owner in place of oneself, who becomes an admin."""
        principal = principal_of(request)
        access.get_organization(principal, organization_id, Permission.OWN)
        require_recent(request)
        body = read(serializers.TransferBody, request)
        member = access.get_membership(principal, organization_id, body["member"])
        members.transfer_ownership(membership=member, principal=principal, request=request)
        member.refresh_from_db()
        return Response(Member(member).data)


class InvitationsView(APIView):
    """GET, POST /api/v1/organizations/<organization_id>/invitations."""

    @paginated(Invitation, operation_id="organizations_invitations_list")
    def get(self, request: Request, organization_id: str) -> Response:
        """Answer with a page of invitations."""
        principal = principal_of(request)
        found = access.get_organization(principal, organization_id, Permission.MANAGE_TEAM)
        rows = found.invitations.select_related("invited_by")
        return paginate(request, rows).response(Invitation)

    @extend_schema(request=serializers.InvitationBody, responses={201: Invitation})
    def post(self, request: Request, organization_id: str) -> Response:
        """Mail an invitation; the answer is the same whether or not the address has an account."""
        principal = principal_of(request)
        found = access.get_organization(principal, organization_id, Permission.MANAGE_TEAM)
        body = read(serializers.InvitationBody, request)
        if body["role"] in POWERFUL:
            require_recent(request)
        made = invitations.invite(organization=found, principal=principal, request=request, **body)
        return Response(Invitation(made).data, status=201)


class InvitationView(APIView):
    """DELETE /api/v1/organizations/<organization_id>/invitations/<invitation_id>."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, organization_id: str, invitation_id: str) -> Response:
        """Revoke an invitation."""
        principal = principal_of(request)
        found = access.get_invitation(principal, organization_id, invitation_id)
        invitations.revoke_invitation(invitation=found, principal=principal, request=request)
        return Response(status=204)


class ResendView(APIView):
    """POST /api/v1/organizations/<organization_id>/invitations/<invitation_id>/resend."""

    @extend_schema(request=None, responses=Invitation)
    def post(self, request: Request, organization_id: str, invitation_id: str) -> Response:
        """Mail a new secret, good for 48 hours; the one before no longer works."""
        principal = principal_of(request)
        found = access.get_invitation(principal, organization_id, invitation_id)
        sent = invitations.resend_invitation(invitation=found, principal=principal, request=request)
        return Response(Invitation(sent).data)
