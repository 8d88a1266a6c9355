"""The channel of a visit: one of 19, by the rules of Google Analytics with AI assistants added."""

import re
from functools import lru_cache

from collector.enrich.click import click_of
from collector.enrich.known import kind_of
from collector.enrich.source import DIRECT
from collector.hit import Fields, Hit

PAID = re.compile(r".*cp.*|ppc|retargeting|paid.*")
SHOP = re.compile(r"(?:.*[^a-df-z])?shop.*|.*shopping.*")
PUSH = re.compile(r".*push|.*mobile.*|.*notification.*")
DISPLAY = {"display", "banner", "expandable", "interstitial", "cpm"}
SOCIAL = {"social", "social-network", "social-media", "sm", "social network", "social media"}
PAID_KINDS = {
    "shopping": "Paid Shopping",
    "search": "Paid Search",
    "social": "Paid Social",
    "video": "Paid Video",
}
# What source or medium may be called.
WORDS = {
    **dict.fromkeys(("email", "e-mail", "e_mail", "e mail", "newsletter"), "Email"),
    **dict.fromkeys(("affiliate", "affiliates"), "Affiliates"),
    "audio": "Audio",
    "sms": "SMS",
    "firebase": "Mobile Push Notifications",
}
CHANNELS = {
    "Direct", "Cross-network", *PAID_KINDS.values(), "Display", "Paid Other", "AI Assistants",
    "Organic Shopping", "Organic Social", "Organic Video", "Organic Search", *WORDS.values(),
    "Referral",
}  # fmt: skip


def choose_channel(_: Hit, fields: Fields) -> Fields:
    """Choose by source, medium and campaign; a click id is a medium where none was sent."""
    medium = fields["utm_medium"] or click_of(fields["click_id_name"]).medium
    return {"channel": channel_of(fields["source"], medium, fields["utm_campaign"])}


@lru_cache(5_000)
def channel_of(source: str, medium: str, campaign: str) -> str:
    """Return the first channel whose rule fits, in the order of Google Analytics."""
    kind, medium, campaign = kind_of(source), medium.lower(), campaign.lower()
    return (
        _paid(kind, medium, campaign)
        or _unpaid(kind, medium, campaign)
        or _said(kind, source.lower(), medium)
        or ("Direct" if source == DIRECT else "Referral")
    )


def _paid(kind: str, medium: str, campaign: str) -> str:
    """Return a channel that costs money, '' when none fits."""
    if "cross-network" in campaign:
        return "Cross-network"
    paid = PAID.fullmatch(medium)
    if paid and SHOP.fullmatch(campaign):
        return "Paid Shopping"
    if paid and kind in PAID_KINDS:
        return PAID_KINDS[kind]
    if medium in DISPLAY:
        return "Display"
    return "Paid Other" if paid else ""


def _unpaid(kind: str, medium: str, campaign: str) -> str:
    """Return the channel of a known kind of source, or of what stands for such a kind."""
    if kind == "ai":
        return "AI Assistants"
    if kind == "shopping" or SHOP.fullmatch(campaign):
        return "Organic Shopping"
    if kind == "social" or medium in SOCIAL:
        return "Organic Social"
    if kind == "video" or "video" in medium:
        return "Organic Video"
    return "Organic Search" if kind == "search" or medium == "organic" else ""


def _said(kind: str, source: str, medium: str) -> str:
    """Return the channel that source or medium call by its name."""
    if kind == "email":
        return "Email"
    if channel := WORDS.get(medium) or WORDS.get(source):
        return channel
    return "Mobile Push Notifications" if PUSH.fullmatch(medium) else ""
