"""How shared links look in the API, and what may be sent to make and change them."""

from django.urls import reverse
from rest_framework import serializers

from analytics_saas.env import env
from analytics_saas.serializers import StrictSerializer
from projects.models import SharedLink
from projects.sharing.services import LEAST_PASSWORD, MOST_PASSWORD


class EditSharedLinkSerializer(StrictSerializer):
    """What can be said of a link."""

    name = serializers.CharField(max_length=80, help_text="Whom it is for.")
    password = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=MOST_PASSWORD,
        trim_whitespace=False,
        write_only=True,
        help_text=f"{LEAST_PASSWORD} characters or more; empty: none is asked for.",
    )
    expires_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="null: it ends when it is revoked."
    )


class SharedLinkSerializer(serializers.ModelSerializer[SharedLink]):
    """A link, without its secret."""

    id = serializers.CharField(source="public_id", help_text="Such as l_4fTz0aQmR2xK.")
    has_password = serializers.SerializerMethodField()
    created_by = serializers.EmailField(source="created_by.email", allow_null=True, default=None)

    class Meta:
        """What is shown."""

        model = SharedLink
        fields: tuple[str, ...] = (
            "id", "name", "has_password", "expires_at", "revoked_at", "created_by", "created_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_has_password(self, link: SharedLink) -> bool:
        """Tell whether a password is asked for."""
        return bool(link.password)


class NewSharedLinkSerializer(SharedLinkSerializer):
    """A link just made, with the address that nobody can read again."""

    url = serializers.SerializerMethodField(help_text="Keep it: only its hash is stored.")

    class Meta(SharedLinkSerializer.Meta):
        """What is shown once."""

        fields: tuple[str, ...] = (*SharedLinkSerializer.Meta.fields, "url")
        read_only_fields = fields

    def get_url(self, link: SharedLink) -> str:
        """Return the whole address."""
        return address_of(self.context["secret"])


def address_of(secret: str) -> str:
    """Return the address that a secret opens."""
    return env.web_origin + reverse("sharing:shared", args=[secret])
