"""About a thousand visits as requests, each with the facts a person would read off it.

What a fact should be is written here by hand and never asked of the product.
"""

import datetime
import random
from dataclasses import dataclass
from zoneinfo import ZoneInfo

MINUTE = 60_000
DAYS = 3


@dataclass(frozen=True)
class Site:
    """One project and the first of its three local days."""

    id: int
    public_id: str
    zone: str
    first: datetime.date

    @property
    def last(self):
        """The last of its local days."""
        return self.first + datetime.timedelta(days=DAYS - 1)

    def midnight(self, number):
        """The instant at which a local day begins, in milliseconds."""
        day = self.first + datetime.timedelta(days=number)
        start = datetime.datetime.combine(day, datetime.time(), ZoneInfo(self.zone))
        return int(start.timestamp()) * 1000


# A day of 23 hours, half-hour and quarter-hour zones, two months, and a shift of 30 minutes.
SITES = [
    Site(710_000, "p_thousand0000", "Europe/Berlin", datetime.date(2026, 3, 28)),
    Site(710_001, "p_thousand0001", "Asia/Kolkata", datetime.date(2026, 3, 30)),
    Site(710_002, "p_thousand0002", "America/New_York", datetime.date(2026, 3, 7)),
    Site(710_003, "p_thousand0003", "Australia/Lord_Howe", datetime.date(2026, 4, 4)),
    # Shares the stream of the first one.
    Site(710_004, "p_thousand0004", "Asia/Kathmandu", datetime.date(2026, 3, 28)),
]


@dataclass(frozen=True)
class Agent:
    """A user agent and what it is."""

    text: str
    browser: str
    os: str
    device: str


WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
AGENTS = [
    Agent(f"Mozilla/5.0 {text.format(version)}", *facts)
    for version in range(100, 125)
    for text, *facts in [
        (f"(Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/{{}}.0.0.0 Safari/537.36",
         "Chrome", "Windows", "Desktop"),
        (f"(Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/99.0.0.0 Safari/537.36 Edg/{{}}.0.0.0",
         "Edge", "Windows", "Desktop"),
        ("(X11; Linux x86_64; rv:99.0) Gecko/20100101 Firefox/{}.0",
         "Firefox", "Linux", "Desktop"),
        (f"(Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Version/17.{{}} Safari/605.1.15",
         "Safari", "macOS", "Desktop"),
        (f"(iPhone; CPU iPhone OS 17_4 like Mac OS X) {SAFARI} Version/17.{{}} Mobile/15E148"
         " Safari/604.1", "Safari", "iOS", "Mobile"),
        (f"(Linux; Android 10; K) {WEBKIT} Chrome/{{}}.0.0.0 Mobile Safari/537.36",
         "Chrome", "Android", "Mobile"),
        (f"(Linux; Android 13; SM-X700) {WEBKIT} Chrome/{{}}.0.0.0 Safari/537.36",
         "Chrome", "Android", "Tablet"),
        (f"(SMART-TV; Linux; Tizen 6.0) {WEBKIT} Version/6.{{}} TV Safari/537.36",
         "Safari", "Tizen", "TV"),
    ]
]  # fmt: skip

# The start of an address, and its country; of IPv6 the part that is the same for one visitor.
NETWORKS = [
    ("5.9.", "DE"), ("90.12.", "FR"), ("49.36.", "IN"), ("8.8.", "US"), ("1.128.", "AU"),
    ("177.32.", "BR"), ("133.11.", "JP"), ("10.20.", ""), ("2a01:4f8:7:", "DE"),
    ("2405:201:9:", "IN"),
]  # fmt: skip

# Referrer, query of the page, and the source and channel that they mean.
ORIGINS = [
    ("", "", "Direct / None", "Direct"),
    ("https://www.google.de/search?q=shoes", "", "Google", "Organic Search"),
    ("https://news.ycombinator.com/item?id=1", "", "Hacker News", "Organic Social"),
    ("https://chatgpt.com/", "", "ChatGPT", "AI Assistants"),
    ("https://www.friend.example/post", "?private=1", "friend.example", "Referral"),
    ("https://shop.example/", "", "Direct / None", "Direct"),
    ("", "?utm_source=newsletter&id=9", "newsletter", "Email"),
]
PAGES = ["/", "/shoes", "/shoes/red", "/it's", "/caf%C3%A9", "/basket", "/about", "/blog/1"]
HOSTS = ["www.shop.example", "shop.example"]


@dataclass(frozen=True)
class Person:
    """A browser at an address; of an IPv6 address the lower half is not theirs for long."""

    agent: Agent
    network: str
    country: str

    def address(self, chance):
        """The address of one request."""
        lower = f"::{chance.randrange(1, 65_000):x}" if ":" in self.network else ""
        return f"{self.network}{lower}"


@dataclass(frozen=True)
class Sent:
    """One request and what it says. `name` is pageview, engagement or a custom event's."""

    site: Site
    at: int
    person: Person
    name: str
    beacon: dict
    headers: dict
    hostname: str
    page: str
    source: str
    channel: str
    interactive: bool = True
    # Why it is not counted, None when it is.
    dropped: str | None = None


def generate(seed, sittings):
    """All requests of a number of sittings per site, by site in the order of their time."""
    chances = {site: random.Random(f"{seed}/{site.id}") for site in SITES}
    return [one for site in SITES for one in _of_site(site, chances[site], sittings)]


def _of_site(site, chance, sittings):
    people = [_person(chance) for _ in range(sittings // 2)]
    taken, requests = set(), []
    for _ in range(sittings):
        for at, kind in _sitting(site, chance, chance.choice(people)):
            # One instant for each request of a site, so that no order is left to chance.
            while at in taken:
                at += 1
            taken.add(at)
            requests.append(kind(at))
    return sorted(requests, key=lambda one: one.at)


def _person(chance):
    start, country = chance.choice(NETWORKS)
    low, high = chance.randrange(1, 9), chance.randrange(1, 9)
    network = f"{start}{low:x}" if ":" in start else f"{start}{low}.{high}"
    return Person(chance.choice(AGENTS), network, country)


def _sitting(site, chance, person):
    """Steps of one person from some moment on: (time, what makes the request)."""
    begin, end = site.midnight(0) - 60 * MINUTE, site.midnight(DAYS)
    at = chance.randrange(begin, end)
    if chance.random() < 0.2:
        at = site.midnight(chance.randrange(DAYS + 1)) - chance.randrange(20 * MINUTE)
    first = True
    while True:
        kinds = ["pageview"] if first and chance.random() < 0.95 else _kinds(chance)
        for place, kind in enumerate(kinds):
            at += chance.randrange(1_000, 90_000) if place else 0
            yield at, _maker(site, chance, person, kind, first)
            first = False
        if chance.random() < 0.4:
            return
        # Half an hour to the millisecond still belongs to the visit, one more does not.
        pause = [chance.randrange(MINUTE, 29 * MINUTE)] * 6
        at += chance.choice([*pause, 30 * MINUTE, 30 * MINUTE + 1, 45 * MINUTE])


def _kinds(chance):
    return chance.choice(
        [["pageview"], ["pageview", "engagement"], ["Signup"], ["Seen"], ["engagement"],
         ["pageview", "Buy"]]
    )  # fmt: skip


def _maker(site, chance, person, name, first):
    """Choose everything now, so that only the instant is open."""
    # Later page views say where they came from too, and only a visit's first one counts.
    usual = ORIGINS if first else [ORIGINS[0]] * 7 + ORIGINS
    possible = usual if name == "pageview" else [row for row in ORIGINS if not row[0]]
    referrer, query, source, channel = chance.choice(possible)
    host, page = chance.choice(HOSTS), chance.choice(PAGES)
    beacon = {"p": site.public_id, "u": f"https://{host}{page}{query}"}
    if name == "pageview":
        beacon |= {"r": referrer, "w": chance.choice([360, 800, 1_280, 1_920])}
    else:
        beacon["n"] = name
    if name == "engagement":
        beacon |= {"e": chance.randrange(60_000), "s": chance.randrange(101)}
    if name == "Buy":
        beacon |= {"m": {"plan": chance.choice(["free", "pro"]), "n": 2}}
        beacon["$"] = {"a": "12.90", "c": "EUR"}
    if name == "Seen":
        beacon["i"] = False
    dropped = "privacy_signal" if chance.random() < 0.02 else None
    headers = {
        "User-Agent": person.agent.text,
        # What stands to the left was sent by the client and means nothing.
        "X-Forwarded-For": f"6.6.6.6, {person.address(chance)}",
        "Content-Type": "text/plain",
    } | ({"Sec-GPC": "1"} if dropped else {})
    return lambda at: Sent(
        site, at, person, name, beacon, headers | {"X-Daysalt-Now": str(at)}, host, page,
        source, channel, name not in ("Seen", "engagement"), dropped,
    )  # fmt: skip
