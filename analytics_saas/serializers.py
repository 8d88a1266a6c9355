"""What every serializer of a request body stands on."""

from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know, so that a slip of the pen is never ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Read the body once its keys are known."""
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            known = ", ".join(sorted(writable))
            unknown = [key for key in data if key not in writable]
            if unknown:
                message = f"There is no such field. Those that can be sent: {known}."
                raise serializers.ValidationError({str(key): [message] for key in unknown})
        return super().to_internal_value(data)
