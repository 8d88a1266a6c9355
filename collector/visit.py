"""The shapes of the fold: a visit so far, and what a batch made of its events. Pure."""

import msgspec

Origin = tuple[str | int, ...]


class Visit(msgspec.Struct, array_like=True, gc=False):
    """One visit so far. Times are milliseconds since the epoch; `origin` is a packed Origin.

    The first four stand first for the log. `slot` is its origin's place in the batch under way.
    """

    project_id: int
    visitor_id: int
    end: int
    version: int
    visit_id: int
    local_date: int
    start: int
    utc_offset: int
    origin: bytes
    entry_at: int = 0
    exit_at: int = 0
    entry_page: str = ""
    entry_hostname: str = ""
    exit_page: str = ""
    exit_hostname: str = ""
    pageviews: int = 0
    events: int = 0
    interactions: int = 0
    engaged_ms: int = 0
    length: int = 0
    slot: int = 0


class Folded:
    """What a batch made of its events, until it is taken.

    An event's slot names its origin and its visit: a visit has one, or a second one when the
    page view that knows its source comes after time on the page. Its place is how many events
    its visit had before it.
    """

    def __init__(self) -> None:
        self.slots: list[int] = []
        self.places: list[int] = []
        self.begun: list[int] = []
        self.owners: list[Visit] = []
        self.origins: list[Origin] = []

    def open(self, visit: Visit, origin: Origin) -> None:
        """Give a visit's origin a slot of this batch."""
        visit.slot = len(self.owners)
        self.owners.append(visit)
        self.origins.append(origin)

    def visits(self) -> list[Visit]:
        """Return each visit that has a page view or event; the rest are only time on a page."""
        return [one for slot, one in enumerate(self.owners) if one.slot == slot and one.events]
