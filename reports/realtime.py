"""Who is on the site now."""

from datetime import datetime, timedelta

from reports import runner

WINDOW = timedelta(minutes=5)


def current(project_id: int, now: datetime) -> dict[str, int | bool]:
    """Return the visitors of the last five minutes and whether data ever came."""
    ((visitors, has_data),) = runner.fetch_fixed(
        project_id, "current_visitors", {"since": now - WINDOW}
    )
    return {"current_visitors": int(visitors), "has_data": bool(has_data)}
