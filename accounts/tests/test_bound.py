"""Whatever is bound to projects has no rights over their organization."""

import pytest

from accounts.principal import Principal
from accounts.roles import PROJECT_SCOPES, SCOPE_WORDS, SCOPES


@pytest.mark.parametrize("bound", [frozenset(), frozenset({1})])
def test_a_bound_principal_keeps_only_what_can_be_done_in_a_project(cast, bound):
    """Even if its scopes say more."""
    scopes = frozenset({"team:write", "stats:read"})
    for who in ({"organization_id": cast.organization.pk}, {"user": cast.owner}):
        principal = Principal(scopes=scopes, project_ids=bound, **who)
        assert [right.value for right in principal.permissions(cast.organization)] == [
            "see_numbers"
        ]


def test_scopes_of_the_team_are_no_scopes_of_a_project():
    """All others are."""
    assert set(SCOPES) - set(PROJECT_SCOPES) == {"team:read", "team:write"}


def test_every_scope_has_plain_words():
    """In the order of the table."""
    assert tuple(SCOPE_WORDS) == SCOPES
