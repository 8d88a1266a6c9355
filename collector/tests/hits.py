"""Hits made by hand, to be run through the pipeline without a door."""

import json
from datetime import UTC, datetime
from ipaddress import ip_address
from zoneinfo import ZoneInfo

from collector.hit import Hit
from collector.payload import check_beacon, read_beacon
from collector.tests.door import CHROME, PAGE
from projects.registry import ProjectRules

# Half past midnight on New Year's Day in Kolkata.
NOW = datetime(2025, 12, 31, 19, 0, 0, 250_000, tzinfo=UTC)
SALT = bytes(range(32))


def hit(
    beacon=None, headers=None, rules=None, address="203.0.113.9", user_agent=CHROME, proxy=False
):
    """A page view of shop.example, changed as asked."""
    given = PAGE | {"u": "https://shop.example/a"} | (beacon or {})
    known = ProjectRules(7, PAGE["p"], "Asia/Kolkata", **(rules or {}))
    return Hit(
        payload=check_beacon(read_beacon(json.dumps(given).encode()), "n" not in given),
        rules=known,
        now=NOW,
        local=NOW.astimezone(ZoneInfo(known.zone)),
        salt=SALT,
        address=ip_address(address),
        user_agent=user_agent,
        headers={name.encode(): text.encode("latin-1") for name, text in (headers or {}).items()},
        through_proxy=proxy,
    )
