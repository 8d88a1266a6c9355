"""What an organization's plan allows of its projects."""

from accounts.models import Organization

USUAL_MONTHS = 24


class LimitReached(Exception):
    """A plan does not allow this; `field` is the setting, the text names limit and fix."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def most_months(organization: Organization) -> int:
    """Return how many months of numbers the plan keeps."""
    return 60


def usual_months(organization: Organization) -> int:
    """Return the months of a new project."""
    return min(USUAL_MONTHS, most_months(organization))


def require_months(organization: Organization, months: int) -> None:
    """Raise LimitReached when the plan keeps fewer months."""
    most = most_months(organization)
    if months > most:
        message = f"Your plan keeps numbers for at most {most} months: choose fewer, or more plan."
        raise LimitReached(message, "retention_months")


def require_room(organization: Organization) -> None:
    """Raise LimitReached when the organization has all the projects that its plan allows."""
