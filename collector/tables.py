"""The columns that the drain writes, table by table, with their types of ClickHouse. Pure."""

from collector.native import NAME, NAMED_TEXTS, TEXT

DAY, TIME, SECOND = "Date", "DateTime64(3, 'UTC')", "DateTime('UTC')"
FLAG, COUNT, LONG, OFFSET, MONEY = "UInt8", "UInt32", "UInt64", "Int16", "Decimal(18, 3)"

# What a visit takes from its first page view or event, and its events from it.
ORIGIN_TYPES = {
    "referrer": NAME, "source": NAME, "channel": NAME, "utm_source": NAME, "utm_medium": NAME,
    "utm_campaign": NAME, "utm_content": NAME, "utm_term": NAME, "click_id_name": NAME,
    "country": NAME, "region": NAME, "city": COUNT, "browser": NAME, "browser_version": NAME,
    "os": NAME, "os_version": NAME, "device": NAME, "screen": NAME, "language": NAME,
}  # fmt: skip
TABLES: dict[str, dict[str, str]] = {
    "visits": {
        "project_id": COUNT, "local_date": DAY, "visit_id": LONG, "visitor_id": LONG,
        "start": TIME, "end": TIME, "utc_offset": OFFSET,
        "entry_page": NAME, "entry_hostname": NAME, "exit_page": NAME, "exit_hostname": NAME,
        "pageviews": COUNT, "events": COUNT, "is_bounce": FLAG, "duration": COUNT,
        "engaged_ms": LONG, "version": LONG, **ORIGIN_TYPES,
    },
    "ledger": {
        "project_id": COUNT, "minute": SECOND, "outcome": NAME, "reason": NAME, "batch": LONG,
        "count": LONG,
    },
    "touched": {"project_id": COUNT, "local_date": DAY, "ingest_batch": LONG},
    "dead_letters": {
        "project_id": COUNT, "at": TIME, "reason": NAME, "detail": TEXT, "batch": LONG,
        "pos": COUNT, "raw": TEXT,
    },
    "events": {
        "project_id": COUNT, "local_date": DAY, "timestamp": TIME, "utc_offset": OFFSET,
        "name": NAME, "visitor_id": LONG, "hostname": NAME, "path": NAME, **ORIGIN_TYPES,
        "props": NAMED_TEXTS, "revenue": MONEY, "currency": NAME, "interactive": FLAG,
        "engaged_ms": COUNT, "scroll_depth": FLAG, "visit_id": LONG, "is_entry": FLAG,
        "ingest_batch": LONG, "pos": COUNT,
    },
}  # fmt: skip
