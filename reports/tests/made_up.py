"""Random visits with all that a row can hold, for the tests of queries."""

from datetime import UTC, datetime, time, timedelta

from analytics_saas import clickhouse
from reports.goals import Goal, GoalKind

PATHS = ["/", "/a", "/A", "/blog/1", "/blog/2/x", "/it's", "/ä\\b", "/Ä?q={x:String}"]
SHARED = {
    "source": ["", "Direct / None", "Google", "google ads"], "referrer": ["", "x.io/a"],
    "channel": ["Direct", "Organic Search"], "utm_source": ["", "News"], "utm_medium": ["", "cpc"],
    "utm_campaign": ["", "Mai"], "utm_content": ["", "b"], "utm_term": ["", "t"],
    "device": ["Desktop", "Mobile"], "browser": ["Firefox", "Chrome"],
    "browser_version": ["1", "2"], "os": ["Mac", "Linux"], "os_version": ["", "14"],
    "screen": ["", "L"], "language": ["de", "en"],
}  # fmt: skip
PLACES = [("DE", "DE-BY", 1), ("DE", "DE-BE", 2), ("FR", "FR-IDF", 3), ("US", "US-CA", 4),
          ("XK", "XK-01", 0), ("", "", 0)]  # fmt: skip
GOALS = (
    Goal("Blog", GoalKind.PAGE, pattern="/blog/**"),
    Goal("Shallow", GoalKind.PAGE, pattern="/blog/*"),
    Goal("Odd", GoalKind.PAGE, pattern="/it's"),
    Goal("Buy", GoalKind.EVENT, event="Purchase", currency="EUR"),
    Goal("Buy pro", GoalKind.EVENT, event="Purchase", properties=(("plan", "pro"),)),
    Goal("Pay", GoalKind.EVENT, event="Payment", currency="USD"),
    Goal("Deep", GoalKind.SCROLL, percent=60),
    Goal("Deep blog", GoalKind.SCROLL, percent=30, pattern="/blog/**"),
)
SPECIAL = ["Purchase", "Payment", "Sign up"]


class Rows(list):
    """Too many to be printed."""

    def __repr__(self):
        """How many there are."""
        return f"<{len(self)} rows>"


def make_rows(dice, project_id, zone, first, days, visits):
    """Return events that carry the facts of their visit, over some local days."""
    rows = Rows()
    for number in range(1, visits + 1):
        rows += _visit(dice, project_id, zone, first + timedelta(days=dice.randrange(days)), number)
    return rows


def _visit(dice, project_id, zone, day, number):
    begin = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    moment = begin + dice.random() * (end - begin)
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    country, region, city = dice.choice(PLACES)
    shared = {key: dice.choice(values) for key, values in SHARED.items()} | {
        "project_id": project_id, "local_date": day, "visit_id": number, "country": country,
        "region": region, "city": city, "visitor_id": day.toordinal() * 100 + dice.randrange(15),
    }  # fmt: skip
    events = []
    for _ in range(dice.randrange(1, 7)):
        if moment >= end:
            break
        events.append(shared | _event(dice, moment, zone, first=not events))
        moment += timedelta(milliseconds=dice.randrange(600_000))
    facts = _facts(events)
    return [event | facts for event in events]


def _event(dice, moment, zone, first):
    kinds = ["pageview", "pageview", "engagement", "engagement", *SPECIAL]
    name = dice.choice(["pageview", "pageview", "Sign up"]) if first else dice.choice(kinds)
    paid = name in ("Purchase", "Payment") and dice.random() < 0.8
    props = {}
    if dice.random() < 0.5:
        props["plan"] = dice.choice(["pro", "Pro", "", "(none)"])
    if dice.random() < 0.2:
        props["it's"] = dice.choice(["ä", "Ä", "\\"])
    return {
        "timestamp": moment, "name": name, "path": dice.choice(PATHS), "props": props,
        "utc_offset": int(moment.astimezone(zone).utcoffset().total_seconds() // 60),
        "hostname": dice.choice(["x.io", "y.io"]),
        "revenue": str(dice.randrange(100_000) / 1000) if paid else "0",
        "currency": dice.choice(["EUR", "USD"]) if paid else "",
        "engaged_ms": dice.randrange(90_000) if name == "engagement" else 0,
        "scroll_depth": dice.choice([255, *range(0, 101, 9)]) if name == "engagement" else 255,
    }  # fmt: skip


def _facts(events):
    """Return what the visit of these events is, as the drain would say it."""
    counted = [event for event in events if event["name"] != "engagement"]
    views = [event for event in counted if event["name"] == "pageview"]
    bounces = len(views) <= 1 and len(counted) == len(views)
    first, last = events[0]["timestamp"], events[-1]["timestamp"]
    ends = (views[0], views[-1]) if views else ({}, {})
    return {
        "start": first, "visit_offset": events[0]["utc_offset"], "pageviews": len(views),
        "entry_page": ends[0].get("path", ""), "entry_hostname": ends[0].get("hostname", ""),
        "exit_page": ends[1].get("path", ""), "exit_hostname": ends[1].get("hostname", ""),
        "is_bounce": int(bounces),
        "duration": 0 if bounces else int((last - first) / timedelta(seconds=1)),
    }  # fmt: skip


VISIT = ["project_id", "local_date", "visit_id", "visitor_id", "start", "entry_page",
         "entry_hostname", "exit_page", "exit_hostname", "pageviews", "is_bounce", "duration",
         *SHARED, "country", "region", "city"]  # fmt: skip
EVENT = ["project_id", "local_date", "timestamp", "utc_offset", "name", "visitor_id", "visit_id",
         "path", "hostname", "props", "revenue", "currency", "engaged_ms", "scroll_depth",
         *SHARED, "country", "region", "city"]  # fmt: skip


def store(rows):
    """Insert the events, and each visit twice: an outdated version first."""
    from decimal import Decimal

    data = [[Decimal(row[c]) if c == "revenue" else row[c] for c in EVENT] for row in rows]
    clickhouse.writer().insert("events", data, column_names=EVENT)
    visits = {row["visit_id"]: row for row in rows}.values()
    for version in (1, 2):
        outdated = {"duration": 9_999, "is_bounce": 1} if version == 1 else {}
        data = [
            [*((row | outdated)[column] for column in VISIT), row["visit_offset"], version]
            for row in visits
        ]
        columns = [*VISIT, "utc_offset", "version"]
        clickhouse.writer().insert("visits", data, column_names=columns)
