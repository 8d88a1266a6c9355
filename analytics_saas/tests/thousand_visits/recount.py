"""Answers to queries, counted from the sent requests by the definitions in words.

A visitor is a browser at an address (IPv6: its /64) on one local day of one project. A visit
ends with 30 minutes of silence or the local day. Nothing here knows how the product counts.
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

HALF_AN_HOUR = 30 * 60_000


@dataclass
class Visit:
    """Requests of one visitor without half an hour of silence between them."""

    visitor: tuple
    activity: list

    @property
    def events(self):
        """Everything but engagement, which is no event."""
        return [one for one in self.activity if one.name != "engagement"]

    @property
    def pages(self):
        """Its page views."""
        return [one for one in self.activity if one.name == "pageview"]

    @property
    def day(self):
        """Its local day."""
        return self.visitor[1]

    @property
    def is_bounce(self):
        """One page and nothing done."""
        custom = [one for one in self.events if one.name != "pageview" and one.interactive]
        return len(self.pages) <= 1 and not custom

    @property
    def seconds(self):
        """From first to last sign of life; nothing is known of a bounce."""
        return 0 if self.is_bounce else (self.activity[-1].at - self.activity[0].at) // 1000


def visits_of(requests):
    """All visits, from requests in the order of their time."""
    by_visitor = defaultdict(list)
    for one in requests:
        if one.dropped:
            continue
        person = one.person
        visitor = (one.site.id, local(one).date(), person.network, person.agent.text)
        visits = by_visitor[visitor]
        if not visits or one.at - visits[-1].activity[-1].at > HALF_AN_HOUR:
            visits.append(Visit(visitor, []))
        visits[-1].activity.append(one)
    return [visit for visits in by_visitor.values() for visit in visits if visit.events]


def local(one):
    """The wall clock at the site."""
    return _wall_clock(one.at, one.site.zone)


@cache
def _wall_clock(at, zone):
    utc = datetime.datetime.fromtimestamp(at // 1000, datetime.UTC)
    return utc.astimezone(ZoneInfo(zone))


OF_EVENT = {
    "event:page": lambda event: event.page,
    "event:name": lambda event: event.name,
    "event:hostname": lambda event: event.hostname,
}
OF_VISIT = {
    "visit:source": lambda visit: visit.events[0].source,
    "visit:channel": lambda visit: visit.events[0].channel,
    "visit:country": lambda visit: visit.events[0].person.country,
    "visit:browser": lambda visit: visit.events[0].person.agent.browser,
    "visit:device": lambda visit: visit.events[0].person.agent.device,
    "visit:os": lambda visit: visit.events[0].person.agent.os,
    "visit:entry_page": lambda visit: visit.pages[0].page if visit.pages else "",
    "visit:exit_page": lambda visit: visit.pages[-1].page if visit.pages else "",
}
OF_TIME = {
    "time:hour": lambda one: local(one).strftime("%Y-%m-%d %H:00:00"),
    "time:day": lambda one: str(local(one).date()),
    "time:week": lambda one: str(local(one).date() - datetime.timedelta(days=local(one).weekday())),
    "time:month": lambda one: local(one).strftime("%Y-%m-01"),
}
COMPARE = {
    "is": lambda text, values: text in values,
    "contains": lambda text, values: any(value in text for value in values),
}


def answer(visits, first, last, dimension, condition):
    """Return {value of the dimension: metrics}; without a dimension the only value is ''."""
    visits = [visit for visit in visits if first <= visit.day <= last]
    matches = _condition(condition, OF_EVENT)
    if condition and condition[1] in OF_VISIT:
        visits = [visit for visit in visits if _condition(condition, OF_VISIT)(visit)]
    groups = defaultdict(lambda: ([], []))
    for visit in visits:
        matching = [event for event in visit.events if matches(event)]
        if not matching:
            continue
        for event in matching:
            groups[_value(dimension, event, visit)][0].append((visit.visitor, event))
        # A visit belongs to every value that one of its events has; by time, to its start.
        begin = visit.activity[:1] if dimension in OF_TIME else matching
        for value in {_value(dimension, event, visit) for event in begin}:
            groups[value][1].append(visit)
    if not dimension:
        groups = groups or {"": ([], [])}
    return {value: _metrics(*group) for value, group in groups.items()}


def _condition(condition, known):
    if not condition or condition[1] not in known:
        return lambda _: True
    operator, dimension, values = condition
    return lambda one: COMPARE[operator](known[dimension](one), values)


def _value(dimension, event, visit):
    if dimension in OF_VISIT:
        return OF_VISIT[dimension](visit)
    read = OF_EVENT.get(dimension) or OF_TIME.get(dimension)
    return read(event) if read else ""


def _metrics(events, visits):
    pageviews = sum(event.name == "pageview" for _, event in events)
    count = len(visits)
    return {
        "visitors": len({visitor for visitor, _ in events}),
        "visits": count,
        "pageviews": pageviews,
        "views_per_visit": _rounded(sum(len(visit.pages) for visit in visits), count, 2),
        "bounce_rate": _rounded(100 * sum(visit.is_bounce for visit in visits), count, 1),
        "visit_duration": _rounded(sum(visit.seconds for visit in visits), count, 0),
        "events": len(events),
    }


def _rounded(total, count, digits):
    """A mean rounded as the table store rounds a double: scaled, to the nearest, scaled back."""
    return round(total / count * 10**digits) / 10**digits if count else 0
