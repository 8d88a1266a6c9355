"""What happens beside allauth's own steps when an account is made or entered."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from accounts.services import create_person_organization

# What mail itself allows (RFC 5321), and User.email holds.
LONGEST_ADDRESS = 254


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth is untyped
    """Every new person gets an organization."""

    def clean_email(self, email: str) -> str:
        """Refuse an address that the column cannot hold."""
        if len(email) > LONGEST_ADDRESS:
            raise ValidationError(f"An address may have at most {LONGEST_ADDRESS} characters.")
        cleaned: str = super().clean_email(email)
        return cleaned

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Store the person and their organization together or not at all."""
        with transaction.atomic():
            saved: User = super().save_user(request, user, form, commit)
            if commit:
                create_person_organization(person=saved)
        return saved

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead whoever came with an invitation back to it."""
        if "invitation" in request.session:
            return reverse("organizations:invitation")
        url: str = super().get_login_redirect_url(request)
        return url

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Lead there after signing up as well."""
        return self.get_login_redirect_url(request)
