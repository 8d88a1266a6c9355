"""How tokens look in the API, and what may be sent to make one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import ApiToken
from accounts.roles import PROJECT_SCOPES, SCOPES
from accounts.validators import plain_name
from analytics_saas.serializers import StrictSerializer

MOST_PROJECTS = 100
IDS = {"type": "array", "items": {"type": "string"}, "nullable": True}


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token as everybody with the right may see it: never its secret."""

    id = serializers.CharField(source="public_id", help_text="Such as t_4fTz0aQmR2xK.")
    prefix = serializers.CharField(help_text="The first characters of the secret.")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES))
    projects = serializers.SerializerMethodField(
        help_text="Public ids of the projects it is bound to; null: the whole organization."
    )
    created_by = serializers.EmailField(source="created_by.email", allow_null=True, default=None)
    last_used_on = serializers.DateField(allow_null=True, help_text="Day of the last use (UTC).")

    class Meta:
        """Everything here is for reading."""

        model = ApiToken
        fields = [
            "id", "name", "prefix", "scopes", "projects", "created_by", "created_at", "expires_at",
            "last_used_on", "revoked_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(IDS)
    def get_projects(self, token: ApiToken) -> list[str] | None:
        """Return the projects in the words of the API."""
        if not token.is_bound:
            return None
        return [project.public_id for project in token.projects.all()]


class NewTokenSerializer(TokenSerializer):
    """The answer to the making of a token: the only one that holds the secret."""

    secret = serializers.SerializerMethodField(help_text="Shown this once; only a hash is kept.")

    class Meta(TokenSerializer.Meta):
        """The secret comes last."""

        fields = [*TokenSerializer.Meta.fields, "secret"]
        read_only_fields = fields

    def get_secret(self, token: ApiToken) -> str:
        """Return what the view was given when the token was made."""
        return str(self.context["secret"])


class CreateTokenSerializer(StrictSerializer):
    """What a new token shall be."""

    name = serializers.CharField(
        max_length=80, validators=[plain_name], help_text="What it is for."
    )
    scopes = serializers.MultipleChoiceField(choices=SCOPES, allow_empty=False)
    projects = serializers.ListField(
        child=serializers.CharField(max_length=14),
        allow_null=True,
        allow_empty=False,
        max_length=MOST_PROJECTS,
        required=False,
        default=None,
        help_text="Public ids to bind it to; leave it out for the whole organization.",
    )
    expires_at = serializers.DateTimeField(
        allow_null=True, required=False, default=None, help_text="Leave it out for no end."
    )

    def validate_expires_at(self, value: datetime | None) -> datetime | None:
        """Refuse a time that has passed."""
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError("This time has passed. Choose one to come.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse rights over the organization for a token of a few projects."""
        if attrs["projects"] is not None:
            require_project_scopes(attrs["scopes"])
        return attrs


def require_project_scopes(scopes: Iterable[str]) -> None:
    """Raise ValidationError for scopes that no bound token can have."""
    beyond = sorted(set(scopes) - set(PROJECT_SCOPES))
    if beyond:
        problem = f"A token of chosen projects cannot have {', '.join(beyond)}."
        raise serializers.ValidationError({"scopes": problem})
