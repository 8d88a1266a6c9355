"""Every pattern of a bot's user agent with the name that it is counted under: a closed list."""

import re
from typing import Any, NamedTuple

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from collector.bots.vendors import VENDORS

MOST_NAME = 60
PLAIN = re.compile(r"[\w .:;,!'@/+-]+", re.ASCII)
LETTERS = re.compile(r"\[(.)[^\]]*\]")
GROUP = re.compile(r"(?<!\\)\(([^|()]*)\|[^()]*\)")
ESCAPED = re.compile(r"\\[()]?")
# Tools that the list leaves out, by what they hold in any letters.
TOOLS = {
    "headless": "Headless browser",
    "^java/": "Java",
    "undici": "undici",
    "postman": "Postman",
    "cypress": "Cypress",
    "synthetic": "Synthetic monitor",
    "lighthouse": "Lighthouse",
}
# Patterns of the list that fit people: the browsers inside of Facebook's app, and of any app on
# telephones with one release of Android 15.
PEOPLE = {"MetaIAB Facebook", r"AP3A\.240617\.008"}


_VENDORS = {token.lower(): vendor for token, vendor in VENDORS.items()}


class Bot(NamedTuple):
    """A pattern, the name that its matches are counted under, and whether it feeds an AI."""

    pattern: str
    name: str
    is_ai: bool


def known_bots() -> list[Bot]:
    """Return all bots whose user agent gives them away."""
    crawlers = [one for one in CRAWLER_USER_AGENTS_DATA if one["pattern"] not in PEOPLE]
    tools = [Bot(f"(?i){pattern}", name, False) for pattern, name in TOOLS.items()]
    # The list may lack a crawler that we know.
    vendors = [Bot(re.escape(token), name, True) for token, name in VENDORS.items()]
    return [*map(_crawler, crawlers), *tools, *vendors]


def _crawler(facts: dict[str, Any]) -> Bot:
    """Name one entry of the list after its vendor if it feeds an AI, else after its pattern."""
    pattern = facts["pattern"]
    name = plain_name(pattern)
    if vendor := _VENDORS.get(name.lower()):
        return Bot(pattern, vendor, True)
    return Bot(pattern, name, "ai-crawler" in facts.get("tags", ()))


def plain_name(pattern: str) -> str:
    """Return what a pattern looks for as text: of each choice the first, `other` for a riddle."""
    words = pattern.partition(r"[\s")[0]
    text = LETTERS.sub(r"\1", GROUP.sub(r"\1", words)).partition("|")[0]
    text = ESCAPED.sub("", text).strip("^$/; ")
    return text if PLAIN.fullmatch(text) and len(text) <= MOST_NAME else "other"
