"""Time zones whose midnight comes at an asked moment: the product's own clocks are left alone."""

import os
import struct
from datetime import datetime, timedelta
from pathlib import Path

DAY_SECONDS = 86_400
MOST_AHEAD_SECONDS = 14 * 3600


def make_zone(name: str, midnight: datetime) -> str:
    """Write a zone without transitions into the first folder of PYTHONTZPATH; return its name.

    Its local midnight is at that instant, to the second.
    """
    offset = -int(midnight.timestamp()) % DAY_SECONDS
    if offset > MOST_AHEAD_SECONDS:
        offset -= DAY_SECONDS
    path = Path(os.environ["PYTHONTZPATH"].split(os.pathsep)[0]) / name
    path.parent.mkdir(exist_ok=True)
    # RFC 8536: the header, one kind of local time, and its abbreviation.
    header = struct.pack(">4sc15x6l", b"TZif", b"\0", 0, 0, 0, 0, 1, 4)
    path.write_bytes(header + struct.pack(">lbb4s", offset, 0, 0, b"AUD\0"))
    return name


def whole(moment: datetime, seconds: float) -> datetime:
    """Return the whole second so many seconds after a moment."""
    return (moment + timedelta(seconds=seconds)).replace(microsecond=0)
