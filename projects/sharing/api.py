"""/api/v1/projects/<p>/shared-links, for who may share a project."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.principal import principal_of
from accounts.roles import Permission
from analytics_saas.pagination import paginate, paginated
from projects import access
from projects.api import ProjectView
from projects.sharing import services
from projects.sharing.serializers import (
    EditSharedLinkSerializer,
    NewSharedLinkSerializer,
    SharedLinkSerializer,
)

TAGS = ["Shared links"]


class SharedLinksView(ProjectView):
    """The links of a project, revoked ones included."""

    @paginated(
        SharedLinkSerializer,
        tags=TAGS,
        summary="List shared links",
        operation_id="shared_links_list",
    )
    def get(self, request: Request, public_id: str) -> Response:
        """List them, newest first, without their secrets."""
        project = access.get_project(principal_of(request), public_id, Permission.EDIT_PROJECTS)
        found = project.shared_links.select_related("created_by")
        return paginate(request, found, newest_first=True).response(SharedLinkSerializer)

    @extend_schema(
        tags=TAGS,
        summary="Create a shared link",
        request=EditSharedLinkSerializer,
        responses={201: NewSharedLinkSerializer},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Create one. The answer is the only place where its address ever stands."""
        principal = principal_of(request)
        project = access.get_project(principal, public_id, Permission.EDIT_PROJECTS)
        asked = EditSharedLinkSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        link, secret = services.create_shared_link(
            project=project, principal=principal, request=request, **asked.validated_data
        )
        shown = NewSharedLinkSerializer(link, context={"secret": secret}).data
        return Response(shown, status=201, headers={"Cache-Control": "no-store"})


class SharedLinkView(ProjectView):
    """One link."""

    @extend_schema(tags=TAGS, summary="Show a shared link", responses=SharedLinkSerializer)
    def get(self, request: Request, public_id: str, link_id: str) -> Response:
        """Show it without its secret."""
        link = access.get_shared_link(principal_of(request), public_id, link_id)
        return Response(SharedLinkSerializer(link).data)

    @extend_schema(
        tags=TAGS,
        summary="Change a shared link",
        request=EditSharedLinkSerializer,
        responses=SharedLinkSerializer,
    )
    def patch(self, request: Request, public_id: str, link_id: str) -> Response:
        """Change name, password or end; its address stays."""
        principal = principal_of(request)
        link = access.get_shared_link(principal, public_id, link_id)
        asked = EditSharedLinkSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        changed = services.update_shared_link(
            link=link, changes=asked.validated_data, principal=principal, request=request
        )
        return Response(SharedLinkSerializer(changed).data)

    @extend_schema(tags=TAGS, summary="Revoke a shared link", responses=SharedLinkSerializer)
    def delete(self, request: Request, public_id: str, link_id: str) -> Response:
        """Close it for good; it stays in the list."""
        principal = principal_of(request)
        link = access.get_shared_link(principal, public_id, link_id)
        closed = services.revoke_shared_link(link=link, principal=principal, request=request)
        return Response(SharedLinkSerializer(closed).data)
