"""A list of filters becomes a tree, or an error that points into it."""

import pytest

from reports.filter_reader import parse_filters
from reports.filters import FilterError, Joint, Known, Tree
from reports.goals import Goal, GoalKind

PAGE = ["is", "event:page", ["/"]]
KNOWN = Known(
    goals=lambda: [Goal("Buy", GoalKind.EVENT, event="Buy")],
    segment={"s_1": [PAGE, ["is_set", "visit:source"]], "s_2": [["is", "segment", ["s_1"]]]}.get,
)


def deep(levels):
    """A filter inside so many."""
    return ["not", deep(levels - 1)] if levels else PAGE


@pytest.mark.parametrize(
    ("wrong", "path", "says"),
    [
        ([], "[0]", "operator"),
        (["xor", [PAGE]], "[0][0]", "has_not_done"),
        (["and", []], "[0]", "filters inside"),
        (["not", [PAGE]], "[0][1][0]", "operator"),
        (["or", [PAGE, ["is", "visit:shoe", ["x"]]]], "[0][1][1][1]", "event:props:KEY"),
        (deep(6), "[0]" + "[1]" * 6, "5 levels"),
        (["matches", "event:page", ["(?=x)"]], "[0][2][0]", "RE2"),
        (["matches", "event:page", ["(a{1000}){1000}"]], "[0][2][0]", "RE2"),
        (["matches", "event:page", ["a" * 501]], "[0][2][0]", "500"),
        (["matches", "event:page", ["a{0,1000}" * 50]], "[0][2][0]", "RE2 (pattern too large"),
        (["is_set", "event:page", ["/"]], "[0][2]", "no values"),
        (["is", "event:page", ["/"], {"case": True}], "[0][3]", "case_sensitive"),
        (["is", "event:page", ["/"], {"case_sensitive": 1}], "[0][3].case_sensitive", "true"),
        (["is", "event:page", ["/"], {}, 1], "[0]", "operator"),
        (["has_done", ["is", "visit:source", ["x"]]], "[0][1][1]", "event:"),
        (["has_done", ["has_done", PAGE]], "[0][1]", "does not go into"),
        (["is", "event:goal", ["Sell"]], "[0][2]", "Buy"),
        (["is_not", "event:goal", ["Buy"]], "[0][0]", "not around it"),
        (["is", "segment", ["s_3"]], "[0][2][0]", "no segment"),
        (["is", "segment", ["s_2"]], "[0][2][0]", "neither in a segment"),
        (["contains", "segment", ["s_1"]], "[0]", "segment"),
        (["is", "event:props:", ["x"]], "[0][1]", "must be one of"),
        (["is", f"event:props:{'ä' * 151}", ["x"]], "[0][1]", "must be one of"),
        ({"is": 1}, "[0]", "operator"),
    ],
)
def test_what_is_wrong_is_pointed_at(wrong, path, says):
    """And the text has what is allowed."""
    with pytest.raises(FilterError) as caught:
        parse_filters([wrong], KNOWN)
    assert caught.value.path == path
    assert says in str(caught.value)


def test_conditions_of_all_kinds_are_counted_together():
    """Those inside trees and segments, too."""
    nineteen = ["or", [PAGE] * 19]
    assert len(parse_filters([nineteen, PAGE], KNOWN)) == 2
    with pytest.raises(FilterError, match="At most 20"):
        parse_filters([nineteen, ["is", "segment", ["s_1"]]], KNOWN)


def test_what_must_hold_anyway_is_lifted():
    """An `and` at the top and a segment are no trees of their own."""
    assert len(parse_filters([["and", [PAGE, ["and", [PAGE]]]]], KNOWN)) == 2
    assert len(parse_filters([["is", "segment", ["s_1"]]], KNOWN)) == 2
    either = parse_filters([["is", "segment", ["s_1", "s_1"]]], KNOWN)
    assert isinstance(either[0], Tree)
    assert either[0].joint is Joint.OR


def test_a_city_may_be_a_number():
    """As other products write it."""
    assert parse_filters([["is", "visit:city", [2950159]]])[0].values == ("2950159",)
    with pytest.raises(FilterError):
        parse_filters([["is", "visit:city", [True]]])


def test_patterns_that_people_write_are_small_enough():
    """Alternatives, counts and letters of any script among them."""
    words = "|".join(f"word{number}" for number in range(60))
    for pattern in (r"(?i)^/(blog|docs)/[0-9]{4}/[a-z0-9-]{1,80}/?$", words, r"^(\p{L}|\d)+$"):
        parse_filters([["matches", "event:page", [pattern]]])


def test_a_segment_without_filters_counts_as_one():
    """Each is looked up, so a list of very many would take as long as it likes."""
    asked = []
    known = Known(segment=lambda name: asked.append(name) or [])
    with pytest.raises(FilterError, match="At most 20"):
        parse_filters([["is", "segment", ["s_0"] * 100]] * 100, known)
    assert len(asked) == 21


def test_values_are_refused_before_all_of_them_are_read():
    """The place at which there are too many is named."""
    with pytest.raises(FilterError, match="20000 bytes") as caught:
        parse_filters([["is", "event:page", ["x" * 2_000] * 100]])
    assert caught.value.path == "[0][2][10]"
