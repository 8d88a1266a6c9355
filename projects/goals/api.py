"""/api/v1/projects/<p>/goals: who may is decided first; a change goes through the services."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.principal import principal_of
from accounts.roles import Permission
from analytics_saas.pagination import paginate, paginated
from projects import access
from projects.api import GONE, ProjectView
from projects.goals import services
from projects.goals.serializers import EditGoalSerializer, GoalSerializer

TAGS = ["Goals"]


class GoalsView(ProjectView):
    """The goals of a project."""

    @paginated(GoalSerializer, tags=TAGS, summary="List goals", operation_id="goals_list")
    def get(self, request: Request, public_id: str) -> Response:
        """List them in the order in which they were made."""
        project = access.get_project(principal_of(request), public_id, Permission.SEE_PROJECTS)
        return paginate(request, project.goals.all()).response(GoalSerializer)

    @extend_schema(
        tags=TAGS,
        summary="Create a goal",
        request=EditGoalSerializer,
        responses={201: GoalSerializer},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Create one; it counts what was recorded before, too."""
        principal = principal_of(request)
        project = access.get_project(principal, public_id, Permission.EDIT_REPORTS)
        asked = EditGoalSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        goal = services.create_goal(
            project=project, fields=asked.validated_data, principal=principal, request=request
        )
        return Response(GoalSerializer(goal).data, status=201)


class GoalView(ProjectView):
    """One goal."""

    @extend_schema(tags=TAGS, summary="Show a goal", responses=GoalSerializer)
    def get(self, request: Request, public_id: str, goal_id: str) -> Response:
        """Show it."""
        need = Permission.SEE_PROJECTS
        goal = access.get_goal(principal_of(request), public_id, goal_id, need)
        return Response(GoalSerializer(goal).data)

    @extend_schema(
        tags=TAGS, summary="Change a goal", request=EditGoalSerializer, responses=GoalSerializer
    )
    def patch(self, request: Request, public_id: str, goal_id: str) -> Response:
        """Change what is sent; the whole must still make sense."""
        principal = principal_of(request)
        goal = access.get_goal(principal, public_id, goal_id, Permission.EDIT_REPORTS)
        asked = EditGoalSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        changed = services.update_goal(
            goal=goal, changes=asked.validated_data, principal=principal, request=request
        )
        return Response(GoalSerializer(changed).data)

    @extend_schema(tags=TAGS, summary="Delete a goal", responses={204: GONE})
    def delete(self, request: Request, public_id: str, goal_id: str) -> Response:
        """Delete it; the events that it counted stay."""
        principal = principal_of(request)
        goal = access.get_goal(principal, public_id, goal_id, Permission.EDIT_REPORTS)
        services.delete_goal(goal=goal, principal=principal, request=request)
        return Response(status=204)
