"""What each role and each scope allows: the one table of rights that every wall stands on. Pure."""

from enum import StrEnum

from django.db.models import TextChoices


class Role(TextChoices):
    """What a member is in an organization."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"
    BILLING = "billing"


class Permission(StrEnum):
    """One thing that may be done."""

    SEE_NUMBERS = "see_numbers"
    EXPORT = "export"
    SEE_PROJECTS = "see_projects"
    EDIT_REPORTS = "edit_reports"  # goals, segments
    EDIT_PROJECTS = "edit_projects"  # create, settings, rules, shared links, reset, delete
    SEE_TEAM = "see_team"
    MANAGE_TEAM = "manage_team"  # invite, remove, change roles
    MANAGE_TOKENS = "manage_tokens"
    SEE_AUDIT = "see_audit"
    SEE_USAGE = "see_usage"
    MANAGE_BILLING = "manage_billing"
    OWN = "own"  # rename, force two-factor, transfer, delete the organization
    SEND_EVENTS = "send_events"


_MEMBER = {Permission.SEE_PROJECTS, Permission.SEE_TEAM}
_VIEWER = _MEMBER | {Permission.SEE_NUMBERS}
_EDITOR = _VIEWER | {Permission.EXPORT, Permission.EDIT_REPORTS}
_ADMIN = _EDITOR | {
    Permission.EDIT_PROJECTS,
    Permission.MANAGE_TEAM,
    Permission.MANAGE_TOKENS,
    Permission.SEE_AUDIT,
    Permission.SEE_USAGE,
}
_BILLING = _MEMBER | {Permission.SEE_USAGE, Permission.MANAGE_BILLING}
_OWNER = _ADMIN | _BILLING | {Permission.OWN}

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.VIEWER: frozenset(_VIEWER),
    Role.EDITOR: frozenset(_EDITOR),
    Role.ADMIN: frozenset(_ADMIN),
    Role.BILLING: frozenset(_BILLING),
    Role.OWNER: frozenset(_OWNER),
}
# Whom a member with MANAGE_TEAM may invite, change and remove: nobody above themselves.
MANAGED_ROLES: dict[str, frozenset[str]] = {
    Role.ADMIN: frozenset({Role.ADMIN, Role.EDITOR, Role.VIEWER, Role.BILLING}),
    Role.OWNER: frozenset(Role.values),
}

# What a token or an OAuth client may be given; it never reaches beyond these.
SCOPE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "stats:read": frozenset({Permission.SEE_NUMBERS}),
    "export:read": frozenset({Permission.EXPORT}),
    "events:write": frozenset({Permission.SEND_EVENTS}),
    "projects:read": frozenset({Permission.SEE_PROJECTS}),
    "projects:write": frozenset(
        {Permission.SEE_PROJECTS, Permission.EDIT_PROJECTS, Permission.EDIT_REPORTS}
    ),
    "team:read": frozenset({Permission.SEE_TEAM}),
    "team:write": frozenset({Permission.SEE_TEAM, Permission.MANAGE_TEAM}),
}
SCOPES = tuple(SCOPE_PERMISSIONS)
# What can be done inside one project. Whatever is bound to projects never reaches beyond these.
PROJECT_PERMISSIONS = frozenset(
    {
        Permission.SEE_NUMBERS,
        Permission.EXPORT,
        Permission.SEE_PROJECTS,
        Permission.EDIT_REPORTS,
        Permission.EDIT_PROJECTS,
        Permission.SEND_EVENTS,
    }
)
PROJECT_SCOPES = tuple(
    scope for scope, allowed in SCOPE_PERMISSIONS.items() if allowed <= PROJECT_PERMISSIONS
)
# The same in plain words, for every page on which a person hands out rights.
SCOPE_WORDS = {
    "stats:read": "Read numbers",
    "export:read": "Export numbers",
    "events:write": "Send events",
    "projects:read": "Read projects and their settings",
    "projects:write": "Change projects, goals and segments",
    "team:read": "See who is in the team",
    "team:write": "Invite, change and remove members",
}


def permissions_of_scopes(scopes: frozenset[str]) -> frozenset[Permission]:
    """Return what some scopes allow together; an unknown scope allows nothing."""
    return frozenset().union(*(SCOPE_PERMISSIONS.get(scope, frozenset()) for scope in scopes))
