"""Any events, cut into any batches with any crashes, give the rows of a plain reference."""

from datetime import UTC, date, datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.closures import Closures
from collector.stream import Entry
from collector.tests.blocks import table_rows
from collector.tests.reference import FORGET_MS, IDLE_MS, told, visits_of
from collector.tests.test_drain import event
from collector.transform import transform
from collector.visits import Visits

PROJECTS = (7, 8)
COLUMNS = (
    "project_id", "visitor_id", "local_date", "utc_offset", "start", "end", "entry_page",
    "entry_hostname", "exit_page", "exit_hostname", "pageviews", "events", "is_bounce",
    "duration", "engaged_ms", "source", "screen",
)  # fmt: skip
MINUTE, DAY_MS = 60_000, 86_400_000
# Twenty minutes before a midnight.
BEGIN_MS = 20_700 * DAY_MS - 20 * MINUTE
GAPS = (
    0,
    0,
    0,
    0,
    1,
    1_000,
    5 * MINUTE,
    IDLE_MS - 1,
    IDLE_MS,
    IDLE_MS + 1,
    FORGET_MS,
    FORGET_MS + 1,
)
LAGS = (
    0, 0, 0, 0, -1, 1, -5 * MINUTE, -10 * MINUTE, IDLE_MS,
    -IDLE_MS, -IDLE_MS - 1, -FORGET_MS, -FORGET_MS - 1,
)  # fmt: skip
KINDS = (
    "pageview",
    "pageview",
    "pageview",
    "pageview",
    "engagement",
    "Signup",
    "Shown",
    "reset",
    "reopen",
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(GAPS),
        st.sampled_from(LAGS),
        st.sampled_from(KINDS),
        st.sampled_from(PROJECTS),
        st.sampled_from([0, 0, 0, 1]),  # visitor
        st.integers(0, 2),  # page
        st.integers(0, 1),  # hostname
        st.sampled_from(["entry", "same", "same", "batch"]),
    ),
    min_size=8,
    max_size=40,
)


def make_event(stream_ms, lag, name, project, visitor, page, host, number):
    """One event; another day is another visitor, and only the first one knows its source."""
    timestamp = stream_ms + lag
    day = timestamp // DAY_MS
    return event(
        project, day * 10 + visitor, timestamp, name, path=f"/{page}", hostname=f"{host}.example",
        local_date=day, utc_offset=number, source=f"source {number}", screen=f"{number % 3}",
        interactive=int(name != "Shown"), engaged_ms=number * (name == "engagement"),
        props={"n": str(number)},
    )  # fmt: skip


def read_steps(steps):
    """Return arrivals for the reference, and for the drain the batches of the same."""
    arrivals, batches, now = [], [[]], BEGIN_MS
    for number, (gap, lag, kind, project, visitor, page, host, cut) in enumerate(steps):
        control = kind in ("reset", "reopen")
        now += gap
        if cut == "batch" and batches[-1]:
            batches.append([])
        if not batches[-1] or gap or cut != "same" or control:
            batches[-1].append(((now, number), [], []))
        if control:
            arrivals.append((now, (project, kind)))
            batches[-1][-1][1].append((project, kind, 1))
        else:
            one = make_event(now, lag, kind, project, visitor, page, host, number)
            arrivals.append((now, one))
            batches[-1][-1][2].append(one)
    return arrivals, [
        [(at, msgspec.msgpack.encode(Entry(1, "x", 1, [], controls, events)))
         for at, controls, events in batch]
        for batch in batches
    ]  # fmt: skip


def carry(batches, crashes):
    """Transform batch by batch as the drain does; a crash replays one with the stored state."""
    blobs, closed = [], {}
    visits, closures = Visits([]), Closures({})
    for number, batch in enumerate(batches, start=1):
        rows = transform(batch, visits, closures, number)
        if crashes[number % len(crashes)]:
            visits, closures = Visits(list(blobs)), Closures(dict(closed))
            assert transform(batch, visits, closures, number) == rows
        changes = visits.changes()
        blobs = (blobs + [changes.blob] * bool(changes.blob))[changes.drop :]
        closed = closed if closures.snapshot() is None else closures.snapshot()
        yield rows


@settings(max_examples=300, deadline=None)
@given(STEPS, st.lists(st.booleans(), min_size=1, max_size=5))
def test_the_fold_agrees_with_the_reference(steps, crashes):
    """Rows of `events` by visit, which of them begin one, and the last word on every visit."""
    arrivals, batches = read_steps(steps)
    expected = visits_of(arrivals)
    events, visits = [], {}
    for rows in carry(batches, crashes):
        events += table_rows(rows, "events", "visit_id", "is_entry", "props", "source", "pos")
        for row in table_rows(rows, "visits", "visit_id", "version", *COLUMNS):
            # As ReplacingMergeTree does: the greatest version, the last of equal ones.
            visits[row[0]] = max(row, visits.get(row[0], row), key=lambda one: one[1])
    check_events(events, expected)
    found = [dict(zip(COLUMNS, row[2:], strict=True)) for row in visits.values()]
    wanted = [told(visit) for visit in expected if told(visit)]
    assert sorted(map(plain, found)) == sorted(map(plain, wanted))


def check_events(rows, expected):
    """Hold each row against the reference: its visit, whether it begins it, its origin so far."""
    found = {int(props["n"]): (visit, bool(entry), *rest) for visit, entry, props, *rest in rows}
    numbers = [[event.utc_offset for event in visit] for visit in expected]
    assert sorted(found) == sorted(number for visit in numbers for number in visit)
    assert len(found) == len(rows)
    assert len({row[0] for row in rows}) == len(expected)
    for visit, events in zip(numbers, expected, strict=True):
        assert len({found[number][0] for number in visit}) == 1
        assert [found[number][1] for number in visit] == [True] + [False] * (len(visit) - 1)
        assert [found[number][3] for number in visit] == list(range(len(visit)))
        for place, number in enumerate(visit):
            said = told(events[: place + 1]) or {"source": events[0].source}
            assert found[number][2] == said["source"]


def plain(row):
    """Return a row's values in their order; times as milliseconds, days as their number."""
    return [as_number(row[name]) for name in COLUMNS]


def as_number(value):
    """Undo what the driver makes of dates and times."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return (value - date(1970, 1, 1)).days if isinstance(value, date) else value
