"""Every page that allauth can show is in our own look."""

from pathlib import Path

import allauth
import pytest
from django.template.loader import get_template

from analytics_saas.env import BASE_DIR

SHIPPED = Path(allauth.__file__).parent / "templates"
# Frames and pieces of allauth's own pages, which ours do not use.
PIECES = ("base", "snippets/")
# For what is switched off: phones, links by mail, trusted browsers, sign-up by passkey.
OFF = {
    "account/confirm_phone_verification_code.html", "account/phone_change.html",
    "account/email.html", "account/signup_by_passkey.html", "mfa/trust.html",
    "mfa/webauthn/signup_form.html",
}  # fmt: skip


def shown():
    """Every page of the parts of allauth that are installed."""
    for part in ("account", "mfa", "socialaccount", "usersessions"):
        for path in (SHIPPED / part).rglob("*.html"):
            name = str(path.relative_to(SHIPPED))
            if not any(piece in name.split("/", 1)[1] for piece in PIECES):
                yield name


@pytest.mark.parametrize("name", sorted(set(shown()) - OFF))
def test_each_page_of_allauth_is_ours(name):
    """A page that a new release brings fails here until it is written."""
    template = get_template(name)
    assert template.origin.name.startswith(str(BASE_DIR / "templates"))
    source = Path(template.origin.name).read_text()
    assert "style=" not in source and "<script>" not in source and "onclick" not in source
