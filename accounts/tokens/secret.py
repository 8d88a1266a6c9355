"""The text of an API token: `ds_o_` or `ds_p_`, 30 random base62, CRC32 as 6 base62. Pure.

The checksum says nothing about who holds a token; it tells a slip of the pen or a made-up text
from a token without a look into the database, and lets scanners find leaked ones.
"""

import hashlib
import re
import secrets
import string
import zlib

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_LENGTH = 30
CHECKSUM_LENGTH = 6
# What is kept and shown, so that a person can tell tokens apart: the kind and seven characters.
PREFIX_LENGTH = 12
ORGANIZATION_KIND = "ds_o_"  # acts in the whole organization
PROJECTS_KIND = "ds_p_"  # acts in chosen projects only
STARTS = (ORGANIZATION_KIND, PROJECTS_KIND)
FORM = re.compile(rf"ds_[op]_[0-9A-Za-z]{{{RANDOM_LENGTH + CHECKSUM_LENGTH}}}")


def new_secret(kind: str) -> str:
    """Return a fresh token of a kind; 178 bits nobody can guess."""
    text = kind + "".join(secrets.choice(BASE62) for _ in range(RANDOM_LENGTH))
    return text + _checksum(text)


def is_well_formed(text: str) -> bool:
    """Tell whether a text could be one of our tokens: its form and its checksum."""
    return FORM.fullmatch(text) is not None and text.endswith(_checksum(text[:-CHECKSUM_LENGTH]))


def digest(text: str) -> str:
    """Return what is stored of a token. It is random, so a plain hash cannot be searched back."""
    return hashlib.sha256(text.encode()).hexdigest()


def _checksum(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, place = divmod(number, len(BASE62))
        digits = BASE62[place] + digits
    return digits
