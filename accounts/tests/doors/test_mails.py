"""Every mail has our words, as text and as HTML, in one layout each."""

import re
from pathlib import Path

import allauth
import pytest
from django.template.loader import get_template
from django.utils import timezone

from accounts.mail import compose
from analytics_saas.env import BASE_DIR, env

SHIPPED = Path(allauth.__file__).parent / "templates"
# We mail codes, not links, and have no phones.
UNUSED = {f"account/email/{name}" for name in ("password_reset_key", "email_confirm", "base")}
CONTEXT = {
    "code": "BCDF-GHJK", "timestamp": timezone.now(), "ip": "192.0.2.1", "provider": "GitHub",
    "user_agent": "Firefox", "from_email": "a@example.com", "to_email": "b@example.com",
    "deleted_email": "c@example.com",
}  # fmt: skip


def shipped():
    """Every mail that allauth can send."""
    names = {
        str(path.relative_to(SHIPPED)).removesuffix("_message.txt")
        for path in SHIPPED.rglob("email/*_message.txt")
    }
    return sorted(names - UNUSED)


def ours():
    """Every mail that we wrote."""
    folders = [BASE_DIR / "templates" / name for name in ("account", "mfa", "socialaccount")]
    found = [path for folder in folders for path in (folder / "email").glob("*.html")]
    return sorted(str(path.relative_to(BASE_DIR / "templates")) for path in found)


@pytest.mark.parametrize("name", shipped())
def test_each_mail_of_allauth_is_in_our_words(name):
    """A new one fails here until it is written."""
    origin = get_template(f"{name}.html").origin.name
    assert origin.startswith(str(BASE_DIR / "templates"))


@pytest.mark.parametrize("name", ours())
def test_each_mail_is_text_and_html_with_a_subject(name):
    """Links lead to WEB_ORIGIN, and every word of the text is in the HTML."""
    mail = compose(name, "somebody@example.com", CONTEXT)
    [(html, kind)] = mail.alternatives
    assert kind == "text/html" and html.startswith("<!doctype html>")
    assert mail.subject and "\n" not in mail.subject
    assert "<" not in mail.body and "{" not in mail.body
    paragraphs = [part for part in mail.body.split("\n") if part and "http" not in part]
    bare = re.sub(r"<[^>]+>", "", html).replace("&#x27;", "'")
    assert [part for part in paragraphs if part != "--" and part.strip() not in bare] == []
    for address in re.findall(r"https?://\S+", mail.body) + re.findall(r'href="([^"]+)"', html):
        assert address.startswith(env.web_origin)


def test_a_line_break_in_a_name_does_not_make_a_header():
    """A subject is one line whatever stands in it."""
    context = CONTEXT | {"provider": "Git\nBcc: everybody@example.com"}
    mail = compose("socialaccount/email/account_connected.html", "a@example.com", context)
    assert "Bcc" not in mail.message()
