"""The port to whoever takes the money. Without one, an operator sets plans in the admin."""

from functools import cache
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Organization, User
from accounts.plans import Plan


class BillingProvider(Protocol):
    """What the product needs of a provider. It reports back by accounts.services.change_plan."""

    @property
    def sells(self) -> bool:
        """Whether plans can be bought here; without, the two addresses are never asked for."""

    def checkout_url(self, *, organization: Organization, plan: Plan, person: User) -> str:
        """Return where a person pays for a plan."""

    def portal_url(self, *, organization: Organization, person: User) -> str:
        """Return where cards and invoices are."""

    def close(self, *, organization: Organization) -> None:
        """End the subscription of an organization that is being deleted."""


class NullBilling:
    """Sells nothing: for those who host the product themselves."""

    sells = False

    def checkout_url(self, *, organization: Organization, plan: Plan, person: User) -> str:
        """Never called."""
        raise NotImplementedError

    def portal_url(self, *, organization: Organization, person: User) -> str:
        """Never called."""
        raise NotImplementedError

    def close(self, *, organization: Organization) -> None:
        """There is nothing to end."""


@cache
def billing() -> BillingProvider:
    """Return the provider that BILLING_PROVIDER names. Raises ImportError for none."""
    return cast(BillingProvider, import_string(settings.BILLING_PROVIDER)())
