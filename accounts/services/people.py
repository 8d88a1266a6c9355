"""A person's sessions and addresses."""

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession

from accounts.models import User


def end_sessions(*, person: User) -> None:
    """Log a person out everywhere."""
    for session in UserSession.objects.filter(user=person):
        session.end()


def confirm_address(*, person: User) -> None:
    """Take an address as proven that an operator vouches for."""
    EmailAddress.objects.update_or_create(
        user=person, email=person.email, defaults={"verified": True, "primary": True}
    )
