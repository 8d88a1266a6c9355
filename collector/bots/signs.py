"""Bots that give themselves away by their headers. Only what no browser of a person sends. Pure."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from collector.bots.vendors import SIGNERS

Headers = Mapping[bytes, bytes]

HEADLESS = "Headless browser"
SIGNED = "Signed agent"
CRAWLER = "Unnamed crawler"
# A page that is fetched or opened ahead of its reader, in the words of each browser.
AHEAD = {
    b"sec-purpose": b"prefetch",
    b"purpose": b"pre",
    b"x-purpose": b"pre",
    b"x-moz": b"prefetch",
}


def is_ahead(headers: Headers) -> bool:
    """Tell whether a page was loaded ahead: nobody sees it, and maybe nobody ever will."""
    for name, word in AHEAD.items():
        if (sent := headers.get(name)) and sent.lower().startswith(word):
            return True
    return False


def signer(headers: Headers) -> str | None:
    """Return the vendor that signed an agent's request (Web Bot Auth), '' for one we do not know.

    None when nobody did. Agents in a real browser are told by this alone.
    """
    sent = headers.get(b"signature-agent")
    if sent is None:
        return None
    host = _host(sent.decode("latin-1")[:300])
    labels = host.split(".")
    names = (SIGNERS.get(".".join(labels[start:])) for start in range(len(labels)))
    return next(filter(None, names), "")


def _host(text: str) -> str:
    """Read the host of `"https://host"`, or of a dictionary's `key="https://host"`."""
    try:
        return urlsplit(text.partition('"')[2].partition('"')[0] or text).hostname or ""
    except ValueError:
        return ""


def sign_of_bot(headers: Headers) -> str:
    """Return what headers say of the program that sent them, '' for a browser.

    A browser that tells where a request comes from (Sec-Fetch-Site) also tells a language; one
    run by a program often does not. `From` holds the mail address of a crawler's operator.
    """
    if b"HeadlessChrome" in headers.get(b"sec-ch-ua", b""):
        return HEADLESS
    if b"sec-fetch-site" in headers and not headers.get(b"accept-language"):
        return HEADLESS
    return CRAWLER if b"from" in headers else ""
