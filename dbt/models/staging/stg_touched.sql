select
    project_id,
    local_date,
    ingest_batch
from {{ source('daysalt', 'touched') }}
