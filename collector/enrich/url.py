"""What is kept of a page's address: host, path, campaign; never the rest of the query."""

from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl

from collector.patterns import first_match
from collector.payload import CONTROL
from projects.registry import ProjectRules

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
CLICK_IDS = ("gclid", "gbraid", "wbraid", "msclkid", "fbclid", "twclid", "ttclid", "li_fat_id")
MOST_UTM = 200


class Page(NamedTuple):
    """A page and its campaign; of a click id only the name is kept."""

    hostname: str
    path: str
    utm: tuple[str, str, str, str, str]
    click_id_name: str


def path_of(url: SplitResult, hash_routing: bool) -> str:
    """Return the path as it was sent, with the route in the fragment if there is one."""
    path = url.path or "/"
    if hash_routing and url.fragment:
        path = f"{path}#{url.fragment.partition('?')[0]}"
    return path


def page_name(path: str, rules: ProjectRules) -> str:
    """Return the name under which a path is counted."""
    if rules.lowers_paths:
        path = path.lower()
    if rules.strips_trailing_slash:
        path = path.rstrip("/") or "/"
    return first_match(rules.page_masks, path) or path


def read_page(url: SplitResult, hash_routing: bool, rules: ProjectRules) -> Page:
    """Take a page address apart."""
    path = page_name(path_of(url, hash_routing), rules)
    query: dict[str, str] = {}
    if url.query:
        query = dict(parse_qsl(url.query, errors="replace"))
    # Decoding may bring forth what an address itself may not have.
    utm = tuple(CONTROL.sub("", query.get(name, ""))[:MOST_UTM] for name in UTM)
    click = next((name for name in CLICK_IDS if name in query), "")
    return Page(url.hostname or "", path, utm, click)  # type: ignore[arg-type] # five by UTM
