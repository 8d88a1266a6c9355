"""Every endpoint and method of the product, and the one right it takes. A new one needs a row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# Rights that are no Permission: anybody at all; anybody who is logged in; people, not tokens.
# And those who are not held to some projects.
ANYBODY, KNOWN, PERSON, UNBOUND = "anybody", "known", "person", "unbound"
# Others' views in our dress, and what is no endpoint; tested where they are.
DRESSED = (
    "admin:", "idp:oidc:authorization", "idp:oidc:token", "idp:oidc:revoke", "api_absent",
)  # fmt: skip
OURS = ("accounts", "projects", "reports", "analytics_saas")
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Row:
    """What one method of one endpoint takes.

    `need` is a Permission's value or one of the words above. `body` makes what is sent from the
    ids of one side; `names`: the body says which project or organization it is about. A list
    shows what one may see, so it answers everybody who is known. `empty`: there is nothing at
    this address in the matrix's world, for nobody. `of`: only this person's own. `also`: a second
    right that it takes.
    """

    need: str
    body: Callable[[dict[str, str]], Any] | None = None
    names: str = ""
    lists: bool = False
    empty: bool = False
    of: str = ""
    also: str = ""


def _said(**fields: Any) -> Callable[[dict[str, str]], Any]:
    return lambda ids: fields


QUERY = {"metrics": ["pageviews"], "date_range": "day"}


def _query(ids: dict[str, str]) -> Any:
    return QUERY | {"project_id": ids["project_id"]}


def _compatible(ids: dict[str, str]) -> Any:
    return QUERY | {"site_id": ids["project_id"]}


def _project(ids: dict[str, str]) -> Any:
    made = {"name": "New", "domain": "new.example", "time_zone": "UTC"}
    return made | {"organization": ids["organization_id"]}


def _transfer(ids: dict[str, str]) -> Any:
    return {"organization": ids["organization_id"], "confirm": "Own"}


def _queries(ids: dict[str, str]) -> Any:
    return {"project_id": ids["project_id"], "queries": [QUERY]}


ROWS: dict[tuple[str, str], Row] = {
    ("home", "get"): Row(ANYBODY),
    ("api_reference", "get"): Row(ANYBODY),
    ("openapi", "get"): Row(ANYBODY),
    # Organizations: pages.
    ("organizations:list", "get"): Row(PERSON, lists=True),
    ("organizations:create", "get"): Row(PERSON),
    ("organizations:create", "post"): Row(PERSON, _said(name="New")),
    ("organizations:team", "get"): Row("see_team"),
    ("organizations:team", "post"): Row("manage_team", _said(email="x@x.example", role="viewer")),
    ("organizations:leave", "post"): Row("see_team", _said()),
    ("organizations:change_role", "post"): Row("manage_team", _said(role="editor")),
    ("organizations:remove", "post"): Row("manage_team", _said()),
    ("organizations:resend", "post"): Row("manage_team", _said()),
    ("organizations:revoke", "post"): Row("manage_team", _said()),
    ("organizations:settings", "get"): Row("own"),
    ("organizations:settings", "post"): Row("own", _said(name="Renamed")),
    ("organizations:two_factor", "get"): Row("own"),
    ("organizations:two_factor", "post"): Row("own", _said()),
    ("organizations:transfer", "get"): Row("own"),
    ("organizations:transfer", "post"): Row("own", lambda ids: {"member": ids["member_id"]}),
    ("organizations:delete", "get"): Row("own"),
    ("organizations:delete", "post"): Row("own", _said(name="Own")),
    ("organizations:audit", "get"): Row("see_audit"),
    ("organizations:audit_csv", "get"): Row("see_audit"),
    ("organizations:usage", "get"): Row("see_usage"),
    ("tokens:list", "get"): Row("manage_tokens"),
    ("tokens:list", "post"): Row("manage_tokens", _said(name="T", scopes=["team:read"])),
    ("tokens:revoke", "post"): Row("manage_tokens", _said()),
    # Organizations: API.
    ("organizations_api:list", "get"): Row("see_team", lists=True),
    ("organizations_api:list", "post"): Row(PERSON, _said(name="New")),
    ("organizations_api:one", "get"): Row("see_team"),
    ("organizations_api:one", "patch"): Row("own", _said(name="Renamed")),
    ("organizations_api:one", "delete"): Row("own"),
    ("organizations_api:audit", "get"): Row("see_audit"),
    ("organizations_api:usage", "get"): Row("see_usage"),
    ("organizations_api:members", "get"): Row("see_team"),
    ("organizations_api:member", "patch"): Row("manage_team", _said(role="editor")),
    ("organizations_api:member", "delete"): Row("manage_team"),
    ("organizations_api:transfer", "post"): Row("own", lambda ids: {"member": ids["member_id"]}),
    ("organizations_api:invitations", "get"): Row("manage_team"),
    ("organizations_api:invitations", "post"): Row(
        "manage_team", _said(email="x@x.example", role="viewer")
    ),
    ("organizations_api:invitation", "delete"): Row("manage_team"),
    ("organizations_api:resend", "post"): Row("manage_team"),
    ("tokens:api_list", "get"): Row("manage_tokens"),
    ("tokens:api_list", "post"): Row("manage_tokens", _said(name="T", scopes=["team:read"])),
    ("tokens:api_detail", "get"): Row("manage_tokens"),
    ("tokens:api_detail", "delete"): Row("manage_tokens"),
    # A person's own account, and the apps that they let in.
    ("account_overview", "get"): Row(KNOWN),
    ("account_delete", "get"): Row(KNOWN),
    ("account_delete", "post"): Row(KNOWN, _said(address="x")),
    ("None", "get"): Row(ANYBODY, empty=True),
    ("organizations:invitation", "get"): Row(ANYBODY, empty=True),
    ("organizations:join", "get"): Row(ANYBODY, empty=True),
    ("organizations:checkout", "get"): Row("manage_billing", empty=True),
    ("organizations:invoices", "get"): Row("manage_billing", empty=True),
    ("apps:list", "get"): Row(PERSON, lists=True),
    ("apps:revoke", "post"): Row(PERSON, _said(), of="owner"),
    # Projects: pages. Everybody owns an organization of their own, so anybody may make one.
    ("projects:list", "get"): Row(PERSON, lists=True),
    ("projects:create", "get"): Row(PERSON),
    ("projects:create", "post"): Row(PERSON, _said(name="New")),
    ("projects:setup", "get"): Row("see_projects"),
    ("projects:general", "get"): Row("edit_projects"),
    ("projects:rules", "get"): Row("edit_projects"),
    ("projects:goals", "get"): Row("edit_reports"),
    ("projects:goal", "get"): Row("edit_reports"),
    ("projects:goal-delete", "post"): Row("edit_reports", _said()),
    ("projects:sharing", "get"): Row("edit_projects"),
    ("projects:sharing", "post"): Row("edit_projects", _said(name="Link")),
    ("projects:public-switch", "post"): Row("edit_projects", _said()),
    ("projects:link-revoke", "post"): Row("edit_projects", _said()),
    ("projects:segments", "get"): Row("see_numbers"),
    ("projects:segment", "get"): Row("edit_reports"),
    ("projects:segment-delete", "post"): Row("edit_reports"),
    ("projects:danger", "get"): Row("edit_projects"),
    ("projects:transfer", "post"): Row("edit_projects", _said(name="x")),
    ("projects:reset", "post"): Row("edit_projects", _said(name="x")),
    ("projects:delete", "post"): Row("edit_projects", _said(name="x")),
    ("sharing:shared", "get"): Row(ANYBODY, empty=True),
    ("sharing:public", "get"): Row(ANYBODY, empty=True),
    # Projects: API.
    ("projects-api:projects", "get"): Row("see_projects", lists=True),
    ("projects-api:projects", "post"): Row("edit_projects", _project, names="organization"),
    ("projects-api:project", "get"): Row("see_projects"),
    ("projects-api:project", "patch"): Row("edit_projects", _said(name="Renamed")),
    ("projects-api:project", "delete"): Row("edit_projects"),
    ("projects-api:reset", "post"): Row("edit_projects", _said(confirm="Own")),
    ("projects-api:transfer", "post"): Row("edit_projects", _transfer, also=UNBOUND),
    ("projects-api:goals", "get"): Row("see_projects"),
    ("projects-api:goals", "post"): Row("edit_reports", _said(kind="scroll", scroll_percent=50)),
    ("projects-api:goal", "get"): Row("see_projects"),
    ("projects-api:goal", "patch"): Row("edit_reports", _said(name="Renamed")),
    ("projects-api:goal", "delete"): Row("edit_reports"),
    ("projects-api:segments", "get"): Row("see_projects"),
    ("projects-api:segments", "post"): Row(
        "edit_reports", _said(name="S", filters=[], personal=False)
    ),
    ("projects-api:segment", "get"): Row("see_projects"),
    ("projects-api:segment", "patch"): Row("edit_reports", _said(name="Renamed")),
    ("projects-api:segment", "delete"): Row("edit_reports"),
    ("projects-api:shared-links", "get"): Row("edit_projects"),
    ("projects-api:shared-links", "post"): Row(
        "edit_projects", _said(name="Link"), also="see_numbers"
    ),
    ("projects-api:shared-link", "get"): Row("edit_projects"),
    ("projects-api:shared-link", "patch"): Row("edit_projects", _said(name="Renamed")),
    ("projects-api:shared-link", "delete"): Row("edit_projects"),
    # The OAuth provider: what it refuses is in its own tests.
    ("idp:oidc:configuration", "get"): Row(ANYBODY),
    ("idp:oidc:oauth_server", "get"): Row(ANYBODY),
    # Numbers.
    ("reports:dashboard", "get"): Row("see_numbers"),
    ("reports:ledger-page", "get"): Row("see_numbers"),
    ("reports:query", "post"): Row("see_numbers", _query, names="project"),
    ("reports:queries", "post"): Row("see_numbers", _queries, names="project"),
    ("reports:compatible-query", "post"): Row("see_numbers", _compatible, names="project"),
    ("reports:realtime", "get"): Row("see_numbers"),
    ("reports:ledger", "get"): Row("see_numbers"),
}


@dataclass(frozen=True)
class Endpoint:
    """One address: its name and route, whether it is ours, and the methods of its view's class.

    A function view names no methods: what it does for POST and what it does for all others.
    """

    name: str
    route: str
    is_ours: bool
    methods: tuple[str, ...]

    @property
    def is_api(self) -> bool:
        """The API answers 401 where a page leads to the log-in."""
        return self.route.startswith("api/")

    def row(self, method: str) -> Row | None:
        """Return what a method takes; a page's POST is as its GET unless it has a row."""
        return ROWS.get((self.name, method)) or (
            None if self.is_api or method == "get" else ROWS.get((self.name, "get"))
        )


def endpoints() -> Iterator[Endpoint]:
    """Yield every endpoint of the URL configuration."""
    yield from _walk(get_resolver(), "", "")


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[Endpoint]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            name = f"{namespace}{pattern.name}"
            module = pattern.callback.__module__.split(".")[0]
            is_ours = (module in OURS or name == "home") and not name.startswith(DRESSED)
            yield Endpoint(name, route, is_ours, _methods(pattern))
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern, route, inner)


def _methods(pattern: URLPattern) -> tuple[str, ...]:
    view = getattr(pattern.callback, "cls", getattr(pattern.callback, "view_class", None))
    if view is None:
        return ("get", "post")
    return tuple(method for method in METHODS if hasattr(view, method))
