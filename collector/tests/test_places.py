"""Places and networks from an operator's files, from a CDN's headers, and from neither."""

import os
from dataclasses import replace
from ipaddress import ip_address

import pytest

from analytics_saas.env import env, read_env
from collector.enrich import geo, hosting
from collector.enrich.geo import Place, place_of, read_place, region_named
from collector.enrich.hosting import is_hosted, network_number
from collector.enrich.mmdb import Mmdb
from collector.tests.files import city, write_mmdb
from collector.tests.hits import hit

HERE = ip_address("198.51.100.7")


@pytest.mark.parametrize(
    ("record", "place"),
    [
        (city("DE", 2_950_159, iso_code="BE"), Place("DE", "DE-BE", 2_950_159)),
        (city("US", names={"en": "California"}), Place("US", "US-CA", 0)),
        (city("US", names={"en": "Atlantis"}), Place("US", "", 0)),
        (city("DE"), Place("DE", "", 0)),
        ({"country_code": "FR", "state1": "Bretagne", "city": "Rennes"}, Place("FR", "FR-BRE", 0)),
        ({"country_code": "FR"}, Place("FR", "", 0)),
        ({}, Place("")),
        ({"country": "DE", "city": [1], "subdivisions": {}}, Place("")),
        ({"country": {"iso_code": 7}, "city": {"geoname_id": "x"}}, Place("")),
    ],
)
def test_a_record_of_any_shape_is_read(record, place):
    """What is not there or not what it should be is left out."""
    assert read_place(record) == place


def test_a_region_without_a_name_has_no_code():
    """Nor does one of an unknown country."""
    assert region_named("DE", "") == region_named("", "Berlin") == ""


def test_a_file_is_opened_anew_when_it_changes(tmp_path):
    """Within the time after which it is looked at; here at once."""
    path = write_mmdb(tmp_path / "a.mmdb", {"198.51.100.0/24": city("DE")})
    file = Mmdb(path, look_seconds=0)
    assert read_place(file.find(HERE)).country == "DE"
    os.replace(write_mmdb(tmp_path / "b.mmdb", {"198.51.100.0/24": city("FR")}), path)
    assert read_place(file.find(HERE)).country == "FR"


def test_a_broken_file_leaves_the_last_one_in_use(tmp_path, caplog):
    """And is said once."""
    path = write_mmdb(tmp_path / "a.mmdb", {"198.51.100.0/24": city("DE")})
    file = Mmdb(path, look_seconds=0)
    file.find(HERE)
    (tmp_path / "b.mmdb").write_bytes(b"not a database")
    os.replace(tmp_path / "b.mmdb", path)
    for _ in range(3):
        assert read_place(file.find(HERE)).country == "DE"
    path.unlink()
    assert read_place(file.find(HERE)).country == "DE"
    assert len(caplog.messages) == 2


def test_without_an_answer_of_the_file_the_tables_are_asked(tmp_path):
    """Of the file's silence nothing is made."""
    file = Mmdb(write_mmdb(tmp_path / "a.mmdb", {"198.51.100.0/24": city("DE")}))
    assert place_of(hit(address="8.8.8.8"), file) == Place("US")
    assert place_of(hit(address="2001:db8::1"), file) == Place("")


@pytest.mark.parametrize(
    ("country", "region", "place"),
    [
        ("de", "BE", Place("DE", "DE-BE")),
        ("DE", "", Place("DE")),
        ("DE", "a region", Place("DE")),
        ("T1", "", Place("US")),
        ("Germany", "BE", Place("US")),
        ("", "BE", Place("US")),
    ],
)
def test_a_trusted_proxy_tells_the_place_in_codes(country, region, place, monkeypatch):
    """What is no code is not believed."""
    named = replace(env, geo_country_header="cf-ipcountry", geo_region_header="cf-region-code")
    monkeypatch.setattr(geo, "env", named)
    sent = {"cf-ipcountry": country, "cf-region-code": region}
    assert place_of(hit(headers=sent, address="8.8.8.8", proxy=True), None) == place


def test_without_a_setting_no_header_is_read():
    """Even from a proxy."""
    sent = {"cf-ipcountry": "DE", "": "DE"}
    assert place_of(hit(headers=sent, address="8.8.8.8", proxy=True), None) == Place("US")


def test_an_operator_names_other_networks(tmp_path, monkeypatch):
    """In place of our list."""
    records = {
        "192.0.2.0/25": {"autonomous_system_number": 24940},
        "192.0.2.128/25": {"autonomous_system_number": 64500},
    }
    monkeypatch.setattr(hosting, "_file", Mmdb(write_mmdb(tmp_path / "asn.mmdb", records)))
    addresses = [ip_address("192.0.2.1"), ip_address("192.0.2.200")]
    assert [is_hosted(one) for one in addresses] == [True, False]
    named = read_env({"DATA_DIR": str(tmp_path), "HOSTING_ASNS": "as64500, 64501"})
    monkeypatch.setattr(hosting, "_numbers", named.hosting_asns)
    assert [is_hosted(one) for one in addresses] == [False, True]


def test_a_network_has_a_number(tmp_path):
    """In either of the shapes in which it is written."""
    records = {
        "192.0.2.0/25": {"autonomous_system_number": 24940},
        "192.0.2.128/25": {"asn": "AS3320"},
        "198.51.100.0/24": {"name": "nobody"},
    }
    file = Mmdb(write_mmdb(tmp_path / "asn.mmdb", records))
    numbers = [network_number(file, ip_address(one)) for one in ("192.0.2.1", "192.0.2.200")]
    assert numbers == [24940, 3320]
    assert network_number(file, HERE) == network_number(file, ip_address("8.8.8.8")) == 0
