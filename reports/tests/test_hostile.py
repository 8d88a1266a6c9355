"""Whatever stands in a filter is a text to compare with, and nothing else."""

import random
import string
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics_saas import clickhouse
from reports import answers
from reports.parse import Site, parse_query

PROJECT = random.SystemRandom().randrange(1_000_000, 2**32 - 1)
DAY = date(2026, 3, 10)
SITE = Site(PROJECT, ZoneInfo("UTC"), datetime(2026, 3, 10, 12, tzinfo=UTC))
KNOWN = [
    "' OR 1=1 --", "\\' OR 1=1 --",
    "{p0:String}", "{project_id:UInt32}", "%s", "%", "_", "\\", "\\\\",
    "\\N", "\\x41", "`", '"', "/* */", "; DROP TABLE events", "NULL", "[]", "['a']", "\t", "\n",
    "\r",
    "\u2028", "\u202e", "💥", "é", "é", "İ", "ß", "&p0=x", "%27", "+", " ", "  ", "$$x$$", "{", "}",
    "(?i)a", ".*", "\x01", "\x7f", "now()", "0x41", "1e9", "-1", "true",
]  # fmt: skip


def made(count):
    """So many different texts of what means something somewhere."""
    dice = random.Random(5)
    letters = string.printable + "äß💥\u2028" + "'\"\\{}%_`" * 4
    texts = dict.fromkeys(KNOWN)
    while len(texts) < count:
        texts["".join(dice.choices(letters, k=dice.randrange(1, 12)))] = None
    return list(texts)


TEXTS = made(2_000)


@pytest.fixture(scope="module")
def stored(clickhouse_tables):
    """One event for each text, as its path and as a property; each by its own visitor."""
    noon = datetime.combine(DAY, time(12), UTC)
    rows = [
        (PROJECT, DAY, noon + timedelta(milliseconds=n), "pageview", n, n, text, {"k": text})
        for n, text in enumerate(TEXTS)
    ]
    columns = ["timestamp", "name", "visitor_id", "visit_id", "path", "props"]
    clickhouse.writer().insert("events", rows, column_names=["project_id", "local_date", *columns])


def found(op, key, values, dimension, *case):
    """The values of all rows that a filter leaves."""
    body = {"metrics": ["events"], "date_range": [str(DAY), str(DAY)], "dimensions": [dimension],
            "filters": [[op, key, values, *case]]}  # fmt: skip
    answer = answers.answer(parse_query(SITE, body), zone=SITE.zone, now=SITE.now)
    return {row["dimensions"][0] for row in answer["results"]}


@pytest.mark.parametrize("key", ["event:page", "event:props:k"])
def test_every_text_means_itself(stored, key):
    """Alone among its neighbours, and all of them by a hundred at once."""
    for start in range(0, len(TEXTS), 100):
        batch = TEXTS[start : start + 100]
        assert found("is", key, batch, key) == set(batch)
    for text in KNOWN:
        assert found("is", key, [text], key) == {text}
        assert found("is_not", key, [text], key) == set(TEXTS) - {text}
        holding = {other for other in TEXTS if text in other}
        assert found("contains", key, [text], key) == holding
        assert found("contains_not", key, [text], key) == set(TEXTS) - holding
        anyhow = {"case_sensitive": False}
        assert text in found("is", key, [text], key, anyhow)
        assert found("contains", key, [text], key, anyhow) >= holding


def test_a_property_may_have_any_name(stored):
    """Names are bound like values."""
    for text in KNOWN:
        assert found("is_set", f"event:props:{text}", [], "event:page") == set()
