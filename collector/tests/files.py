"""Small MMDB files, written for a test."""

from mmdb_writer import MMDBWriter
from netaddr import IPSet


def write_mmdb(path, records):
    """Write records by network."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True)
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return path


def city(country, city_id=0, **subdivision):
    """A record as MaxMind and DB-IP shape it."""
    found = {"country": {"iso_code": country}, "city": {"names": {"en": "Anytown"}}}
    if city_id:
        found["city"]["geoname_id"] = city_id
    return found | ({"subdivisions": [subdivision]} if subdivision else {})
