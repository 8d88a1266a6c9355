"""The country of an address, from tables inside a package."""

import iptocc

from collector.hit import Fields, Hit


def locate(hit: Hit, _: Fields) -> Fields:
    """Tell where the address is: an ISO 3166-1 code of two letters, '' when unknown."""
    return {"country": iptocc.country_code(str(hit.address)) or "", "region": "", "city": 0}
