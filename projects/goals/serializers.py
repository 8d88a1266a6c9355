"""How goals look in the API, and what may be sent to make and change them."""

from rest_framework import serializers

from analytics_saas.serializers import StrictSerializer
from projects.models import Goal


class EditGoalSerializer(StrictSerializer):
    """A goal; which fields go together depends on its kind."""

    kind = serializers.ChoiceField(Goal.Kind.choices, help_text="page, event or scroll.")
    name = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Made up when left out."
    )
    page_pattern = serializers.CharField(
        max_length=2_000,
        required=False,
        allow_blank=True,
        help_text="page, scroll: `*` within a segment of the path, `**` across.",
    )
    event_name = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="event: its name."
    )
    properties = serializers.DictField(
        child=serializers.CharField(allow_blank=True, trim_whitespace=False),
        required=False,
        help_text="event: property to the value it must have; at most 10.",
    )
    scroll_percent = serializers.IntegerField(
        required=False, min_value=0, max_value=100, help_text="scroll: how far down, 1 to 100."
    )
    currency = serializers.CharField(
        max_length=3,
        required=False,
        allow_blank=True,
        help_text="event: ISO 4217 code in which its revenue is shown.",
    )


class GoalSerializer(serializers.ModelSerializer[Goal]):
    """A goal."""

    id = serializers.CharField(source="public_id", help_text="Such as g_4fTz0aQmR2xK.")
    properties = serializers.DictField(child=serializers.CharField())

    class Meta:
        """What is shown."""

        model = Goal
        fields = (
            "id", "kind", "name", "page_pattern", "event_name", "properties", "scroll_percent",
            "currency", "created_at",
        )  # fmt: skip
        read_only_fields = fields
