"""The country of an address, from tables inside a package."""

import iptocc

from analytics_saas.client_ip import Address


def country_of(address: Address) -> str:
    """Return an ISO 3166-1 code of two letters, '' when unknown."""
    return iptocc.country_code(str(address)) or ""
