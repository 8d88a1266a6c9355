"""Bodies of the management API of organizations: what is shown, and what may be sent."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import AuditEntry, Invitation, Membership, Organization, Role
from accounts.principal import Principal
from accounts.usage import Standing
from accounts.validators import plain_name
from analytics_saas.serializers import StrictSerializer


class OrganizationSerializer(serializers.ModelSerializer[Organization]):
    """One organization, and what the asking person is in it."""

    id = serializers.CharField(source="public_id")
    role = serializers.SerializerMethodField()

    class Meta:
        """Nothing but what every member may know."""

        model = Organization
        fields = ["id", "name", "plan", "requires_two_factor", "role", "created_at"]

    @extend_schema_field(serializers.ChoiceField(choices=Role.choices, allow_null=True))
    def get_role(self, organization: Organization) -> str | None:
        """Return the role of the person who asks; a token has none."""
        principal: Principal = self.context["principal"]
        if principal.user is None:
            return None
        membership = organization.memberships.filter(user=principal.user).first()
        return membership.role if membership else None


class OrganizationBody(StrictSerializer):
    """What makes or changes an organization."""

    name = serializers.CharField(max_length=120, validators=[plain_name])


class OrganizationChange(OrganizationBody):
    """What may change afterwards."""

    requires_two_factor = serializers.BooleanField()


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """One person in an organization."""

    id = serializers.CharField(source="public_id")
    email = serializers.EmailField(source="user.email")
    joined_at = serializers.DateTimeField(source="created_at")

    class Meta:
        """The account's own fields stay out."""

        model = Membership
        fields = ["id", "email", "role", "joined_at"]


class RoleBody(StrictSerializer):
    """A role to give."""

    role = serializers.ChoiceField(choices=Role.choices)


class TransferBody(StrictSerializer):
    """Who is to own an organization."""

    member = serializers.CharField(help_text="Id of the member, such as m_4fTz0aQmR2xK.")


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """One open offer; its secret is in the mail only."""

    id = serializers.CharField(source="public_id")
    invited_by = serializers.EmailField(source="invited_by.email", default=None, allow_null=True)

    class Meta:
        """Neither the secret nor its hash."""

        model = Invitation
        fields = ["id", "email", "role", "invited_by", "created_at", "expires_at"]


class InvitationBody(RoleBody):
    """Whom to invite as what."""

    email = serializers.EmailField(max_length=254)


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    """One line of the log."""

    detail = serializers.DictField()

    class Meta:
        """Everything but the key."""

        model = AuditEntry
        fields = ["at", "actor", "action", "target", "detail", "network"]


class PlanSerializer(serializers.Serializer[Any]):
    """The most of everything; the price is in euro cents a month."""

    key = serializers.CharField()
    name = serializers.CharField()
    events = serializers.IntegerField()
    projects = serializers.IntegerField()
    members = serializers.IntegerField()
    retention_months = serializers.IntegerField()
    price_cents = serializers.IntegerField()


class MonthSerializer(serializers.Serializer[Any]):
    """Events of one calendar month (UTC)."""

    month = serializers.DateField(format="%Y-%m")
    events = serializers.IntegerField()


class UsageSerializer(serializers.Serializer[Any]):
    """What is used of a plan; `months` are newest first."""

    plan = PlanSerializer()
    standing = serializers.ChoiceField(choices=[one.value for one in Standing])
    over_quota = serializers.BooleanField(help_text="Further events of this month are not counted.")
    events = serializers.IntegerField()
    projects = serializers.IntegerField()
    members = serializers.IntegerField()
    months = MonthSerializer(many=True)
