"""Names and kinds of known sources, from the lists in `lists/`. Pure but for reading them once."""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

LISTS = Path(__file__).parent / "lists"
# A country's domain, alone or below a short general one: de, co.uk, com.br.
COUNTRY = re.compile(r"\.(?:(?:com|co|org|net|edu|it)\.)?[a-z]{2}$")


class Known(NamedTuple):
    """A source that has a name; `kind` is ai, email, link, search, shopping, social or video."""

    name: str
    kind: str


def _read(files: tuple[str, ...]) -> dict[str, Known]:
    """Read lists of `Name: host host`, under their kinds; a later line has the last word."""
    found: dict[str, Known] = {}
    kind = ""
    for line in "\n".join((LISTS / name).read_text("utf-8") for name in files).splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            name, _, places = line.partition(": ")
            found |= dict.fromkeys(places.split(), Known(name, kind))
    return found


_PLACES = _read(("matomo.txt", "own.txt"))
_NAMES = {known.name.lower(): known for known in _PLACES.values()}
_KINDS = {known.name: known.kind for known in _PLACES.values()}


# Bounded, and filled with hosts only: neither visitors nor paths are remembered.
@lru_cache(10_000)
def known_host(host: str) -> Known | None:
    """Find a host by itself or what it is below of; in every country's domain where listed so."""
    for spelling in (host, COUNTRY.sub(".{}", host)):
        labels = spelling.split(".")
        for start in range(len(labels) - 1):
            if known := _PLACES.get(".".join(labels[start:])):
                return known
    return None


def known_word(text: str) -> Known | None:
    """Find what a campaign calls its source: a name, a short form or a host, in any letters."""
    word = text.lower()
    return _PLACES.get(word) or _NAMES.get(word) or (known_host(word) if "." in word else None)


def kind_of(name: str) -> str:
    """Return the kind of a named source, '' when the name is not a known one."""
    return _KINDS.get(name, "")
