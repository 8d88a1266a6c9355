"""Pages of rows: complete, in order, and closed to made-up cursors."""

import pytest
from django.test import RequestFactory

from accounts.models import User
from analytics_saas.errors import ApiError
from analytics_saas.pagination import paginate


def ask(**query):
    """A request with these parameters."""
    return RequestFactory().get("/", query)


@pytest.fixture
def seven(db):
    """Seven rows, oldest first."""
    return [User.objects.create_user(f"{number}@example.com").pk for number in range(7)]


@pytest.mark.parametrize("newest_first", [False, True])
def test_the_pages_together_are_all_rows_in_order(seven, newest_first):
    """No row is missed or told twice, even when one is deleted in between."""
    told, cursor = [], ""
    while cursor is not None:
        request = ask(limit=3, cursor=cursor)
        page = paginate(request, User.objects.all(), newest_first=newest_first)
        told += [row.pk for row in page.rows]
        User.objects.filter(pk=told[-1]).delete()
        cursor = page.next_cursor
    assert told == (seven[::-1] if newest_first else seven)


def test_a_full_last_page_has_no_next(seven):
    """The last row is known to be the last."""
    assert paginate(ask(limit=7), User.objects.all()).next_cursor is None


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1e1", "", "\0", "²", "9" * 5000])
def test_a_limit_that_is_none_is_refused(db, limit):
    """The answer names the field and the bounds."""
    with pytest.raises(ApiError, match="1 to 100") as refused:
        paginate(ask(limit=limit), User.objects.all())
    assert refused.value.field == "limit"


@pytest.mark.parametrize("cursor", ["1", "x", "AAAA", "é", "\0", "A" * 32, "A" * 5000])
def test_a_made_up_cursor_is_refused(db, cursor):
    """Only what a page gave is taken."""
    with pytest.raises(ApiError, match="no cursor") as refused:
        paginate(ask(cursor=cursor), User.objects.all())
    assert refused.value.field == "cursor"
