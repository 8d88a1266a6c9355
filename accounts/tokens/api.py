"""/api/v1/organizations/<id>/tokens: who may is decided first; a token cannot make tokens."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Organization
from accounts.principal import principal_of
from accounts.recent import require_recent
from accounts.tokens import access, services
from accounts.tokens.serializers import (
    CreateTokenSerializer,
    NewTokenSerializer,
    TokenSerializer,
)
from analytics_saas.errors import ApiError
from analytics_saas.pagination import paginate, paginated

TAGS = ["Tokens"]


class TokensView(APIView):
    """The tokens of an organization."""

    @paginated(TokenSerializer, tags=TAGS, summary="List API tokens, revoked ones included")
    def get(self, request: Request, organization_id: str) -> Response:
        """List the newest first."""
        organization = _organization(request, organization_id)
        rows = access.visible_tokens(organization)
        return paginate(request, rows, newest_first=True).response(TokenSerializer)

    @extend_schema(
        tags=TAGS,
        summary="Make an API token",
        request=CreateTokenSerializer,
        responses={201: NewTokenSerializer},
    )
    def post(self, request: Request, organization_id: str) -> Response:
        """Make a token. The answer is the only place where its secret ever stands."""
        organization = _organization(request, organization_id)
        require_recent(request)
        asked = CreateTokenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        token, secret = services.create_token(
            organization=organization,
            principal=principal_of(request),
            name=asked.validated_data["name"],
            scopes=asked.validated_data["scopes"],
            projects=_projects(organization, asked.validated_data["projects"]),
            expires_at=asked.validated_data["expires_at"],
            request=request,
        )
        shown = NewTokenSerializer(token, context={"secret": secret}).data
        return Response(shown, status=201, headers={"Cache-Control": "no-store"})


class TokenView(APIView):
    """One token."""

    @extend_schema(tags=TAGS, summary="Show an API token", responses=TokenSerializer)
    def get(self, request: Request, organization_id: str, token_id: str) -> Response:
        """Show everything but the secret."""
        organization = _organization(request, organization_id)
        return Response(TokenSerializer(access.get_token(organization, token_id)).data)

    @extend_schema(
        tags=TAGS,
        summary="Revoke an API token",
        responses={204: OpenApiResponse(description="It is revoked and refused from now on.")},
    )
    def delete(self, request: Request, organization_id: str, token_id: str) -> Response:
        """Revoke it; it stays in the list."""
        organization = _organization(request, organization_id)
        token = access.get_token(organization, token_id)
        services.revoke_token(token=token, principal=principal_of(request), request=request)
        return Response(status=204)


def _organization(request: Request, public_id: str) -> Organization:
    return access.get_tokens_organization(principal_of(request), public_id)


def _projects(organization: Organization, public_ids: list[str] | None) -> list[Any] | None:
    if public_ids is None:
        return None
    found = list(access.bindable_projects(organization).filter(public_id__in=public_ids))
    if len(found) != len(set(public_ids)):
        # A foreign project is told apart from an absent one by nothing.
        raise ApiError(404, "not_found", "There is nothing here that you can see.", "projects")
    return found
