"""Reset and transfer of a project in the API: who may, then its name, then the service."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import get_organization
from accounts.principal import principal_of
from accounts.recent import require_recent
from accounts.roles import Permission
from projects import access
from projects.api import ProjectView, require_unbound, text_of
from projects.danger import services
from projects.danger.serializers import ResetSerializer, TransferSerializer, UnderWaySerializer
from projects.rules import require_name
from projects.serializers import ProjectSerializer

TAGS = ["Projects"]


class ResetView(ProjectView):
    """All statistics of a project."""

    @extend_schema(
        tags=TAGS,
        summary="Erase a project's statistics",
        request=ResetSerializer,
        responses={202: UnderWaySerializer},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Ask for it; rows are gone within a minute, and what arrives after is counted anew."""
        principal = principal_of(request)
        project = access.get_project(principal, public_id, Permission.EDIT_PROJECTS)
        require_recent(request)
        asked = ResetSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        require_name(project.name, asked.validated_data["confirm"])
        erasure = services.reset_project(project=project, principal=principal, request=request)
        return Response(UnderWaySerializer(erasure).data, status=202)


class TransferView(ProjectView):
    """The organization of a project."""

    @extend_schema(
        tags=TAGS,
        summary="Transfer a project",
        request=TransferSerializer,
        responses=ProjectSerializer,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Give it to another organization in which one may edit projects, too."""
        principal = principal_of(request)
        project = access.get_project(principal, public_id, Permission.EDIT_PROJECTS)
        require_unbound(principal)
        require_recent(request)
        target = text_of(request.data, "organization")
        organization = get_organization(principal, target, Permission.EDIT_PROJECTS)
        asked = TransferSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        require_name(project.name, asked.validated_data["confirm"])
        moved = services.transfer_project(
            project=project, organization=organization, principal=principal, request=request
        )
        return Response(ProjectSerializer(moved).data)
