"""The page Segments: who opens it, whose are seen, and that its form keeps to the API's rules."""

import pytest

from projects.models import Segment

pytestmark = pytest.mark.django_db(transaction=True)


def address(project, rest=""):
    """Where the page is."""
    return f"/projects/{project.public_id}/settings/segments/{rest}"


def typed(*rows, **fields):
    """What a browser sends: rows of (dimension, operator, values)."""
    form = {"name": "Phones", "filter-INITIAL_FORMS": "0", "filter-TOTAL_FORMS": str(len(rows))}
    for number, row in enumerate(rows):
        names = (f"filter-{number}-{name}" for name in ("dimension", "operator", "values"))
        form |= dict(zip(names, row, strict=True))
    return form | fields


PHONES = ("visit:device", "is", "Mobile\nTablet\n\n")
EMPTY = ("event:page", "is", " ")


@pytest.mark.parametrize(
    ("who", "opens", "edit"),
    [
        ("owner", 200, 200), ("admin", 200, 200), ("editor", 200, 200), ("viewer", 200, 403),
        ("billing", 403, 403), ("removed", 404, 404), ("stranger", 404, 404),
        ("anonymous", 302, 302),
    ],
)  # fmt: skip
def test_who_sees_numbers_opens_it_and_who_edits_reports_changes_everybodys(
    cast, project, who, opens, edit
):
    """A viewer finds this tab and no other."""
    segment = Segment.objects.create(project=project, name="S", filters=[["is", "visit:os", ["X"]]])
    browser = cast.client(who)
    answer = browser.get(address(project))
    assert answer.status_code == opens
    assert browser.get(address(project, f"{segment.public_id}/")).status_code == edit
    deleted = browser.post(address(project, f"{segment.public_id}/delete/")).status_code
    assert deleted == (302 if edit == 200 else edit)
    assert Segment.objects.exists() == (edit != 200)
    if who == "viewer":
        shown = answer.content.decode()
        assert "Operating system is X" in shown
        assert "/settings/goals/" not in shown and segment.public_id not in shown


def test_a_segment_is_made_changed_and_deleted(cast, project):
    """Rows without a value are left out."""
    browser = cast.client("editor")
    form = typed(PHONES, EMPTY, whose="everybody")
    assert browser.post(address(project), form).status_code == 302
    segment = Segment.objects.get()
    assert (segment.owner, segment.filters) == (
        None,
        [["is", "visit:device", ["Mobile", "Tablet"]]],
    )
    assert "Device is Mobile or Tablet" in browser.get(address(project)).content.decode()
    page = browser.get(address(project, f"{segment.public_id}/")).content.decode()
    assert "Mobile\nTablet" in page and 'value="Phones"' in page
    form = typed(("event:page", "contains_not", "/a"), name="Else")
    assert browser.post(address(project, f"{segment.public_id}/"), form).status_code == 302
    segment.refresh_from_db()
    assert (segment.name, segment.filters) == ("Else", [["contains_not", "event:page", ["/a"]]])
    browser.post(address(project, f"{segment.public_id}/delete/"))
    assert not Segment.objects.exists()


def test_ones_own_is_seen_by_nobody_else(cast, project):
    """A viewer can make no other, whatever they send."""
    form = typed(PHONES, name="My own", whose="everybody")
    cast.client("viewer").post(address(project), form)
    segment = Segment.objects.get()
    assert segment.owner == cast.viewer
    for who in ("owner", "editor"):
        assert "My own" not in cast.client(who).get(address(project)).content.decode()
        assert cast.client(who).get(address(project, f"{segment.public_id}/")).status_code == 404
    mine = cast.client("viewer").get(address(project)).content.decode()
    assert "only you see it" in mine


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (typed(EMPTY), "at least one condition"),
        (typed(PHONES, name=""), "This field is required."),
        (typed(PHONES, name="x" * 90), "1 to 80 characters"),
        (typed(PHONES, ("visit:os", "is", "x" * 2_001)), "at most 2000 characters"),
        (typed(("visit:nothing", "is", "x")), "Select a valid choice"),
        (typed(PHONES) | {"filter-TOTAL_FORMS": "many"}, "at least one condition"),
    ],
)
def test_a_bad_segment_says_what_to_type_and_keeps_what_was_typed(cast, project, form, says):
    """Beside the field that it is about."""
    answer = cast.client("owner").post(address(project), form | {"whose": "mine"})
    page = answer.content.decode()
    assert answer.status_code == 200 and says in page
    assert form["name"] in page
    assert not Segment.objects.exists()


def test_another_row_saves_nothing_and_complains_of_nothing(cast, project):
    """What was typed stays; there are at most twenty."""
    browser = cast.client("owner")
    page = browser.post(address(project), typed(PHONES, name="", more="1", whose="everybody"))
    shown = page.content.decode()
    assert 'name="filter-1-values"' in shown and "Mobile" in shown
    assert "field-error" not in shown and "selected>Everybody" in shown
    page = browser.post(address(project), typed(*[PHONES] * 20, more="1"))
    assert 'name="filter-20-values"' not in page.content.decode()
    assert not Segment.objects.exists()
