"""docs/organizations.md says what the code does."""

from accounts.plans import PLANS
from accounts.roles import ROLE_PERMISSIONS, Permission, Role
from accounts.services.invitations import GOOD_FOR, MOST_MAILS
from analytics_saas.env import BASE_DIR

TEXT = (BASE_DIR / "docs" / "organizations.md").read_text()


def rows(header: str) -> list[list[str]]:
    """The cells of the table that begins with a header."""
    lines = TEXT[TEXT.index(f"| {header} |") :].partition("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_of_roles_is_the_code_s():
    """Every right and every role, in both directions."""
    header, _, *table = rows("right")
    assert header[1:] == Role.values
    told = {row[0].strip("`"): set(row_roles(header, row)) for row in table}
    real = {
        right.value: {role for role in Role.values if right in ROLE_PERMISSIONS[role]}
        for right in Permission
    }
    assert told == real


def row_roles(header: list[str], row: list[str]) -> list[str]:
    """The roles that a row says yes for."""
    return [role for role, says in zip(header[1:], row[1:], strict=True) if says == "yes"]


def test_the_table_of_plans_is_the_code_s():
    """Every number and every price."""
    told = rows("plan")[2:]
    assert told == [
        [
            plan.name,
            f"{plan.events:,}",
            f"{plan.projects}",
            f"{plan.members}",
            f"{plan.retention_months}",
            plan.price,
        ]
        for plan in PLANS.values()
    ]


def test_what_is_said_of_invitations_holds():
    """Hours and mails a day."""
    assert f"good for {GOOD_FOR.total_seconds() / 3600:.0f} hours" in TEXT
    assert f"{MOST_MAILS} mails a day" in TEXT
