select
    project_id,
    local_date,
    visit_id,
    start as started_at,
    utc_offset as utc_offset_minutes,
    entry_page,
    entry_hostname,
    exit_page,
    exit_hostname,
    {{ shared_columns() }},
    pageviews,
    is_bounce,
    duration as visit_seconds
from {{ source('daysalt', 'visits') }} final
