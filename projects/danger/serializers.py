"""What must be sent before something is ended."""

from rest_framework import serializers

from analytics_saas.serializers import StrictSerializer


class ResetSerializer(StrictSerializer):
    """Typed by whoever wants to erase a project's statistics."""

    confirm = serializers.CharField(help_text="The project's name.")


class TransferSerializer(ResetSerializer):
    """Typed by whoever gives a project away."""

    organization = serializers.CharField(help_text="Public id of the other organization.")


class UnderWaySerializer(serializers.Serializer[object]):
    """A reset that was asked for."""

    asked_at = serializers.DateTimeField()
