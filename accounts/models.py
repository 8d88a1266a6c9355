"""People, organizations, who belongs to which in what role, and what acts on their behalf."""

import secrets
import string
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone

from accounts.details import details_text
from accounts.roles import Role

__all__ = [
    "ApiToken", "AuditEntry", "Invitation", "Membership", "OAuthGrant", "Organization",
    "OutgoingMail", "Role", "SpentRefreshToken", "Usage", "User",
]  # fmt: skip

BASE62 = string.ascii_letters + string.digits


def new_public_id(prefix: str) -> str:
    """Return a prefix, `_` and 12 random base62 characters (71 bits)."""
    return f"{prefix}_" + "".join(secrets.choice(BASE62) for _ in range(12))


def new_person_id() -> str:
    """Return the public id of a person: what apps and tokens call them."""
    return new_public_id("u")


def new_organization_id() -> str:
    """Return the public id of an organization."""
    return new_public_id("o")


def new_member_id() -> str:
    """Return the public id of a membership."""
    return new_public_id("m")


def new_invitation_id() -> str:
    """Return the public id of an invitation, which is not its secret."""
    return new_public_id("i")


def new_token_id() -> str:
    """Return the public id of an API token, which is not its secret."""
    return new_public_id("t")


def new_grant_id() -> str:
    """Return the public id of what a person let an app do."""
    return new_public_id("c")


class People(BaseUserManager["User"]):
    """Makes users, whose name is their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person; without a password nobody can log in as them."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an operator of the whole service."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who can log in."""

    # Told to apps and in tokens: the key of a row would tell how many people there are.
    public_id = models.CharField(max_length=14, unique=True, default=new_person_id, editable=False)
    email = models.EmailField("e-mail address", unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    # How many invitations they had mailed on their last day (UTC) of inviting, in whatever
    # organization: one that is deleted takes its log along, but not this.
    invited_on = models.DateField(null=True, editable=False)
    invited_count = models.PositiveSmallIntegerField(default=0, editable=False)

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        """The address, which is the name."""
        return self.email


class Organization(models.Model):
    """Who owns projects and pays."""

    public_id = models.CharField(
        max_length=14, unique=True, default=new_organization_id, editable=False
    )
    name = models.CharField(max_length=120)
    plan = models.CharField(max_length=20, default="free")
    requires_two_factor = models.BooleanField(default=False)
    # Set by accounts/services/quota.py alone: the collector drops what comes.
    over_quota = models.BooleanField(default=False, editable=False)
    # Set by change_plan alone: how long a larger plan kept numbers, and until when that holds.
    kept_months = models.PositiveSmallIntegerField(default=0, editable=False)
    kept_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(User, through="Membership", related_name="organizations")

    def __str__(self) -> str:
        """The name its members gave it."""
        return self.name


class Membership(models.Model):
    """One person in one organization."""

    public_id = models.CharField(max_length=14, unique=True, default=new_member_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """A person belongs to an organization once."""

        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="one_membership_each")
        ]

    def __str__(self) -> str:
        """Who, where and as what."""
        return f"{self.user} in {self.organization} as {self.role}"


class Invitation(models.Model):
    """An offer by mail to join; good for 48 hours and once. Only a hash of its secret is kept."""

    public_id = models.CharField(
        max_length=14, unique=True, default=new_invitation_id, editable=False
    )
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role.choices)
    secret_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        """One open offer per address and organization: a resend replaces the secret."""

        constraints = [
            models.UniqueConstraint(fields=["organization", "email"], name="one_invitation_each")
        ]

    def __str__(self) -> str:
        """Whom it was sent to."""
        return f"{self.email} to {self.organization} as {self.role}"


class ApiToken(models.Model):
    """A secret that acts for an organization within its scopes. Only a hash of it is kept."""

    public_id = models.CharField(max_length=14, unique=True, default=new_token_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="tokens")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    # False: all projects of the organization. True: those that name this token, even if none.
    is_bound = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Its name and first characters."""
        return f"{self.name} ({self.prefix}…)"


class OAuthGrant(models.Model):
    """What a person let an app do with chosen projects: the family of all its tokens.

    The tokens themselves are rows of allauth's that name this grant in their `data`.
    """

    public_id = models.CharField(max_length=14, unique=True, default=new_grant_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="oauth_grants")
    client = models.ForeignKey("allauth_idp_oidc.Client", models.CASCADE, related_name="+")
    scopes = models.JSONField(default=list)
    project_ids = models.JSONField(default=list)
    # Of the code that the app trades for its first tokens, once.
    code_hash = models.CharField(max_length=64, unique=True)
    code_used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_on = models.DateField(null=True)

    def __str__(self) -> str:
        """Whom it lets do what."""
        return f"{self.client.name} for {self.user}"


class SpentRefreshToken(models.Model):
    """A refresh token that was traded for the next one; to see it again means it was stolen."""

    grant = models.ForeignKey(OAuthGrant, models.CASCADE, related_name="spent_tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    spent_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        """Whose it was."""
        return f"spent by {self.grant}"


class AuditEntry(models.Model):
    """One line of an organization's log: who did what, when, from about where."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="audit_entries")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    # The address stays readable when the person is gone.
    actor = models.CharField(max_length=254)
    action = models.CharField(max_length=40)
    target = models.CharField(max_length=254, blank=True)
    detail = models.JSONField(default=dict)
    # IPv4 /24 or IPv6 /48.
    network = models.CharField(max_length=45, blank=True)

    class Meta:
        """More than one are entries."""

        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        """Who did what."""
        return f"{self.actor} {self.action} {self.target}"

    @property
    def detail_text(self) -> str:
        """What changed, for people to read."""
        return details_text(self.action, self.detail)


class OutgoingMail(models.Model):
    """A mail until the server has taken it, and for a while after without its words."""

    recipients = models.JSONField()
    sender = models.CharField(max_length=320)
    subject = models.CharField(max_length=998)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    # The same at each try, so that a mail that arrives twice is known as one.
    message_id = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    next_try_at = models.DateTimeField(db_index=True)
    tried_at = models.DateTimeField(null=True)
    good_until = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        """What it is about and for whom."""
        return f"{self.subject} to {', '.join(self.recipients)}"


class Usage(models.Model):
    """Events that an organization sent in one calendar month (UTC)."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="usage")
    month = models.DateField()
    events = models.PositiveBigIntegerField(default=0)
    warned_percent = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """One row per organization and month."""

        constraints = [
            models.UniqueConstraint(fields=["organization", "month"], name="one_usage_each")
        ]

    def __str__(self) -> str:
        """How much, where and when."""
        return f"{self.events} events of {self.organization} in {self.month:%Y-%m}"
