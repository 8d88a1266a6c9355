"""What people, browsers and providers call things is text on every page and in every mail."""

from html.parser import HTMLParser

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.urls import reverse

from accounts.mail import compose
from accounts.models import Membership, Organization, Role
from accounts.tests.doors.conftest import PASSWORD, log_in, new_client
from accounts.tests.doors.test_mails import CONTEXT, ours

pytestmark = pytest.mark.django_db

MARK = "xss7"
CORPUS = [
    f"<script>{MARK}()</script>",
    f"</script><script>{MARK}()</script>",
    f"<img src=x onerror={MARK}()>",
    f"\"><svg onload={MARK}()>",
    f"' onmouseover='{MARK}()",
    f"\" autofocus onfocus=\"{MARK}()",
    f"</title><script>{MARK}()</script>",
    f"</textarea><script>{MARK}()</script>",
    f"<!--<script>{MARK}()</script>-->",
    f"javascript:{MARK}()",
    f"{{{{ {MARK} }}}}{{% {MARK} %}}",
    f"&lt;script&gt;{MARK}()&lt;/script&gt;",
    f"<a href=javascript:{MARK}()>x</a>",
    f"<style>@import '{MARK}'</style>",
    f"<iframe srcdoc='<script>{MARK}()</script>'>",
    f"\u2028<script>{MARK}()</script>",
    f"<scr\x0bipt>{MARK}()</scr\x0bipt>",
    f"<{MARK}>",
    f"<p {MARK}=1>",
    f"`;{MARK}();`",
]  # fmt: skip
PAGES = [
    "account_overview", "account_email", "account_change_password", "account_delete", "mfa_index",
    "mfa_list_webauthn", "usersessions_list", "socialaccount_connections", "projects:list",
]  # fmt: skip
# Pages that show such names.
NAMING = {"account_delete", "mfa_list_webauthn", "usersessions_list", "socialaccount_connections"}


class Reader(HTMLParser):
    """Reads a page as a browser does and keeps what would run."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.dangers, self.inside, self.text = [], "", ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        """Names that carry the mark, handlers and script addresses."""
        self.inside = tag
        for name, value in attrs:
            runs = name.startswith("on") or name in ("srcdoc", "style")
            leads = (value or "").strip().lower().startswith("javascript:") and name != "value"
            if MARK in name or runs or (MARK in (value or "") and leads):
                self.dangers.append((tag, name, value))
        if MARK in tag:
            self.dangers.append(tag)

    def handle_data(self, data):
        """Text that a script or a style holds."""
        self.text += data
        if MARK in data and self.inside in ("script", "style"):
            self.dangers.append((self.inside, data))

    def handle_endtag(self, tag):
        """Back in plain text."""
        self.inside = ""

    def handle_comment(self, data):
        """A comment that somebody else opened hides what follows."""
        if MARK in data:
            self.dangers.append(("comment", data))


def dangers(page):
    """What of the corpus would do something on a page."""
    return Reader(page).dangers


def test_the_reader_finds_each_danger():
    """A test that could not fail would prove nothing."""
    live = [one for one in CORPUS if "<" in one and "&lt;" not in one]
    assert all(dangers(f"<p>{one}</p>") for one in live if "\x0b" not in one)
    assert dangers(f'<a href="javascript:{MARK}()">x</a>')
    assert dangers(f'<input value="{CORPUS[5]}">')


@pytest.fixture
def called(owner, settings):
    """The owner's organizations, passkeys, accounts elsewhere and sessions have bad names."""
    settings.SOCIALACCOUNT_PROVIDERS = {"github": {"APP": {"client_id": "c", "secret": "s"}}}
    client = new_client()
    log_in(client, owner)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    for number, text in enumerate(CORPUS):
        organization = Organization.objects.create(name=text)
        Membership.objects.create(organization=organization, user=owner, role=Role.OWNER)
        key = {"name": text, "credential": {}}
        Authenticator.objects.create(user=owner, type="webauthn", data=key)
        names = {"login": text, "name": text}
        SocialAccount.objects.create(user=owner, provider="github", uid=text, extra_data=names)
        other = new_client()
        other.force_login(owner)
        session = {"ip": f"192.0.2.{number}", "session_key": other.session.session_key}
        UserSession.objects.create(user=owner, user_agent=text, **session)
    return client


def test_no_page_of_an_account_runs_what_somebody_named(called):
    """Browser, passkey, provider's account, organization: shown as they were typed."""
    for name in PAGES:
        answer = called.get(reverse(name))
        assert answer.status_code == 200, name
        page = Reader(answer.content.decode())
        assert page.dangers == [], name
        wanted = len(CORPUS) if name in NAMING else 0
        assert page.text.count(MARK) >= wanted, name


def test_the_page_that_refuses_the_last_owner_names_organizations_as_text(owner, teammate, called):
    """They were named by others."""
    for organization in Organization.objects.exclude(members=teammate):
        Membership.objects.create(organization=organization, user=teammate, role=Role.VIEWER)
    answer = called.post(reverse("account_delete"), {"address": owner.email})
    page = Reader(answer.content.decode())
    assert answer.status_code == 409
    assert page.dangers == [] and page.text.count(MARK) >= len(CORPUS)


@pytest.mark.parametrize("text", CORPUS)
def test_no_page_before_the_log_in_runs_what_is_typed(text):
    """Forms give back what was typed, and `next`, as text."""
    names = [
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_request_login_code",
    ]
    for name in names:
        client = new_client()
        fields = dict.fromkeys(("login", "email", "password", "password1", "next", "code"), text)
        for answer in (
            client.post(reverse(name), fields),
            client.get(reverse(name), {"next": text, "email": text}),
        ):
            assert dangers(answer.content.decode()) == [], name
    errors = {"error": text, "error_description": text}
    for name in ("socialaccount_login_error", "socialaccount_login_cancelled"):
        assert dangers(new_client().get(reverse(name), errors).content.decode()) == []


@pytest.mark.parametrize("text", CORPUS)
def test_no_mail_runs_what_somebody_named(text):
    """Every mail, with the corpus in every value."""
    for name in ours():
        mail = compose(name, f"{text}@example.com", dict.fromkeys(CONTEXT, text))
        assert dangers(mail.alternatives[0][0].split("</style>", 1)[1]) == [], name
        assert "\n" not in mail.subject
