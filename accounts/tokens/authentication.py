"""What an API token stands for, or why it stands for nothing."""

from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import ApiToken
from accounts.principal import Principal
from accounts.tokens import secret, use

UNKNOWN = "This is no API token of Daysalt: it is mistyped, cut off or made up."


def read(text: str) -> Principal:
    """Return the Principal of a token's text. Raises AuthenticationFailed."""
    # A text without its checksum never costs a look into the database.
    if not secret.is_well_formed(text):
        raise AuthenticationFailed(UNKNOWN)
    known = ApiToken.objects.select_related("created_by")
    token = known.filter(secret_hash=secret.digest(text)).first()
    if token is None:
        raise AuthenticationFailed(UNKNOWN)
    if token.revoked_at is not None:
        raise AuthenticationFailed("This token was revoked. Make a new one.")
    if token.expires_at is not None and token.expires_at <= timezone.now():
        raise AuthenticationFailed("This token has expired. Make a new one.")
    if token.created_by is not None and not token.created_by.is_active:
        raise AuthenticationFailed("Whoever made this token has a closed account. Make a new one.")
    use.mark_used(token=token)
    return principal_of_token(token)


def principal_of_token(token: ApiToken) -> Principal:
    """Return the rights of a token: its organization, its scopes, its projects."""
    bound = frozenset(token.projects.values_list("pk", flat=True)) if token.is_bound else None
    return Principal(
        organization_id=token.organization_id,
        scopes=frozenset(token.scopes),
        project_ids=bound,
        # Whatever it is called, the log never takes it for a person.
        name=f"token {token.name} ({token.public_id})",
        created_by=token.created_by_id,
    )
