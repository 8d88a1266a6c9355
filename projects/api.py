"""/api/v1/projects: who may is decided first; a change goes through the services."""

from typing import Any, NoReturn

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import get_organization, organizations_with
from accounts.principal import Principal, principal_of
from accounts.recent import require_recent
from accounts.roles import Permission
from analytics_saas.errors import ApiError
from analytics_saas.pagination import paginate, paginated
from projects import access, services
from projects.danger.services import delete_project
from projects.rules import RuleError, require_name
from projects.serializers import (
    CreateProjectSerializer,
    EditProjectSerializer,
    ProjectSerializer,
)

TAGS = ["Projects"]
ONE_OF = OpenApiParameter("organization", str, description="Only this organization's projects.")

CONFIRM = OpenApiParameter("confirm", str, required=True, description="The project's name.")
GONE = OpenApiResponse(description="It is gone.")


class ProjectView(APIView):
    """What every endpoint of projects has in common: refusals in the API's own shape."""

    def handle_exception(self, exc: Exception) -> Response:
        """Turn a refusal of the rules into an answer that names its field."""
        if isinstance(exc, RuleError):
            field = exc.field if exc.place is None else f"{exc.field}[{exc.place}]"
            exc = ApiError(400, "invalid", str(exc), field or None)
        return super().handle_exception(exc)


class ProjectsView(ProjectView):
    """The projects that one can see."""

    @extend_schema(parameters=[ONE_OF])
    @paginated(ProjectSerializer, tags=TAGS, summary="List projects", operation_id="projects_list")
    def get(self, request: Request) -> Response:
        """List them in the order in which they were made."""
        principal = principal_of(request)
        allowed = organizations_with(principal, Permission.SEE_PROJECTS)
        if (public_id := request.GET.get("organization")) is not None:
            allowed = [get_organization(principal, public_id, Permission.SEE_PROJECTS)]
        elif not allowed and principal.scopes is not None:
            raise PermissionDenied
        found = access.visible_projects(principal).filter(organization__in=allowed)
        return paginate(request, found).response(ProjectSerializer)

    @extend_schema(
        tags=TAGS,
        summary="Create a project",
        request=CreateProjectSerializer,
        responses={201: ProjectSerializer},
    )
    def post(self, request: Request) -> Response:
        """Create one in an organization, and tell the collector of it."""
        principal = principal_of(request)
        public_id = text_of(request.data, "organization")
        organization = get_organization(principal, public_id, Permission.EDIT_PROJECTS)
        require_unbound(principal)
        asked = CreateProjectSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        fields = {k: v for k, v in asked.validated_data.items() if k != "organization"}
        project = services.create_project(
            organization=organization, principal=principal, request=request, **fields
        )
        return Response(ProjectSerializer(project).data, status=201)


class OneProjectView(ProjectView):
    """One project and its rules."""

    @extend_schema(tags=TAGS, summary="Show a project", responses=ProjectSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """Show it with its rules."""
        project = access.get_project(principal_of(request), public_id, Permission.SEE_PROJECTS)
        return Response(ProjectSerializer(project).data)

    @extend_schema(
        tags=TAGS,
        summary="Change a project",
        request=EditProjectSerializer,
        responses=ProjectSerializer,
    )
    def patch(self, request: Request, public_id: str) -> Response:
        """Change what is sent; the collector follows within ten seconds."""
        principal = principal_of(request)
        project = access.get_project(principal, public_id, Permission.EDIT_PROJECTS)
        asked = EditProjectSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        if services.ends_numbers(project, asked.validated_data):
            require_recent(request)
        changed = services.update_project(
            project=project, changes=asked.validated_data, principal=principal, request=request
        )
        return Response(ProjectSerializer(changed).data)

    @extend_schema(
        tags=TAGS, summary="Delete a project", parameters=[CONFIRM], responses={204: GONE}
    )
    def delete(self, request: Request, public_id: str) -> Response:
        """Delete it with its numbers, goals and links; they are gone within a minute."""
        principal = principal_of(request)
        project = access.get_project(principal, public_id, Permission.EDIT_PROJECTS)
        require_recent(request)
        require_name(project.name, request.GET.get("confirm", ""))
        delete_project(project=project, principal=principal, request=request)
        return Response(status=204)


def require_unbound(principal: Principal) -> None:
    """Raise PermissionDenied for who is bound to projects: they make none and move none."""
    if principal.project_ids is not None:
        raise PermissionDenied


def text_of(data: Any, field: str) -> str:
    """Return a text of the body that decides who may, before the rest is read."""
    value = data.get(field) if isinstance(data, dict) else None
    if not isinstance(value, str):
        refuse(field, f"Name the {field} by its public id.")
    return value


def refuse(field: str, message: str) -> NoReturn:
    """Refuse a request for one field of its body."""
    raise ApiError(400, "invalid", message, field)
