"""Every metric by every dimension under every filter agrees with the plain reference."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reports import answers, money
from reports.catalog import DIMENSIONS, METRICS, Level
from reports.parse import Site, parse_query
from reports.query import QueryError
from reports.tests import made_up
from reports.tests.reference import reference

# A zone whose clock goes back half an hour in these days, so that 01:30 comes twice.
ZONE, FIRST, DAYS = ZoneInfo("Australia/Lord_Howe"), date(2026, 3, 31), 8
NOW = datetime(2026, 4, 7, 3, 20, tzinfo=UTC)
PROJECT = random.SystemRandom().randrange(1_000_000, 2**32 - 1)
PROPERTIES = ["event:props:plan", "event:props:it's", "event:props:no such"]
TIMES = [key for key, row in DIMENSIONS.items() if row.level is Level.TIME]
GROUPS = [key for key in DIMENSIONS if key not in TIMES] + PROPERTIES
COMPARED = [key for key in GROUPS if key != "event:goal"]
OF_EVENTS = [key for key in COMPARED if key.startswith("event:")]
TEXTS = ["/a", "/A", "/blog/1", "/it's", "/ä\\b", "oo", "Google", "", "DE", "Germany", "x.io",
         "pageview", "Purchase", "(none)", "pro", "PRO", "1", "ä", "' OR 1=1 --", "%", "_", "\\",
         "{p0:String}", "Firefox", "Direct / None"]  # fmt: skip
PATTERNS = ["^/a$", "(?i)blog", r"\d+", "^.{2}$", "o{2}g", r"\\", "ä", "^$", "/(a|it's)"]


@pytest.fixture(scope="module")
def rows(clickhouse_tables):
    """Rows of the project, and the same of another one, which must not be seen."""
    dice = random.Random(11)
    made = made_up.make_rows(dice, PROJECT, ZONE, FIRST, DAYS, 260)
    made_up.store(made)
    made_up.store([row | {"project_id": PROJECT - 1} for row in made])
    return made


def lists(values, most=3):
    """Some of the values, each once."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)


CASE = st.sampled_from([[], [{"case_sensitive": False}], [{"case_sensitive": True}]])


def leaf(keys):
    """A filter on one of these dimensions."""
    key = st.sampled_from(keys)
    texts = [text for text in TEXTS if text]
    return st.one_of(
        st.builds(lambda op, key, values, case: [op, key, values, *case],
                  st.sampled_from(["is", "is_not"]), key, lists(TEXTS), CASE),
        st.builds(lambda op, key, values, case: [op, key, values, *case],
                  st.sampled_from(["contains", "contains_not"]), key, lists(texts), CASE),
        st.builds(lambda op, key, values, case: [op, key, values, *case],
                  st.sampled_from(["matches", "matches_not"]), key, lists(PATTERNS, 2), CASE),
        st.builds(lambda op, key: [op, key], st.sampled_from(["is_set", "is_empty"]), key),
    )  # fmt: skip


NAMED = [goal.name for goal in made_up.GOALS]
GOAL = st.one_of(
    st.builds(lambda names, case: ["is", "event:goal", names, *case], lists(NAMED), CASE),
    st.builds(lambda case: ["contains", "event:goal", ["Bu", "deep"], *case], CASE),
)


def trees(leaves):
    """and, or, not around leaves."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda joint, them: [joint, them], st.sampled_from(["and", "or"]),
                      st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda one: ["not", one], inner),
        ),
        max_leaves=3,
    )  # fmt: skip


DONE = st.builds(
    lambda deed, inner: [deed, inner],
    st.sampled_from(["has_done", "has_not_done"]),
    trees(st.one_of(leaf(OF_EVENTS), GOAL)),
)
FILTERS = st.lists(trees(st.one_of(leaf(COMPARED), leaf(COMPARED), GOAL, DONE)), max_size=3)
BOUNDS = [datetime(2026, 4, 4, 14, 30, tzinfo=UTC) + timedelta(minutes=7 * n) for n in range(9)]
RANGES = st.one_of(
    st.builds(lambda a, b: sorted([str(FIRST + timedelta(days=a)), str(FIRST + timedelta(days=b))]),
              st.integers(-1, DAYS), st.integers(-1, DAYS)),
    st.builds(lambda a, b: [min(a, b).isoformat(), max(a, b).isoformat()],
              st.sampled_from(BOUNDS), st.sampled_from([*BOUNDS, NOW])),
)  # fmt: skip


@st.composite
def bodies(draw):
    """A query that can be read: metrics that do not fit are left out."""
    groups = draw(st.lists(st.sampled_from(GROUPS), max_size=2, unique=True))
    time = draw(st.lists(st.sampled_from(TIMES), max_size=1))
    keys = draw(st.permutations(groups + time))
    if draw(st.integers(0, 9)) == 0:
        keys = ["visit:exit_page"]
    body = {"dimensions": keys, "filters": draw(FILTERS), "date_range": draw(RANGES)}
    wanted = draw(st.lists(st.sampled_from(list(METRICS)), min_size=1, max_size=6, unique=True))
    fitting = [name for name in wanted if fits(body | {"metrics": [name]})]
    if not fits(body | {"metrics": ["visitors"]}):
        body["dimensions"] = [key for key in keys if key != "time:minute"]
    return body | {"metrics": fitting or ["visitors"]}


def read(body):
    """The query of a body."""
    return parse_query(Site(PROJECT, ZONE, NOW, goals=lambda: made_up.GOALS), body)


def fits(body):
    """Whether it can be read."""
    try:
        return bool(read(body))
    except QueryError:
        return False


def check(rows, body):
    """Ask both and compare every number."""
    answer = answers.answer(read(body), zone=ZONE, now=NOW)
    found = {tuple(row["dimensions"]): row["metrics"] for row in answer["results"]}
    expected = reference(rows, made_up.GOALS, body)
    assert len(found) == len(answer["results"])
    assert found.keys() == expected.keys()
    for label, values in expected.items():
        for name, got in zip(body["metrics"], found[label], strict=True):
            assert money.amount(got) == pytest.approx(values[name], abs=1e-9), (label, name)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    # A failure is short enough, and each step of making it shorter is a query.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=bodies())
def test_every_answer_is_that_of_the_reference(rows, body):
    """To the unit, whatever is asked."""
    check(rows, body)


@pytest.mark.parametrize("key", GROUPS + TIMES)
def test_every_metric_by_every_dimension(rows, key):
    """Whatever the random questions leave out."""
    body = {"dimensions": [key], "date_range": [str(FIRST), str(FIRST + timedelta(days=1))]}
    narrowed = [["is_not", "event:page", ["/a"]]]
    for filters in ([], narrowed, [["is", "event:goal", ["Buy", "Deep"]]]):
        asked = body | {"filters": filters}
        names = [name for name in METRICS if fits(asked | {"metrics": [name]})]
        assert "visitors" in names
        check(rows, asked | {"metrics": names})


def test_days_add_up_to_their_range(rows):
    """Visitors, visits and all that is counted."""
    metrics = ["visitors", "visits", "pageviews", "events"]
    for filters in ([], [["contains", "event:page", ["blog"]]], [["is", "visit:os", ["Mac"]]]):
        whole = {"metrics": metrics, "filters": filters}
        days = [str(FIRST + timedelta(days=number)) for number in range(DAYS)]

        def ask(first, last, whole=whole):
            query = read(whole | {"date_range": [first, last]})
            return answers.answer(query, zone=ZONE, now=NOW)["results"][0]["metrics"]

        singles = [ask(day, day) for day in days]
        assert ask(days[0], days[-1]) == [sum(column) for column in zip(*singles, strict=True)]
