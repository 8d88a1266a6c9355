"""Where an address is: from a trusted CDN's headers, an operator's file, or tables in a package."""

import re
from functools import lru_cache
from ipaddress import IPv4Address
from socket import inet_ntoa
from typing import Any, NamedTuple

import iptocc
import pycountry

from analytics_saas.client_ip import Address
from analytics_saas.env import env
from collector.enrich.mmdb import Mmdb
from collector.hit import Fields, Hit

COUNTRY = re.compile(r"[A-Z]{2}")
REGION = re.compile(r"[A-Z0-9]{1,3}")
# What CDNs say for an unknown place and for Tor.
NOWHERE = {"XX", "T1", "ZZ"}

_file = Mmdb(env.geoip_path) if env.geoip_path else None


class Place(NamedTuple):
    """Country ISO 3166-1, region ISO 3166-2, city by GeoNames id; '' and 0 when unknown."""

    country: str
    region: str = ""
    city: int = 0


def locate(hit: Hit, _: Fields) -> Fields:
    """Tell where the visitor is. Nothing is remembered by address."""
    country, region, city = place_of(hit, _file)
    return {"country": country, "region": region, "city": city}


def place_of(hit: Hit, file: Mmdb | None) -> Place:
    """Ask the headers first: they come from whoever saw the visitor; then the file, then tables."""
    if hit.through_proxy and (told := _told(hit)):
        return told
    if file and (place := read_place(file.find(hit.address))).country:
        return place
    return Place(country_of(hit.address))


def country_of(address: Address) -> str:
    """Return the country to which the address was given out, '' when unknown."""
    text = inet_ntoa(address.packed) if isinstance(address, IPv4Address) else str(address)
    return iptocc.country_code(text) or ""


def _told(hit: Hit) -> Place | None:
    """Read the headers that the operator named; only a trusted proxy's are looked at."""
    country = _code(hit, env.geo_country_header, COUNTRY)
    if not country or country in NOWHERE:
        return None
    region = _code(hit, env.geo_region_header, REGION)
    return Place(country, f"{country}-{region}" if region else "")


def _code(hit: Hit, header: str, shape: re.Pattern[str]) -> str:
    if not header:
        return ""
    text = hit.headers.get(header.encode(), b"").decode("latin-1").strip().upper()
    return text if shape.fullmatch(text) else ""


def read_place(record: dict[str, Any]) -> Place:
    """Read a record of MaxMind's shape, or a flat one with `country_code` and `state1`."""
    if "country_code" in record:
        country = _text(record["country_code"])
        return Place(country, region_named(country, _text(record.get("state1"))))
    country = _text(_part(record, "country").get("iso_code"))
    levels = record.get("subdivisions")
    level = levels[0] if isinstance(levels, list) and levels else {}
    code = _text(level.get("iso_code"))
    names = _part(level, "names")
    region = f"{country}-{code}" if code else region_named(country, _text(names.get("en")))
    city = _part(record, "city").get("geoname_id")
    return Place(country, region, city if isinstance(city, int) else 0)


@lru_cache(5_000)
def region_named(country: str, name: str) -> str:
    """Return the ISO 3166-2 code of a region that a file knows by its English name only."""
    regions = (region for region in pycountry.subdivisions if region.country_code == country)
    return next((one.code for one in regions if one.name.lower() == name.lower()), "")


def _part(record: dict[str, Any], name: str) -> dict[str, Any]:
    part = record.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
