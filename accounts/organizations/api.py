"""The management API of organizations: who may is asked first, then the body is read."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from accounts.organizations import serializers
from accounts.principal import principal_of
from accounts.recent import require_recent
from accounts.roles import Permission
from accounts.services import organizations
from accounts.usage import report_usage
from analytics_saas.pagination import paginate, paginated
from analytics_saas.serializers import StrictSerializer

Organization = serializers.OrganizationSerializer


def read(body: type[StrictSerializer], request: Request, **options: Any) -> Any:
    """Return what a body says. Raises ValidationError that names the field."""
    given = body(data=request.data, **options)
    given.is_valid(raise_exception=True)
    return given.validated_data


class OrganizationsView(APIView):
    """GET, POST /api/v1/organizations."""

    @paginated(Organization, operation_id="organizations_list")
    def get(self, request: Request) -> Response:
        """Answer with a page of the organizations that you belong to."""
        principal = principal_of(request)
        rows = access.readable_organizations(principal, Permission.SEE_TEAM)
        page = paginate(request, rows)
        return page.response(Organization, principal=principal)

    @extend_schema(request=serializers.OrganizationBody, responses={201: Organization})
    def post(self, request: Request) -> Response:
        """Found an organization, owned by the person who asks."""
        principal = principal_of(request)
        person = access.require_person(principal)
        body = read(serializers.OrganizationBody, request)
        made = organizations.create_organization(
            principal=principal, person=person, request=request, **body
        )
        return Response(Organization(made, context={"principal": principal}).data, status=201)


class OrganizationView(APIView):
    """GET, PATCH, DELETE /api/v1/organizations/<organization_id>."""

    @extend_schema(responses=Organization)
    def get(self, request: Request, organization_id: str) -> Response:
        """Answer with one organization."""
        principal = principal_of(request)
        found = access.get_organization(principal, organization_id, Permission.SEE_TEAM)
        return Response(Organization(found, context={"principal": principal}).data)

    @extend_schema(request=serializers.OrganizationChange(partial=True), responses=Organization)
    def patch(self, request: Request, organization_id: str) -> Response:
        """Rename it, or say whether everybody needs a second factor."""
        principal = principal_of(request)
        found = access.get_organization(principal, organization_id, Permission.OWN)
        body = read(serializers.OrganizationChange, request, partial=True)
        changed = organizations.edit_organization(
            organization=found, principal=principal, request=request, **body
        )
        return Response(Organization(changed, context={"principal": principal}).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, organization_id: str) -> Response:
        """Delete it with its projects and their numbers."""
        principal = principal_of(request)
        found = access.get_organization(principal, organization_id, Permission.OWN)
        require_recent(request)
        organizations.delete_organization(organization=found, principal=principal)
        return Response(status=204)


class AuditView(APIView):
    """GET /api/v1/organizations/<organization_id>/audit."""

    @paginated(serializers.AuditEntrySerializer, operation_id="organizations_audit_list")
    def get(self, request: Request, organization_id: str) -> Response:
        """Answer with a page of the log, newest first."""
        principal = principal_of(request)
        found = access.get_organization(principal, organization_id, Permission.SEE_AUDIT)
        page = paginate(request, found.audit_entries.all(), newest_first=True)
        return page.response(serializers.AuditEntrySerializer)


class UsageView(APIView):
    """GET /api/v1/organizations/<organization_id>/usage."""

    @extend_schema(responses=serializers.UsageSerializer)
    def get(self, request: Request, organization_id: str) -> Response:
        """Answer with what is used of the plan."""
        principal = principal_of(request)
        found = access.get_organization(principal, organization_id, Permission.SEE_USAGE)
        return Response(serializers.UsageSerializer(report_usage(found)).data)
