"""What is kept of a page's address: host, path, campaign; never the rest of the query."""

from urllib.parse import SplitResult, parse_qsl

from collector.hit import Fields, Hit
from collector.patterns import first_match
from collector.payload import CONTROL
from projects.registry import ProjectRules

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
CLICK_IDS = ("gclid", "gbraid", "wbraid", "msclkid", "fbclid", "twclid", "ttclid", "li_fat_id")
MOST_UTM = 200


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


def name_page(hit: Hit, _: Fields) -> Fields:
    """Take the page's address apart; of a click id only the name is kept."""
    url = hit.payload.url
    query: dict[str, str] = {}
    if url.query:
        query = dict(parse_qsl(url.query, errors="replace"))
    # Decoding may bring forth what an address itself may not have.
    campaign = {name: CONTROL.sub("", query.get(name, ""))[:MOST_UTM] for name in UTM}
    return campaign | {
        "hostname": url.hostname or "",
        "path": page_name(path_of(url, hit.payload.hash_routing), hit.rules),
        "click_id_name": next((name for name in CLICK_IDS if name in query), ""),
    }
