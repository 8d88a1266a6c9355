"""A made-up audience: visitors, their visits, and what they do, the same in every run.

By construction a visit's events lie less than 20 minutes apart, and a visitor's visits more than
45: so the number of visits is known without the fold that is measured.
"""

import random
import re
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from typing import NamedTuple, TypeVar

import pycountry
from msgspec.structs import replace

from analytics_saas.demo.people import BROWSERS
from collector.enrich.channel import channel_of
from collector.enrich.device import Device, read_device
from collector.enrich.source import DIRECT
from collector.event import Event
from collector.payload import ENGAGEMENT, PAGEVIEW

PROJECTS = 100
SPAN_MS = 2 * 3_600_000
# Ten in the morning in UTC, on a Monday: no project's day ends within the span.
BEGIN_MS = 1_788_775_200_000
DAY_MS = 24 * 3_600_000
OFFSETS = (60, 120, 120, 120, 0, -240, -300, -420, 330, 600)
PAGES = 5_000
COUNTRIES = [country.alpha_2 for country in pycountry.countries][:120]
CAMPAIGNS = ("spring-sale", "brand", "newsletter-36", "launch", "retargeting-eu")
SCREENS = {"mobile": "Mobile", "tablet": "Tablet"}
GOALS = ("Signup", "Purchase", "Outbound Link: Click", "File Download", "Form: Submit")
PLANS = ("free", "starter", "business", "scale", "enterprise")

Some = TypeVar("Some")


class Zipf:
    """Ranks 0 … size - 1, the n-th as often as 1/n."""

    def __init__(self, size: int) -> None:
        self._ranks = range(size)
        self._weights = list(accumulate(1 / (rank + 1) for rank in self._ranks))

    def __len__(self) -> int:
        """Return the number of ranks."""
        return len(self._ranks)

    def draw(self, chance: random.Random) -> int:
        """Return one rank."""
        return chance.choices(self._ranks, cum_weights=self._weights)[0]


PROJECT, PAGE, COUNTRY, SOURCE, AGENT = (Zipf(n) for n in (PROJECTS, PAGES, 120, 200, 600))
REGION, CITY = Zipf(12), Zipf(40)


class Origin(NamedTuple):
    """Where a visit came from, as the collector names it."""

    referrer: str = ""
    source: str = DIRECT
    channel: str = "Direct"
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""


class Visitor(NamedTuple):
    """Who comes: what stays the same through all of a visitor's events."""

    project_id: int
    visitor_id: int
    country: str
    region: str
    city: int
    device: Device
    language: str


def make_events(visitors: int, seed: int) -> Iterator[tuple[Event, bool]]:
    """Yield every event, and whether it begins a visit; visitor by visitor, not in time's order."""
    chance = random.Random(seed)
    devices = [read_device(_agent(chance, number)) for number in range(len(AGENT))]
    for _ in range(visitors):
        visitor = _make_visitor(chance, devices)
        start = chance.randrange(SPAN_MS - 30 * 60_000)
        yield from _visit(chance, visitor, BEGIN_MS + start)
        if start < SPAN_MS // 4 and chance.random() < 0.2:
            yield from _visit(chance, visitor, BEGIN_MS + start + 75 * 60_000)


def _agent(chance: random.Random, number: int) -> str:
    """Return a browser of the demo's, the first ones new, the others of any age."""
    agent = BROWSERS[number % len(BROWSERS)].value
    if number < len(BROWSERS):
        return agent
    return re.sub(r"(Chrome|Firefox|Version)/\d+", rf"\1/{chance.randint(100, 148)}", agent)


def _make_visitor(chance: random.Random, devices: list[Device]) -> Visitor:
    project, country = PROJECT.draw(chance), COUNTRY.draw(chance)
    region, city = REGION.draw(chance), CITY.draw(chance)
    # Each site has an audience of its own.
    code = COUNTRIES[(country + project * 7) % len(COUNTRIES)]
    place = 2_600_000 + (country * 12 + region) * 977 + city * 13
    device = devices[AGENT.draw(chance)]
    language = "en" if chance.random() < 0.5 else code.lower()
    return Visitor(
        project + 1, chance.getrandbits(64), code, f"{code}-{region}", place, device, language
    )


@cache
def _origins() -> list[Origin]:
    """Return 200 places to come from; the first is none at all."""
    found = [Origin(), Origin("www.google.com/", "Google", "Organic Search")]
    for number in range(2, 200):
        host = f"site-{number}.example"
        if number % 7 == 3:
            name, campaign = f"partner-{number}", CAMPAIGNS[number % len(CAMPAIGNS)]
            medium = ("cpc", "email", "social")[number % 3]
            channel = channel_of(name, medium, campaign)
            found.append(Origin("", name, channel, name, medium, campaign))
        else:
            found.append(Origin(f"{host}/links/{number * 37}", host, "Referral"))
    return found


def _visit(chance: random.Random, visitor: Visitor, start: int) -> Iterator[tuple[Event, bool]]:
    """One visit: page views with engagement now and then, and a custom event now and then."""
    now, origin = start, _origins()[SOURCE.draw(chance)]
    pages = min(12, 1 + int(chance.expovariate(0.63)))
    for number in range(pages):
        path = _path(visitor.project_id, PAGE.draw(chance))
        yield _event(visitor, now, PAGEVIEW, path, origin if number == 0 else Origin()), number == 0
        now += 2_000 + min(
            chance.randrange(1, 60_000) + int(chance.expovariate(1 / 20_000)), 90_000
        )
        if chance.random() < 0.07:
            yield _goal(chance, visitor, now, path), False
        if chance.random() < 0.38:
            yield _engagement(chance, visitor, now + 900, path), False
        now += 1_000


def _path(project_id: int, rank: int) -> str:
    number = (rank + project_id * 53) % PAGES
    return "/" if rank == 0 else f"/{('blog', 'docs', 'products')[number % 3]}/article-{number}"


def _goal(chance: random.Random, visitor: Visitor, now: int, path: str) -> Event:
    name = GOALS[min(len(GOALS) - 1, int(chance.expovariate(0.8)))]
    props = {"plan": chance.choice(PLANS), "item": f"sku-{chance.randrange(400)}"}
    revenue, currency = "0", ""
    if name == "Purchase":
        revenue, currency = f"{chance.randrange(5, 300)}.{chance.choice(('00', '90', '99'))}", "EUR"
    goal = _event(visitor, now, name, path, Origin(), props)
    return replace(goal, revenue=revenue, currency=currency)


def _engagement(chance: random.Random, visitor: Visitor, now: int, path: str) -> Event:
    event = _event(visitor, now, ENGAGEMENT, path, Origin())
    return replace(
        event, engaged_ms=chance.randrange(500, 60_000), scroll_depth=chance.randrange(5, 101)
    )


def _event(
    visitor: Visitor, now: int, name: str, path: str, origin: Origin,
    props: dict[str, str] | None = None,
) -> Event:  # fmt: skip
    offset = OFFSETS[visitor.project_id % len(OFFSETS)]
    device = visitor.device
    # Only a page view tells how wide its window is.
    screen = SCREENS.get(device.device.lower(), "Desktop") if name == PAGEVIEW else ""
    return Event(
        visitor.project_id, (now + offset * 60_000) // DAY_MS, now, offset, name,
        visitor.visitor_id, f"site{visitor.project_id}.example", path, *origin, "", "", "",
        visitor.country, visitor.region, visitor.city, *device, screen, visitor.language,
        props or {}, "0", "", 1, 0, 255,
    )  # fmt: skip
