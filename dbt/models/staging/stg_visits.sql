select
    project_id,
    local_date,
    visit_id,
    is_bounce,
    duration as visit_seconds,
    engaged_ms
from {{ source('daysalt', 'visits') }} final
