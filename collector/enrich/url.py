"""What is kept of a page's address: host, path, campaign; never the rest of the query."""

from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl

from collector.payload import CONTROL

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
CLICK_IDS = ("gclid", "gbraid", "wbraid", "msclkid", "fbclid", "twclid", "ttclid", "li_fat_id")
MOST_UTM = 200


class Page(NamedTuple):
    """A page and its campaign; of a click id only the name is kept."""

    hostname: str
    path: str
    utm: tuple[str, str, str, str, str]
    click_id_name: str


def read_page(url: SplitResult, hash_routing: bool) -> Page:
    """Take a page address apart."""
    path = url.path or "/"
    if hash_routing and url.fragment:
        path = f"{path}#{url.fragment.partition('?')[0]}"
    query: dict[str, str] = {}
    if url.query:
        query = dict(parse_qsl(url.query, errors="replace"))
    # Decoding may bring forth what an address itself may not have.
    utm = tuple(CONTROL.sub("", query.get(name, ""))[:MOST_UTM] for name in UTM)
    click = next((name for name in CLICK_IDS if name in query), "")
    return Page(url.hostname or "", path, utm, click)  # type: ignore[arg-type] # five by UTM
