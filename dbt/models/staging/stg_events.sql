select
    project_id,
    local_date,
    timestamp as occurred_at,
    utc_offset as utc_offset_minutes,
    name as event_name,
    visitor_id,
    ingest_batch
from {{ source('daysalt', 'events') }}
