"""How projects look in the API, and what may be sent to make and change them."""

from typing import Any

from rest_framework import serializers

from analytics_saas.serializers import StrictSerializer
from projects.models import Project
from projects.rules import LONGEST_PATTERN, MOST_ENTRIES, MOST_MONTHS, RULES, RuleError


def texts(help_text: str, longest: int = 300, most: int = MOST_ENTRIES) -> serializers.ListField:
    """Return the field of a list of texts."""
    child = serializers.CharField(max_length=longest)
    return serializers.ListField(child=child, max_length=most, help_text=help_text)


class RuledSerializer(StrictSerializer):
    """A body whose fields of the names in RULES keep to them."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return what is kept of each field."""
        for name in RULES.keys() & attrs.keys():
            try:
                attrs[name] = RULES[name](attrs[name])
            except RuleError as error:
                path = name if error.place is None else f"{name}[{error.place}]"
                raise serializers.ValidationError({path: str(error)}) from None
        return attrs


class EditProjectSerializer(RuledSerializer):
    """Everything of a project that can be changed."""

    name = serializers.CharField(max_length=80)
    domain = serializers.CharField(max_length=300, help_text="Such as example.com.")
    time_zone = serializers.CharField(
        max_length=64, help_text="IANA name. A change holds from then on; recorded days stay."
    )
    hostnames = texts("Only pages of these hosts are counted; empty: every host's.")
    blocked_networks = texts("Not counted: addresses or blocks, such as 203.0.113.0/24.")
    blocked_countries = texts("Not counted: ISO 3166-1 codes such as DE.", most=300)
    blocked_pages = texts("Not counted: patterns such as /admin/**.", LONGEST_PATTERN)
    page_masks = texts("Patterns counted as one page, such as /user/*.", LONGEST_PATTERN)
    page_parameters = texts("Parameters of the query that are kept with the page, such as id.")
    strips_trailing_slash = serializers.BooleanField(help_text="Count /page/ as /page.")
    lowers_paths = serializers.BooleanField(help_text="Count /Page as /page.")
    respects_privacy_signals = serializers.BooleanField(
        help_text="Do not count browsers that send Global Privacy Control or Do Not Track."
    )
    retention_months = serializers.IntegerField(
        min_value=1, max_value=MOST_MONTHS, help_text="Whole months; the plan sets the most."
    )
    is_public = serializers.BooleanField(help_text="Everybody may see the dashboard.")


class CreateProjectSerializer(EditProjectSerializer):
    """A new project: name, domain and zone, and any rule."""

    organization = serializers.CharField(help_text="Public id of the organization, such as o_….")

    def get_fields(self) -> dict[str, Any]:
        """Ask for the three that every project needs; rules may be left out."""
        fields = super().get_fields()
        for name in fields.keys() - {"organization", "name", "domain", "time_zone"}:
            fields[name].required = False
        return fields


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A project with its rules."""

    id = serializers.CharField(source="public_id", help_text="Such as p_4fTz0aQmR2xK.")
    organization = serializers.CharField(source="organization.public_id")
    hostnames = texts("Empty: every host's pages are counted.")
    blocked_networks = texts("Not counted.")
    blocked_countries = texts("Not counted.")
    blocked_pages = texts("Not counted.")
    page_masks = texts("Counted as one page each.")
    page_parameters = texts("Kept with the page.")
    snippet = serializers.CharField(help_text="The line of HTML that a page needs.")

    class Meta:
        """What is shown."""

        model = Project
        fields = (
            "id", "organization", "name", "domain", "time_zone", "created_at", "hostnames",
            "blocked_networks", "blocked_countries", "blocked_pages", "page_masks",
            "page_parameters", "strips_trailing_slash", "lowers_paths",
            "respects_privacy_signals", "retention_months", "is_public", "snippet",
        )  # fmt: skip
        read_only_fields = fields
