"""Who is on the site now."""

from datetime import datetime, timedelta

from reports import runner

WINDOW = timedelta(minutes=5)


def current(project_id: int, now: datetime) -> dict[str, int | str | bool]:
    """Return the visitors of the last five minutes and whether data ever came.

    `latest` changes whenever rows arrive; it is text, since it does not fit a JSON number.
    """
    ((visitors, latest, has_data),) = runner.fetch_fixed(
        project_id, "current_visitors", {"since": now - WINDOW}
    )
    return {
        "current_visitors": int(visitors),
        "latest": str(latest),
        "has_data": bool(has_data),
    }
