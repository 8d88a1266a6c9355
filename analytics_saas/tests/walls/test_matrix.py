"""Every endpoint and method, asked by everybody, for what is theirs and for what is not.

Not visible: 404 with the body of what is absent. Visible but not allowed: 403. Nobody: 401 of
the API, the log-in of a page.
"""

import json
import re

import pytest

from analytics_saas.tests.walls import world as worlds
from analytics_saas.tests.walls.endpoints import ANYBODY, KNOWN, PERSON, ROWS, UNBOUND, endpoints
from analytics_saas.tests.walls.world import undone

OURS = [endpoint for endpoint in endpoints() if endpoint.is_ours]


def reads_numbers(endpoint):
    """Tell whether an endpoint cannot answer without ClickHouse, which takes long to start."""
    return endpoint.name.startswith("reports:")


CASES = [
    pytest.param(endpoint, method, id=f"{method.upper()} {endpoint.name}")
    for endpoint in sorted(OURS, key=reads_numbers)
    for method in endpoint.methods
    if endpoint.row(method)
]
PARAMETER = re.compile(r"<\w+:(\w+)>")
LOG_IN = "/accounts/login/"
TARGETS = ("own", "foreign", "absent", "deleted", "malformed", "foreign inside own",
           "deleted inside own")  # fmt: skip


@pytest.fixture
def db(lasting_world):
    """In place of pytest-django's, which would build a world for each test."""
    return lasting_world


@pytest.fixture
def world(db):
    """One for all: whatever is done here is taken back."""
    return db


@pytest.fixture(autouse=True)
def numbers(request):
    """The tables, for those endpoints that need them."""
    case = getattr(request.node, "callspec", None)
    if case and reads_numbers(case.params["endpoint"]):
        request.getfixturevalue("clickhouse_tables")


def address(endpoint, ids):
    """Fill a route's parameters; `public_id` means the project or the organization it is under."""
    thing = "organization_id" if endpoint.route.startswith("organizations") else "project_id"
    known = ids | {"public_id": ids[thing], "plan": "starter", "secret": "x" * 43}
    return "/" + PARAMETER.sub(lambda match: known[match.group(1)], endpoint.route)


def send(client, endpoint, method, ids, headers=None):
    """Make one request and take it back."""
    row = endpoint.row(method)
    options = {"headers": headers} if headers else {}
    body = row.body(ids) if row.body else None
    if endpoint.is_api and body is not None:
        options |= {"data": json.dumps(body), "content_type": "application/json"}
    elif body is not None:
        options |= {"data": body}
    with undone():
        return getattr(client, method)(address(endpoint, ids), **options)


def verdict(answer):
    """Name what an answer says about the asker's rights."""
    if answer.status_code == 302 and answer["location"].startswith(LOG_IN):
        return "log in"
    if answer.status_code in (401, 403, 404, 405):
        return str(answer.status_code)
    return "allowed" if answer.status_code < 500 else f"broken {answer.status_code}"


def allows(row, rights):
    """Tell whether a person with these rights may."""
    return {row.need, row.also or row.need} <= {ANYBODY, KNOWN, PERSON, UNBOUND} | rights


def has_target(endpoint, row):
    """Tell whether a request is about something that can be foreign."""
    return bool(PARAMETER.search(endpoint.route) or row.names)


def ask_people(world, endpoint, method):
    """Yield (who, what is asked for, expected verdicts, answer), for sessions and for nobody."""
    row, hidden = endpoint.row(method), dict.fromkeys(TARGETS, frozenset({"404"}))
    for who, client in world.clients.items():
        sees = who in ({row.of} if row.of else worlds.ROLES)
        allowed = row.lists or allows(row, worlds.ROLES.get(who, set()))
        if who == "anonymous":
            refused = "401" if endpoint.is_api else "log in"
            nothing = "404" if row.empty else "allowed"
            verdicts = frozenset({nothing if row.need == ANYBODY else refused})
            expected = dict.fromkeys(TARGETS, verdicts)
        elif has_target(endpoint, row) and not sees:
            expected = hidden
        else:
            expected = hidden | {
                "own": {("404" if row.empty else "allowed") if allowed else "403"},
                # The right in one's own organization may be asked for first.
                "foreign inside own": {"404"} if allowed else {"403", "404"},
                "deleted inside own": {"404"} if allowed else {"403", "404"},
            }
        for target, ids in targets(world, endpoint, row):
            if not (target == "foreign" and who == "stranger"):
                yield who, target, expected[target], send(client, endpoint, method, ids)


def targets(world, endpoint, row):
    """Yield the ids of what is own, foreign, absent, deleted and no id, and one level down."""
    own, foreign = world.own.ids, world.foreign.ids
    yield "own", own
    if not has_target(endpoint, row):
        return
    yield "foreign", foreign
    yield "absent", {name: f"{value[:2]}{worlds.ABSENT}" for name, value in own.items()}
    yield "deleted", world.gone
    if endpoint.is_api:
        yield "malformed", dict.fromkeys(own, worlds.MALFORMED)
    names = PARAMETER.findall(endpoint.route)
    if len(names) > 1 and names[-1] in foreign:
        yield "foreign inside own", own | {names[-1]: foreign[names[-1]]}
        yield "deleted inside own", own | {names[-1]: world.gone[names[-1]]}


@pytest.mark.parametrize(("endpoint", "method"), CASES)
def test_people_get_what_is_theirs(world, endpoint, method):
    """Roles, outsiders and nobody, for own, foreign, absent and malformed."""
    wrong, hidden = [], set()
    for who, target, expected, answer in ask_people(world, endpoint, method):
        found = verdict(answer)
        # A page that has no row for POST need not take any.
        takes_none = answer.status_code == 405 and (endpoint.name, method) not in ROWS
        if found not in expected and not takes_none:
            wrong.append(f"{who} → {target}: {found} ({answer.status_code}), not {expected}")
        if found == "404" and endpoint.is_api:
            hidden.add(answer.content)
    assert not wrong, "\n".join(wrong)
    assert len(hidden) <= 1, "what is foreign looks different from what is absent"


@pytest.mark.parametrize(("endpoint", "method"), [one for one in CASES if one.values[0].is_api])
def test_tokens_reach_as_far_as_their_scopes(world, endpoint, method):
    """Each scope alone, all of them, those bound to a project, an app, and a shared link."""
    row, wrong = endpoint.row(method), []
    is_about_project = row.names == "project" or "public_id" in endpoint.route
    for name, headers in world.headers.items():
        bound = name in worlds.BOUND_SCOPES
        if bound and not is_about_project:
            continue
        more = {KNOWN, ANYBODY} | (set() if bound else {UNBOUND})
        more |= {PERSON} if name == "owner's JWT" else set()
        allowed = {row.need, row.also or row.need} <= rights_of(name) | more
        own = "404" if name == "bound elsewhere" else "allowed" if allowed else "403"
        for target, ids in targets(world, endpoint, row):
            found = verdict(send(world.clients["anonymous"], endpoint, method, ids, headers))
            # A shared link opens the numbers; everywhere else it is nobody's.
            elsewhere = name == "shared link" and row.need not in ("see_numbers", ANYBODY)
            if elsewhere or name == "JWT of another audience":
                if found != ("allowed" if row.need == ANYBODY else "401"):
                    wrong.append(f"{name} → {target}: {found}")
                continue
            # The right in one's own organization may be asked for first.
            first = {"403"} if own == "403" and target.endswith("inside own") else set()
            if found not in ({own} if target == "own" else {"404"} | first):
                wrong.append(f"{name} → {target}: {found}")
    assert not wrong, "\n".join(wrong)


def rights_of(name):
    """Return what a token of the world was given."""
    if name == "owner's JWT":
        return worlds.ROLES["owner"]
    scopes = worlds.BOUND_SCOPES.get(name, [name])
    scopes = list(worlds.SCOPES) if name == "every scope" else scopes
    return set().union(*(worlds.SCOPES.get(scope, set()) for scope in scopes))


def asks_first(endpoint, method):
    """Tell whether a right is asked for that does not depend on what the body names."""
    row = endpoint.row(method)
    return endpoint.is_api and row.body and not row.names and row.need != PERSON


WITH_BODY = [one for one in CASES if asks_first(*one.values)]


@pytest.mark.parametrize(("endpoint", "method"), WITH_BODY)
def test_who_may_is_asked_before_the_body_is_read(world, endpoint, method):
    """Whoever may not is told so whatever they send, and learns nothing of what would be taken."""
    who = "viewer" if endpoint.route.startswith("api/v1/organizations") else "billing"
    options = {"data": '{"no such field": 1}', "content_type": "application/json"}
    for client, ids, status in ((world.clients[who], world.own.ids, 403),
                                (world.clients["stranger"], world.own.ids, 404)):  # fmt: skip
        with undone():
            answer = getattr(client, method)(address(endpoint, ids), **options)
        assert answer.status_code == status, answer.content


def test_every_endpoint_has_its_row(world):
    """A method without a row answers 405 even to the owner; a row has an endpoint."""
    missing = []
    for endpoint in OURS:
        for method in endpoint.methods:
            if endpoint.row(method):
                continue
            with undone():
                url = address(endpoint, world.own.ids)
                answer = getattr(world.clients["owner"], method)(url)
            if answer.status_code != 405:
                missing.append(f"{method} {endpoint.name} {endpoint.route}")
    assert missing == []
    known = {(one.name, method) for one in OURS for method in one.methods}
    assert set(ROWS) <= known
