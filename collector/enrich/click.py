"""Click ids: what the parameter that an ad or a newsletter adds to a link says of its origin."""

from collections.abc import Container
from typing import NamedTuple


class Click(NamedTuple):
    """Who adds the parameter, and the medium that it means; '' where it says nothing of payment."""

    source: str
    medium: str


PAID = "cpc"
# In the order in which they count where a link has several.
CLICKS = {
    "gclid": Click("Google", PAID),
    "gbraid": Click("Google", PAID),
    "wbraid": Click("Google", PAID),
    "dclid": Click("Google", "display"),
    "msclkid": Click("Bing", PAID),
    "twclid": Click("X", PAID),
    "ttclid": Click("TikTok", PAID),
    "li_fat_id": Click("LinkedIn", PAID),
    "rdt_cid": Click("Reddit", PAID),
    "sccid": Click("Snapchat", PAID),
    "epik": Click("Pinterest", PAID),
    "qclid": Click("Quora", PAID),
    "ndclid": Click("Nextdoor", PAID),
    "yclid": Click("Yandex", PAID),
    "tblci": Click("Taboola", PAID),
    "dicbo": Click("Outbrain", PAID),
    "irclickid": Click("Impact", "affiliate"),
    "cjevent": Click("CJ", "affiliate"),
    "awc": Click("Awin", "affiliate"),
    "mc_eid": Click("Mailchimp", "email"),
    "_hsenc": Click("HubSpot", "email"),
    # Facebook and Instagram add theirs to every link, paid for or not.
    "fbclid": Click("Facebook", ""),
    "igshid": Click("Instagram", ""),
}
NO_CLICK = Click("", "")


def click_name(parameters: Container[str]) -> str:
    """Return the name of the click id among parameters in small letters, '' for none."""
    return next((name for name in CLICKS if name in parameters), "")


def click_of(name: str) -> Click:
    """Return what a click id means."""
    return CLICKS.get(name, NO_CLICK)
