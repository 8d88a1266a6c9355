"""Every change to people and organizations. Callers have asked access.py first."""

from accounts.services.organizations import create_person_organization
from accounts.services.usage import change_plan, record_usage

__all__ = ["change_plan", "create_person_organization", "record_usage"]
