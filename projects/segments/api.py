"""/api/v1/projects/<p>/segments: who may is decided first; a change goes through the services."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import require, require_person
from accounts.principal import principal_of
from accounts.roles import Permission
from analytics_saas.pagination import paginate, paginated
from projects import access
from projects.api import GONE, ProjectView, refuse
from projects.segments import services
from projects.segments.serializers import (
    CreateSegmentSerializer,
    EditSegmentSerializer,
    SegmentSerializer,
)

TAGS = ["Segments"]


class SegmentsView(ProjectView):
    """The segments that one can see: those of the project, and one's own."""

    @paginated(SegmentSerializer, tags=TAGS, summary="List segments", operation_id="segments_list")
    def get(self, request: Request, public_id: str) -> Response:
        """List them in the order in which they were made."""
        principal = principal_of(request)
        project = access.get_project(principal, public_id, Permission.SEE_PROJECTS)
        found = access.visible_segments(principal, project)
        return paginate(request, found).response(SegmentSerializer)

    @extend_schema(
        tags=TAGS,
        summary="Save a segment",
        request=CreateSegmentSerializer,
        responses={201: SegmentSerializer},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Save one for oneself, or for everybody with the right to edit reports."""
        principal = principal_of(request)
        project = access.get_project(principal, public_id, Permission.SEE_PROJECTS)
        asked = CreateSegmentSerializer(data=request.data)
        personal = not asked.is_valid() or asked.validated_data["personal"]
        need = Permission.SEE_NUMBERS if personal else Permission.EDIT_REPORTS
        require(principal, project.organization, need)
        asked.is_valid(raise_exception=True)
        fields = dict(asked.validated_data)
        owner = principal.user if fields.pop("personal") else None
        if personal and owner is None:
            refuse("personal", "A token is no person: send false, for everybody of the project.")
        if personal:
            # An app that may only read writes nothing, not even for its person.
            require_person(principal)
        segment = services.create_segment(
            project=project, owner=owner, principal=principal, request=request, **fields
        )
        return Response(SegmentSerializer(segment).data, status=201)


class SegmentView(ProjectView):
    """One segment."""

    @extend_schema(tags=TAGS, summary="Show a segment", responses=SegmentSerializer)
    def get(self, request: Request, public_id: str, segment_id: str) -> Response:
        """Show it."""
        segment = access.get_segment(principal_of(request), public_id, segment_id)
        return Response(SegmentSerializer(segment).data)

    @extend_schema(
        tags=TAGS,
        summary="Change a segment",
        request=EditSegmentSerializer,
        responses=SegmentSerializer,
    )
    def patch(self, request: Request, public_id: str, segment_id: str) -> Response:
        """Change its name or its filters."""
        principal = principal_of(request)
        segment = access.get_segment(principal, public_id, segment_id, editing=True)
        asked = EditSegmentSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        changed = services.update_segment(
            segment=segment, changes=asked.validated_data, principal=principal, request=request
        )
        return Response(SegmentSerializer(changed).data)

    @extend_schema(tags=TAGS, summary="Delete a segment", responses={204: GONE})
    def delete(self, request: Request, public_id: str, segment_id: str) -> Response:
        """Delete it."""
        principal = principal_of(request)
        segment = access.get_segment(principal, public_id, segment_id, editing=True)
        services.delete_segment(segment=segment, principal=principal, request=request)
        return Response(status=204)
