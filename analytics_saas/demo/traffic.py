"""Weeks of believable visits to a made-up site, in order of time. Pure; a seed decides all."""

import heapq
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from analytics_saas.demo.people import BROWSERS, CAMPAIGNS, COUNTRIES, PAGES, SOURCES, Weighted

VISITS_A_DAY = 420
# Visits by local hour: quiet nights, a long working day, a second look in the evening.
HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 12, 11, 12, 13, 12, 11, 10, 9, 9, 10, 9, 6, 4)
WEEKEND = 0.6
GROWTH_A_DAY = 1.012
BOUNCES = 0.46
WIDTHS = {"Mobile": 390, "iPad": 820}


@dataclass(frozen=True, slots=True, order=True)
class Beacon:
    """One request to the collector: when, from whom, and its body. `at` is UTC."""

    at: datetime
    path: str = field(compare=False)
    body: dict[str, Any] = field(compare=False)
    address: str = field(compare=False)
    user_agent: str = field(compare=False)


def make_traffic(
    project: str, domain: str, zone: ZoneInfo, now: datetime, days: int, seed: int = 1
) -> Iterator[Beacon]:
    """Yield every beacon of the last local days up to `now`, oldest first."""
    dice = random.Random(seed)
    today = now.astimezone(zone).date()
    waiting: list[Beacon] = []
    for ago in range(days - 1, -1, -1):
        day = today - timedelta(days=ago)
        for start in _starts(dice, day, zone, days - ago):
            if start > now:
                break
            while waiting and waiting[0].at <= start:
                yield heapq.heappop(waiting)
            for beacon in _visit(dice, project, domain, start):
                heapq.heappush(waiting, beacon)
    while waiting and waiting[0].at <= now:
        yield heapq.heappop(waiting)


def _starts(dice: random.Random, day: date, zone: ZoneInfo, age: int) -> list[datetime]:
    size = VISITS_A_DAY * GROWTH_A_DAY**age * dice.uniform(0.88, 1.12)
    size *= WEEKEND if day.weekday() >= 5 else 1
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    hours = dice.choices(range(24), HOURS, k=int(size))
    starts = (midnight + timedelta(hours=hour, seconds=dice.uniform(0, 3_599)) for hour in hours)
    return sorted(start.astimezone(ZoneInfo("UTC")) for start in starts)


def _visit(dice: random.Random, project: str, domain: str, at: datetime) -> Iterator[Beacon]:
    address, user_agent = _address(dice), _pick(dice, BROWSERS)
    width = next((width for word, width in WIDTHS.items() if word in user_agent), 1440)
    referrer, campaign = _pick(dice, SOURCES), _pick(dice, CAMPAIGNS)
    pages = 1 if dice.random() < BOUNCES else 2 + min(int(dice.expovariate(0.6)), 7)
    for number in range(pages):
        page = _pick(dice, PAGES)
        url = f"https://{domain}{page}{'' if number else campaign}"
        shared = {"p": project, "u": url}
        seen = shared | {"w": width} | ({"r": referrer} if referrer and not number else {})
        yield Beacon(at, "/pageview", seen, address, user_agent)
        reading = math.exp(dice.gauss(3.4, 0.9))
        at += timedelta(seconds=min(reading, 900))
        engaged = {"n": "engagement", "e": int(reading * 700), "s": dice.randrange(15, 101)}
        yield Beacon(at, "/event", shared | engaged, address, user_agent)
        for event in _events(dice, page):
            yield Beacon(at, "/event", shared | event, address, user_agent)


def _events(dice: random.Random, page: str) -> Iterator[dict[str, Any]]:
    luck = dice.random()
    if page == "/signup" and luck < 0.45:
        yield {"n": "Signup", "m": {"plan": dice.choice(["free", "free", "team", "business"])}}
    elif page == "/pricing" and luck < 0.12:
        yield {"n": "Plan chosen", "m": {"plan": dice.choice(["team", "business"])}}
    elif page.startswith("/docs") and luck < 0.1:
        yield {"n": "Copy code", "m": {"page": page}}
    elif page.startswith("/blog") and luck < 0.06:
        yield {"n": "Newsletter"}


def _address(dice: random.Random) -> str:
    weights = [weight for weight, _ in COUNTRIES.values()]
    ((_, networks),) = dice.choices(list(COUNTRIES.values()), weights)
    return f"{dice.choice(networks)}.{dice.randrange(256)}.{dice.randrange(1, 255)}"


def _pick(dice: random.Random, choices: Sequence[Weighted]) -> str:
    return dice.choices(choices, [choice.weight for choice in choices])[0].value
