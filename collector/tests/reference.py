"""What visits are, told a second time in plain Python: no state but lists of events."""

IDLE_MS, FORGET_MS = 30 * 60_000, 40 * 60_000


def visits_of(arrivals):
    """Group events into visits; arrivals are (ms of the stream, event or (project, verb))."""
    visits, opened, closed = [], {}, set()
    for stream_ms, event in arrivals:
        if isinstance(event, tuple):
            project, verb = event
            closed = closed | {project} if verb == "reset" else closed - {project}
            opened = {key: visit for key, visit in opened.items() if key[0] not in closed}
        elif event.project_id not in closed:
            key = (event.project_id, event.visitor_id)
            visit = opened.get(key, [])
            first = min((e.timestamp for e in visit), default=0)
            last = max((e.timestamp for e in visit), default=0)
            near = first - IDLE_MS <= event.timestamp <= last + IDLE_MS
            if not visit or not near or stream_ms > last + FORGET_MS:
                visit = opened[key] = []
                visits.append(visit)
            visit.append(event)
    return visits


def told(visit):
    """Tell of one visit what its row must say, None for engagement alone."""
    events = [e for e in visit if e.name != "engagement"]
    if not events:
        return None
    pages = [e for e in events if e.name == "pageview"]
    entry = min(pages, key=lambda e: e.timestamp, default=None)
    leave = max(reversed(pages), key=lambda e: e.timestamp, default=None)
    start, end = min(e.timestamp for e in visit), max(e.timestamp for e in visit)
    acted = any(e.name != "pageview" and e.interactive for e in events)
    bounce = len(pages) <= 1 and not acted
    return {
        "project_id": visit[0].project_id,
        "visitor_id": visit[0].visitor_id,
        "local_date": visit[0].local_date,
        "utc_offset": visit[0].utc_offset,
        "start": start,
        "end": end,
        "entry_page": entry.path if entry else "",
        "entry_hostname": entry.hostname if entry else "",
        "exit_page": leave.path if leave else "",
        "exit_hostname": leave.hostname if leave else "",
        "pageviews": len(pages),
        "events": len(events),
        "is_bounce": bounce,
        "duration": 0 if bounce else (end - start) // 1_000,
        "engaged_ms": sum(e.engaged_ms for e in visit if e.name == "engagement"),
        "source": events[0].source,
        "screen": events[0].screen,
    }
