"""Which controls close a project, which reopen it, and what the fold makes of it."""

import msgspec
import pytest

from collector.closures import FORGET_MS, Closures
from collector.drops import DropReason
from collector.stream import Entry
from collector.tests.blocks import table_rows
from collector.tests.test_drain import event
from collector.transform import transform
from collector.visits import Visits

RESET, DELETED = DropReason.RESET, DropReason.DELETED


@pytest.mark.parametrize(
    ("controls", "reason"),
    [
        ([("reset", 5)], RESET),
        ([("reset", 5), ("reopen", 5)], None),
        ([("reset", 5), ("reopen", 4)], RESET),
        ([("reset", 5), ("reset", 6), ("reopen", 5)], RESET),
        ([("reopen", 5), ("reset", 5)], RESET),
        ([("delete", 5)], DELETED),
        ([("delete", 5), ("reopen", 5)], DELETED),
        ([("reset", 5), ("delete", 6), ("reopen", 5)], DELETED),
        ([("delete", 5), ("reset", 6), ("reopen", 6)], DELETED),
        ([("vanish", 5)], None),
    ],
)
def test_controls_are_obeyed_in_their_order(controls, reason):
    """A reopen answers to its own reset only; nothing undoes a deletion."""
    closures = Closures({})
    for place, (verb, at) in enumerate(controls):
        closures.obey((7, verb, at), (place, 0), 1)
    assert closures.reason(7) == reason
    assert closures.reason(8) is None


def test_a_deletion_is_known_as_long_as_entries_may_be_late():
    """A reset is known until it reopens."""
    closures = Closures({})
    closures.obey((7, "delete", 5), (1_000, 0), 1)
    closures.obey((8, "reset", 5), (1_000, 0), 1)
    closures.forget(1_000 + FORGET_MS)
    assert set(closures.snapshot()) == {7, 8}
    closures.forget(1_001 + FORGET_MS)
    assert set(closures.snapshot()) == {8}


def test_what_comes_after_is_dropped_and_counted():
    """In the same batch, in the same entry, dead or alive; a neighbour goes on."""
    dead = list(msgspec.structs.astuple(event(7, 1, 3_000)))
    dead[1] = -1

    def entry(controls, events):
        raw = [msgspec.to_builtins(one) for one in events]
        return msgspec.msgpack.encode(Entry(1, "p", 1, [], controls, raw))

    entries = [
        ((1_000, 0), entry([], [event(7, 1, 1_000), event(8, 1, 1_000)])),
        ((2_000, 0), entry([(7, "reset", 5)], [event(7, 1, 2_000)])),
        ((3_000, 0), entry([], [event(7, 1, 3_000), dead, event(8, 1, 3_000)])),
        ((4_000, 0), entry([(7, "reopen", 5)], [event(7, 1, 4_000)])),
    ]
    visits, closures = Visits([]), Closures({})
    rows = transform(entries, visits, closures, 9)
    cells = table_rows(rows, "ledger", "project_id", "outcome", "reason", "count")
    assert [cell for cell in cells if cell[1] == "dropped"] == [(7, "dropped", "reset", 3)]
    assert rows.event_count == 4
    assert table_rows(rows, "dead_letters") == []
    # The visit of before and the one of after the reset are two.
    assert len(set(table_rows(rows, "visits", "visit_id"))) == 3
    assert closures.snapshot() == {}
