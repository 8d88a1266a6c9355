"""The made-up audience of the benchmarks is what it says it is."""

from analytics_saas.bench.audience import BEGIN_MS, make_events
from analytics_saas.bench.metrics import percentile
from collector.tests.reference import told, visits_of


def test_its_visits_are_those_of_the_reference():
    """So that a benchmark may recount without the fold that it measures."""
    made = sorted(make_events(400, seed=3), key=lambda one: one[0].timestamp)
    visits = visits_of([(event.timestamp, event) for event, _ in made])
    assert all(map(told, visits))
    assert len(visits) == sum(begins for _, begins in made) > 400
    assert {id(event) for event, begins in made if begins} == {id(visit[0]) for visit in visits}


def test_it_is_the_same_in_every_run():
    """Another seed gives another audience, within the same two hours."""
    first, again, other = (list(make_events(20, seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert min(event.timestamp for event, _ in first) >= BEGIN_MS


def test_a_role_that_tells_nothing_has_no_percentile():
    """Port 0 never answers."""
    assert percentile(0, "daysalt_drain_commit_seconds", 0.99) is None
