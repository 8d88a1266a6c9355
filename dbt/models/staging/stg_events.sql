select
    project_id,
    local_date,
    timestamp as occurred_at,
    utc_offset as utc_offset_minutes,
    name as event_name,
    visitor_id,
    visit_id,
    hostname,
    path,
    {{ shared_columns() }},
    engaged_ms,
    scroll_depth,
    ingest_batch
from {{ source('daysalt', 'events') }}
