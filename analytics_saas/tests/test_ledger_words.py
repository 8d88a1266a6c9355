"""The ledger's page has words for whatever the collector can say."""

from collector.drops import DropReason
from reports.ledger import Outcome
from reports.ledger_page import OUTCOMES, REASONS


def test_every_outcome_and_reason_has_words():
    """Accepted is the sum and has a line of its own."""
    assert set(DropReason) <= set(REASONS)
    assert set(OUTCOMES) == set(Outcome) - {Outcome.ACCEPTED}
