"""A read that costs too much ends with advice, and every read says who asked."""

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from analytics_saas import clickhouse
from analytics_saas.errors import ApiError
from reports import runner

pytestmark = pytest.mark.usefixtures("clickhouse_tables")


@pytest.mark.parametrize(
    ("sql", "cost"),
    [
        ("SELECT sum(number) FROM numbers(100000000000)", "rows"),
        ("SELECT number FROM numbers(1000001)", "the size"),
    ],
)
def test_what_costs_too_much_is_refused_with_advice(sql, cost):
    """The reader's own limits end it."""
    with pytest.raises(ApiError) as caught:
        runner.fetch(1, "test", sql, {})
    assert (caught.value.status_code, caught.value.code) == (422, "too_costly")
    assert cost in caught.value.message
    assert "fewer days" in caught.value.message


@pytest.mark.parametrize(
    ("limit", "sql", "cost"),
    [
        ("max_memory_usage", "SELECT length(groupArray(number)) FROM numbers(9000000)", "memory"),
        ("max_result_rows", "SELECT number FROM numbers(1000001)", "the size of its answer"),
        ("max_execution_time", "SELECT sum(sipHash64(number)) FROM numbers(900000000)", "time"),
    ],
)
def test_the_engines_errors_are_known_by_their_numbers(limit, sql, cost):
    """Those of a limit that was reached."""
    with pytest.raises(DatabaseError) as caught:
        clickhouse.reader().query(sql, settings={limit: "1"})
    assert runner.COSTS[caught.value.code] == cost


def test_every_read_says_who_asked():
    """In the engine's own log."""
    with runner.asked_by("person:7"):
        ((tag,),) = runner.fetch(5, "test", "SELECT getSetting('log_comment')", {})
    assert tag == "project=5 report=test asker=person:7"
    assert "asker=nobody" in runner.fetch(5, "test", "SELECT getSetting('log_comment')", {})[0][0]
