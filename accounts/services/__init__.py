"""Every change to people and organizations. Callers have asked access.py first."""

from accounts.services.erasure import erase_person, plan_erasure
from accounts.services.organizations import create_person_organization
from accounts.services.people import confirm_address, end_sessions
from accounts.services.usage import change_plan, record_usage

__all__ = [
    "change_plan",
    "confirm_address",
    "create_person_organization",
    "end_sessions",
    "erase_person",
    "plan_erasure",
    "record_usage",
]
