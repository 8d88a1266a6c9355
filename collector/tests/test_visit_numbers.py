"""The numbers of visits: one for each place of the stream, growing with it."""

from hypothesis import given
from hypothesis import strategies as st

from collector.visits import visit_id

PLACES = st.tuples(
    st.sampled_from([0, 1, 1_790_000_000_000, (1 << 41) - 1, 1 << 41, 9_200_000_000_000]),
    st.sampled_from([0, 1, 1_023, 1_024, 70_000]),
    st.sampled_from([0, 1, 4_095, 4_096, 10_000]),
)


@given(st.lists(PLACES, unique=True))
def test_no_two_places_share_a_number(places):
    numbers = {visit_id(7, place[:2], place[2]) for place in places}
    assert len(numbers) == len(places)
    assert all(0 <= number < 1 << 64 for number in numbers)


def test_they_grow_with_the_stream_as_far_as_there_is_room():
    early = visit_id(9, (1_790_000_000_000, 1_023), 4_095)
    late = visit_id(1, (1_790_000_000_001, 0), 0)
    assert early < late < visit_id(1, (1_790_000_000_001, 0), 4_096)
