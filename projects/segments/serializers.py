"""How segments look in the API, and what may be sent to make and change them."""

from rest_framework import serializers

from analytics_saas.serializers import StrictSerializer
from projects.models import Segment

FILTERS = "As in a query: a list of [operator, dimension, [values]], all of which must hold."


class EditSegmentSerializer(StrictSerializer):
    """What can be changed of a segment."""

    name = serializers.CharField(max_length=80)
    filters = serializers.JSONField(help_text=FILTERS)


class CreateSegmentSerializer(EditSegmentSerializer):
    """A new segment; whose it is stays so."""

    personal = serializers.BooleanField(
        default=True, help_text="true: only you see it; false: everybody of the project."
    )


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    """Saved filters."""

    id = serializers.CharField(source="public_id", help_text="Such as s_4fTz0aQmR2xK.")
    filters = serializers.ListField(child=serializers.ListField(), help_text=FILTERS)
    personal = serializers.SerializerMethodField()

    class Meta:
        """What is shown."""

        model = Segment
        fields = ("id", "name", "filters", "personal", "created_at")
        read_only_fields = fields

    def get_personal(self, segment: Segment) -> bool:
        """Tell whether only its owner sees it."""
        return segment.owner_id is not None
