"""The definitions of docs/queries.md spelled out in plain Python over raw rows; for tests only.

It shares nothing with the product but the words of the API.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

COLUMNS = {
    "event:name": "name", "event:page": "path", "event:hostname": "hostname",
    "visit:entry_page_hostname": "entry_hostname", "visit:exit_page_hostname": "exit_hostname",
}  # fmt: skip
NAMES = {"DE": "Germany", "FR": "France", "US": "United States", "DE-BY": "Bayern",
         "DE-BE": "Berlin", "FR-IDF": "Île-de-France", "US-CA": "California"}  # fmt: skip
EMPTY = {
    "visit:source": ("", "Direct / None"),
    "visit:city": ("", "0"),
    "visit:city_name": ("", "0"),
}
SOURCES = {
    "visitors": "events", "pageviews": "events", "events": "events", "percentage": "events",
    "conversion_rate": "events", "group_conversion_rate": "events", "total_revenue": "events",
    "average_revenue": "events", "views_per_visit": "visits", "bounce_rate": "visits",
    "visit_duration": "visits", "exit_rate": "visits", "scroll_depth": "engagement",
    "time_on_page": "engagement",
}  # fmt: skip


def reference(rows, goals, body):
    """Return {labels: {metric: value}} of a query over events that carry their visit's facts."""
    return Question(rows, goals, body).answer()


class Group:
    """What a row of the answer is counted from."""

    def __init__(self):
        self.events, self.visits, self.engagement = [], {}, {}


class Question:
    """One query, answered step by step."""

    def __init__(self, rows, goals, body):
        self.goals = {goal.name: goal for goal in goals}
        self.body, self.keys = body, body.get("dimensions", [])
        self.filters = body.get("filters", [])
        self.window = window(body["date_range"])
        self.by_event = any(key.startswith("event:") for key in self.keys)
        self.rows = [row for row in rows if self.in_window(row["timestamp"], row["local_date"])]
        self.visits = {}
        for row in rows:
            if self.in_window(row["start"], row["local_date"]):
                # A visit's own clock is that of its start.
                self.visits[row["visit_id"]] = row | {"utc_offset": row["visit_offset"]}

    def in_window(self, moment, day):
        """Whether a moment, or a day, lies in the period."""
        first, last = self.window
        return first <= (day if isinstance(first, date) and not isinstance(first, datetime)
                         else moment) <= last  # fmt: skip

    def answer(self):
        """Group, then compute every metric of every group."""
        groups = {} if self.keys else {(): Group()}
        sources = {self.source(metric) for metric in self.body["metrics"]}
        if "events" in sources:
            for row in self.counted(self.filters):
                for label in self.labels(row):
                    groups.setdefault(label, Group()).events.append((row, label))
        if "visits" in sources:
            for label, visit in self.counted_visits():
                groups.setdefault(label, Group()).visits[visit["visit_id"]] = visit
        if "engagement" in sources:
            for row in self.rows:
                if row["name"] == "engagement" and self.all_hold(self.filters, row):
                    for label in self.labels(row):
                        visits = groups.setdefault(label, Group()).engagement
                        visits.setdefault(row["visit_id"], []).append(row)
        return {
            label: {name: self.value(name, label, group) for name in self.body["metrics"]}
            for label, group in groups.items()
        }

    def source(self, metric):
        """Which rows a metric is counted in."""
        return SOURCES.get(metric) or ("events" if self.by_event else "visits")

    def counted(self, filters, with_goals=True):
        """Return the rows that count: events, and engagement that reaches a named scroll goal."""
        named = [self.goals[name] for name in self.named(filters)]
        if with_goals and "event:goal" in self.keys:
            named += self.goals.values()
        scrolls = [goal for goal in named if goal.kind == "scroll"]
        return [
            row for row in self.rows
            if (row["name"] != "engagement" or any(reached(goal, row) for goal in scrolls))
            and self.all_hold(filters, row)
        ]  # fmt: skip

    def counted_visits(self):
        """Return (label, visit): those that contain a counted event, where events matter."""
        if self.by_event or any(about(one, "event:") for one in self.filters):
            for row in self.counted(self.filters):
                if row["visit_id"] in self.visits:
                    visit = self.visits[row["visit_id"]]
                    own = row | {"utc_offset": visit["utc_offset"]}
                    for label in self.labels(own, visit["start"]):
                        yield label, visit
            return
        for visit in self.visits.values():
            if self.all_hold(self.filters, visit):
                for label in self.labels(visit, visit["start"]):
                    yield label, visit

    def labels(self, row, moment=None):
        """Return the labels of a row; one for each goal that it reaches."""
        found = [()]
        for key in self.keys:
            if key == "event:goal":
                values = [goal.name for goal in self.kept_goals() if reached(goal, row)]
            elif key.startswith("time:"):
                values = [clock(key, moment or row["timestamp"], row)]
            else:
                values = [shown(key, row)]
            found = [(*label, value) for label in found for value in values]
        return found

    def kept_goals(self):
        """Return the goals that filters which stand alone leave."""
        kept = list(self.goals.values())
        for one in flat(self.filters):
            if len(one) > 1 and one[1] == "event:goal":
                kept = [goal for goal in kept if goal_named(one, goal.name)]
        return kept

    def named(self, filters):
        """Return the names of goals that filters on the row itself name."""
        found = []
        for one in filters:
            if one[0] in ("and", "or"):
                found += self.named(one[1])
            elif one[0] == "not":
                found += self.named([one[1]])
            elif one[1] == "event:goal":
                found += [name for name in self.goals if goal_named(one, name)]
        return found

    def all_hold(self, filters, row):
        """Whether a row fulfils all filters."""
        return all(self.holds(one, row) for one in filters)

    def holds(self, one, row):
        """Whether a row fulfils one filter."""
        op = one[0]
        if op == "and":
            return self.all_hold(one[1], row)
        if op == "or":
            return any(self.holds(child, row) for child in one[1])
        if op == "not":
            return not self.holds(one[1], row)
        if op in ("has_done", "has_not_done"):
            done = {other["visit_id"] for other in self.counted([one[1]], with_goals=False)}
            return (row["visit_id"] in done) == (op == "has_done")
        if one[1] == "event:goal":
            return any(goal_named(one, g.name) and reached(g, row) for g in self.goals.values())
        return compare(one, row)

    def value(self, name, label, group):
        """One metric of one group."""
        events = [row for row, _ in group.events]
        counted = [row for row in events if row["name"] != "engagement"]
        people, visits = uniques(events), list(group.visits.values())
        if name == "visitors":
            return people
        if name == "pageviews":
            return sum(row["name"] == "pageview" for row in counted)
        if name == "events":
            return len(counted)
        if name == "visits":
            return len({row["visit_id"] for row in events}) if self.by_event else len(visits)
        if name == "views_per_visit":
            return share(sum(one["pageviews"] for one in visits), len(visits), 100)
        if name == "bounce_rate":
            return share(100 * sum(one["is_bounce"] for one in visits), len(visits), 10)
        if name == "visit_duration":
            return share(sum(one["duration"] for one in visits), len(visits), 1)
        if name in ("scroll_depth", "time_on_page"):
            return self.engagement(name, list(group.engagement.values()))
        if name == "percentage":
            return share(100 * people, uniques(self.counted(self.filters)), 10)
        if name.endswith("conversion_rate"):
            return share(100 * people, self.possible(name, label), 100)
        if name == "exit_rate":
            return self.exit_rate(label[0], len(visits))
        return self.revenue(name, label, events)

    def engagement(self, name, visits):
        """Of each visit the deepest scroll, or all of its time; then the mean."""
        if name == "time_on_page":
            total = sum(row["engaged_ms"] for rows in visits for row in rows)
            return round(total / len(visits) / 1000) if visits else None
        told = [[row["scroll_depth"] for row in rows if row["scroll_depth"] <= 100]
                for rows in visits]  # fmt: skip
        deepest = [max(depths) for depths in told if depths]
        return round(sum(deepest) / len(deepest)) if deepest else None

    def possible(self, name, label):
        """Visitors whether they reached a goal or not; of the group, those with its labels."""
        kept = [one for one in flat(self.filters) if not is_conversion(one)]
        rows = self.counted(kept, with_goals=False)
        if name == "conversion_rate":
            return uniques(rows)
        places = [place for place, key in enumerate(self.keys)
                  if key != "event:goal" and not key.startswith("event:props:")]  # fmt: skip
        wanted = [label[place] for place in places]
        keys = [self.keys[place] for place in places]
        return uniques(row for row in rows if [
            clock(key, row["timestamp"], row) if key.startswith("time:") else shown(key, row)
            for key in keys
        ] == wanted)  # fmt: skip

    def exit_rate(self, page, exits):
        """Exits in percent of the page's views, wherever those visits ended."""
        kept = [one for one in flat(self.filters) if subjects(one) != {"visit:exit_page"}]
        views = sum(row["name"] == "pageview" and row["path"] == page for row in self.counted(kept))
        return share(100 * exits, views, 10) if views else None

    def revenue(self, name, label, events):
        """Only of what was paid in the currency of the goals."""
        if "event:goal" in self.keys:
            currency = self.goals[label[self.keys.index("event:goal")]].currency
        else:
            found = {self.goals[one].currency for one in self.named(self.filters)} - {""}
            currency = found.pop() if len(found) == 1 else ""
        if not currency:
            return None
        paid = [Decimal(row["revenue"]) for row in events if row["currency"] == currency]
        total = float(sum(paid))
        return total if name == "total_revenue" else (total / len(paid) if paid else 0)


def window(date_range):
    """Return first and last day, or first and last moment."""
    if len(date_range[0]) == 10:
        return tuple(date.fromisoformat(text) for text in date_range)
    first, last = (datetime.fromisoformat(text).astimezone(UTC) for text in date_range)
    return first, last + timedelta(milliseconds=999)


def clock(key, moment, row):
    """Return the label of a moment on the clock that the row was stamped with."""
    local = moment + timedelta(minutes=row["utc_offset"])
    day = row["local_date"]
    return {
        "time:minute": local.strftime("%Y-%m-%d %H:%M:00"),
        "time:hour": local.strftime("%Y-%m-%d %H:00:00"),
        "time:day": str(day),
        "time:week": str(day - timedelta(days=day.weekday())),
        "time:month": str(day.replace(day=1)),
    }[key]


def raw(key, row):
    """Return the value of a dimension as it is stored."""
    if key.startswith("event:props:"):
        return row["props"].get(key.removeprefix("event:props:"), "")
    name = key.partition(":")[2]
    if name.endswith("_name"):
        code = str(row[name.removesuffix("_name")])
        return NAMES.get(code, code)
    return str(row[COLUMNS.get(key, name)])


def shown(key, row):
    """Return the value under which a row is grouped."""
    if key.startswith("event:props:") and key.removeprefix("event:props:") not in row["props"]:
        return "(none)"
    return raw(key, row)


def compare(one, row):
    """Whether a row fulfils a filter on one of its columns."""
    op, key = one[:2]
    if op in ("is_set", "is_empty"):
        return (raw(key, row) in EMPTY.get(key, ("",))) == (op == "is_empty")
    value = shown(key, row) if op in ("is", "is_not") else raw(key, row)
    values, flags = one[2], re.DOTALL
    if len(one) == 4 and not one[3]["case_sensitive"]:
        value, flags = value if "match" in op else value.lower(), flags | re.IGNORECASE
        values = values if "match" in op else [text.lower() for text in values]
    found = {
        "is": lambda: value in values,
        "contains": lambda: any(text in value for text in values),
        "matches": lambda: any(re.search(text, value, flags) for text in values),
    }[op.removesuffix("_not")]()
    return bool(found) != op.endswith("_not")


def reached(goal, row):
    """Whether a row is a conversion."""
    if goal.kind == "page":
        return row["name"] == "pageview" and fits(goal.pattern, row["path"])
    if goal.kind == "event":
        has = row["props"].items()
        return row["name"] == goal.event and all(pair in has for pair in goal.properties)
    deep = row["name"] == "engagement" and goal.percent <= row["scroll_depth"] <= 100
    return deep and (not goal.pattern or fits(goal.pattern, row["path"]))


def fits(pattern, path):
    """Whether a whole path matches: `*` within a segment, `**` across."""
    words = {"**": ".*", "*": "[^/]*"}
    pieces = re.split(r"(\*\*|\*)", pattern)
    whole = "".join(words.get(piece) or re.escape(piece) for piece in pieces)
    return re.fullmatch(whole, path, re.DOTALL) is not None


def goal_named(one, name):
    """Whether a filter names a goal."""
    values = one[2]
    if len(one) == 4 and not one[3]["case_sensitive"]:
        name, values = name.lower(), [text.lower() for text in values]
    return name in values if one[0] == "is" else any(text in name for text in values)


def flat(filters):
    """Lift what an `and` joins."""
    found = []
    for one in filters:
        found += flat(one[1]) if one[0] == "and" else [one]
    return found


def subjects(one):
    """Return the dimensions of a filter, as far as they are of the row itself."""
    if one[0] in ("has_done", "has_not_done"):
        return set()
    if one[0] == "not":
        return subjects(one[1])
    if one[0] in ("and", "or"):
        return set().union(*(subjects(child) for child in one[1]))
    return {one[1]}


def about(one, prefix):
    """Whether a filter looks at a dimension of this kind."""
    return any(key.startswith(prefix) for key in subjects(one))


def is_conversion(one):
    """Whether a filter only says which conversions count."""
    found = subjects(one)
    return bool(found) and all(
        key == "event:goal" or key.startswith("event:props:") for key in found
    )


def uniques(rows):
    """Count visitors."""
    return len({row["visitor_id"] for row in rows})


def share(above, below, scale):
    """Divide; like the engine, scaled before a half goes to even."""
    return round(above / below * scale) / scale if below else 0
