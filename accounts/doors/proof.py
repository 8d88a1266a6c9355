"""Ends what somebody else may have planted in an account before its address was proven."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

# Set by the adapter on an address whose code was typed in the very session that signed up.
OWN = "_proven_by_who_signed_up"
TOLD = "Whatever was set before this address was confirmed no longer lets in: choose a password."


@receiver(email_confirmed)
@transaction.atomic
def end_what_was_planted(request: HttpRequest, email_address: EmailAddress, **more: object) -> None:
    """Take away password and linked accounts when an address is first proven by another way.

    Anybody can sign up with an address that is not theirs and wait. Its owner comes by a mailed
    code, which proves the address: what the first one knows must not open the account then.
    """
    person: Any = email_address.user
    proven = EmailAddress.objects.filter(user=person, verified=True).exclude(pk=email_address.pk)
    if getattr(email_address, OWN, False) or proven.exists():
        return
    planted, _ = SocialAccount.objects.filter(user=person).delete()
    if person.has_usable_password():
        person.set_unusable_password()
        person.save(update_fields=["password"])
        planted += 1
    if planted:
        messages.warning(request, TOLD)
