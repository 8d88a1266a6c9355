"""The salts that this process holds. Looking one up is as cheap as a dict."""

import time
from datetime import date, datetime

from collector.salts.salt import Salt

Place = tuple[str, date]

# Who has got a buffer hashes with it at once; long after that it is wiped.
WIPE_SECONDS = 1.0

_known: dict[Place, Salt] = {}
_condemned: list[tuple[float, Salt]] = []


def known_salt(zone: str, day: date, now: datetime) -> bytearray | None:
    """Return the salt if this process has it already; asks nobody, so it never blocks.

    It is a buffer that is wiped some time after its day: use it at once and keep no reference.
    """
    found = _known.get((zone, day))
    # Even if the keeper is late, no salt is used after its time.
    return found.key if found and found.until > now else None


def held() -> dict[Place, Salt]:
    """Return all salts of this process, as they are now."""
    return dict(_known)


def keep(place: Place, salt: Salt) -> None:
    """Hold a salt from now on; another one of the same day is condemned."""
    before = _known.get(place)
    _known[place] = salt
    if before and before is not salt:
        _condemned.append((time.monotonic(), before))


def condemn(place: Place) -> None:
    """Give a salt to nobody any more."""
    if salt := _known.pop(place, None):
        _condemned.append((time.monotonic(), salt))


def wipe_condemned(seconds: float = WIPE_SECONDS) -> None:
    """Overwrite what was condemned this long ago."""
    limit = time.monotonic() - seconds
    while _condemned and _condemned[0][0] <= limit:
        _condemned.pop(0)[1].wipe()


def wipe_all() -> None:
    """Overwrite everything, when nobody hashes any more."""
    for place in held():
        condemn(place)
    wipe_condemned(0)
