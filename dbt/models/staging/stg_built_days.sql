select
    project_id,
    local_date,
    generation,
    upto_batch
from {{ source('daysalt', 'rollup_days') }} final
