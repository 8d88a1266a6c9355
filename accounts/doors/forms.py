"""allauth's forms, with a limit on guessing that parallel requests cannot get around."""

import hashlib
from typing import Any

from allauth.account import forms as allauth
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.socialaccount.forms import SignupForm as SocialSignupForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

LABELS = {"login": "E-mail address", "email": "E-mail address", "password2": "New password again"}
# As often as allauth allows one after another; it counts in the session, where all read at once.
GUESSES = {"guess_code": "3/15m/key"}


class _Plain:
    """Labels in plain words, and no placeholders that repeat them."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = LABELS.get(name, str(field.label).capitalize())
            if name == "password1":
                field.help_text = "10 characters or more. A few words are best."


class LoginForm(_Plain, allauth.LoginForm):  # type: ignore[misc] # allauth is untyped
    """Address and password."""


class SignupForm(_Plain, allauth.SignupForm):  # type: ignore[misc]
    """Address and password of a new person."""

    def try_save(self, request: HttpRequest) -> Any:
        """Take as long for a known address as for a new one."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class ProviderSignupForm(_Plain, SocialSignupForm):  # type: ignore[misc]
    """The address that a provider did not tell."""


class AskForLoginCodeForm(_Plain, allauth.RequestLoginCodeForm):  # type: ignore[misc]
    """Whom to mail a code that lets in."""


class AskForResetCodeForm(_Plain, allauth.ResetPasswordForm):  # type: ignore[misc]
    """Whom to mail a code that allows a new password."""


class NewAddressForm(_Plain, allauth.AddEmailForm):  # type: ignore[misc]
    """The address to change to."""


class ChangePasswordForm(_Plain, allauth.ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one."""


class FirstPasswordForm(_Plain, allauth.SetPasswordForm):  # type: ignore[misc]
    """A password for somebody who came in another way."""


class ResetPasswordForm(_Plain, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    """A password in place of a forgotten one."""


class IsItYouForm(_Plain, allauth.ReauthenticateForm):  # type: ignore[misc]
    """The password again, before something dangerous."""


class _CodeForm(_Plain, allauth.BaseConfirmCodeForm):  # type: ignore[misc]
    """A code from a mail; counted before it is compared, in one step, by session and code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"autocapitalize": "characters", "spellcheck": "false"}

    def clean_code(self) -> str:
        request = context.request
        secret = f"{request.session.session_key}:{self.expected_code}"
        key = hashlib.sha256(secret.encode()).hexdigest()
        if not ratelimit.consume(
            request, app="accounts", action="guess_code", config=GUESSES, key=key
        ):
            raise self._too_many()
        return str(super().clean_code())

    @staticmethod
    def _too_many() -> Exception:
        error: Exception = get_adapter().validation_error("too_many_login_attempts")
        return error


class LoginCodeForm(_CodeForm, allauth.ConfirmLoginCodeForm):  # type: ignore[misc]
    """The code that lets a person in without a password."""


class AddressCodeForm(_CodeForm, allauth.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    """The code that proves an address."""


class ResetCodeForm(_CodeForm, allauth.ConfirmPasswordResetCodeForm):  # type: ignore[misc]
    """The code that allows a new password."""


class PasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey and its name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alone = self.fields["passwordless"]
        alone.label, alone.initial = "Log in with this passkey alone", True
        alone.help_text = "It then asks for a fingerprint, a face or a PIN, and no password."


class DeletionForm(forms.Form):
    """A person types their own address, so that nobody deletes an account by a slip."""

    address = forms.EmailField(label="Your e-mail address")

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._address = address

    def clean_address(self) -> str:
        """Return the address if it is theirs."""
        typed: str = self.cleaned_data["address"]
        if typed.casefold() != self._address.casefold():
            raise forms.ValidationError(f"This is not your address. Type {self._address}.")
        return typed
