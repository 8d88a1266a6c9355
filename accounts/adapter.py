"""Where allauth asks us: who asks from where, where one may be led, how a mail leaves."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import mail
from accounts.doors import proof
from accounts.models import User
from accounts.services import create_person_organization
from analytics_saas.address import address_of
from analytics_saas.env import env

# What mail itself allows (RFC 5321), and User.email holds.
LONGEST_ADDRESS = 254


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth is untyped
    """Our answers to allauth's questions."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The address or the password is not correct.",
        "too_many_login_attempts": "Too many tries. Wait five minutes and try again.",
        "incorrect_code": "This is not the code that we sent. Look at the newest mail.",
        "incorrect_password": "This is not your password.",
        "rate_limited": "That was too often. Wait a moment and try again.",
    }

    def clean_email(self, email: str) -> str:
        """Refuse an address that the column cannot hold."""
        if len(email) > LONGEST_ADDRESS:
            raise ValidationError(f"An address may have at most {LONGEST_ADDRESS} characters.")
        cleaned: str = super().clean_email(email)
        return cleaned

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Take an address as proven by its code, typed where its account was made or logged in."""
        setattr(email_address, proof.OWN, True)
        confirmed: bool = super().confirm_email(request, email_address)
        return confirmed

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

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that every limit and every list of sessions goes by."""
        address = address_of(request)
        if address is None:
            raise PermissionDenied
        return str(address)

    def is_safe_url(self, url: str | None) -> bool:
        """Tell whether `next` stays on this service: a path, or our own origin."""
        origin = urlsplit(env.web_origin)
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={origin.netloc}, require_https=origin.scheme == "https"
        )

    def is_ajax(self, request: HttpRequest) -> bool:
        """Answer pages only; but a passkey is asked for by the script of the log-in page."""
        return request.method == "GET" and request.path == reverse("mfa_login_webauthn")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # By account alone: allauth adds the Host header, which the attacker chooses.
        return str(credentials.get("email") or "").lower()

    def render_mail(
        self,
        template_prefix: str,
        email: str,
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Return a mail in the product's one layout."""
        return mail.compose(f"{template_prefix}.html", email, context)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue a mail; in development the page that asks for its code shows it too."""
        message = self.render_mail(template_prefix, email, context)
        message.send()
        if settings.MAIL_IS_SHOWN and self.request is not None:
            self.request.session["development_mail"] = str(message.body)
