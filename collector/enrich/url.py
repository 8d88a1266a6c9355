"""What is kept of a page's address: host, path, campaign; never the rest of the query."""

from urllib.parse import SplitResult, parse_qsl, quote, urlencode

from collector.enrich.click import CLICKS, click_name
from collector.hit import Fields, Hit
from collector.patterns import first_match
from collector.payload import CONTROL
from projects.registry import ProjectRules

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
# What names the source, the first that is there.
TAGS = ("utm_source", "source", "ref")
MOST_UTM = 200
NO_CAMPAIGN = dict.fromkeys((*UTM, "source", "click_id_name"), "")


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


def kept_query(query: str, rules: ProjectRules) -> str:
    """Return `?name=value…` of the parameters that tell this project's pages apart, '' for none.

    They stand in the project's own order, so that a page has one name. What names a click is
    never kept, whatever the project asks for.
    """
    if not query or not rules.page_parameters:
        return ""
    sent = _parameters(query)
    kept = [
        (name, text)
        for name in rules.page_parameters
        if name not in CLICKS and (text := _clean(sent.get(name, "")))
    ]
    return "?" + urlencode(kept, quote_via=quote, errors="replace") if kept else ""


def name_page(hit: Hit, _: Fields) -> Fields:
    """Keep the host, and the page under the name that the project's rules give it."""
    url = hit.payload.url
    sent = path_of(url, hit.payload.hash_routing)
    path = page_name(sent, hit.rules)
    # Pages that are counted as one are not told apart again.
    if path not in hit.rules.page_masks:
        path += kept_query(url.query, hit.rules)
    # A payload's address has nothing beside its host; taking that apart again would cost time.
    return {"hostname": url.netloc.strip("[]"), "path": path}


def read_campaign(hit: Hit, _: Fields) -> Fields:
    """Keep the five UTM values, the source they name, and of a click id the name only.

    With what the project lists these are all of a query that is ever read.
    """
    query = hit.payload.url.query
    if not query:
        return NO_CAMPAIGN
    sent = _parameters(query)
    found = {name: _clean(sent.get(name, "")) for name in UTM}
    found["source"] = next((text for name in TAGS if (text := _clean(sent.get(name, "")))), "")
    found["click_id_name"] = click_name(sent)
    return found


def _parameters(query: str) -> dict[str, str]:
    """Return what was sent by name in small letters; of a name sent twice, the last."""
    return {name.lower(): value for name, value in parse_qsl(query, errors="replace")}


def _clean(text: str) -> str:
    """Decoding may bring forth what an address itself may not have."""
    return CONTROL.sub("", text)[:MOST_UTM].strip() if text else ""
