{{ config(materialized='table', engine='MergeTree()', order_by='(project_id, local_date)') }}

with

touched as (
    select project_id, local_date, max(ingest_batch) as newest_batch
    from {{ ref('stg_touched') }}
    group by project_id, local_date
),

built as (
    select project_id, local_date, upto_batch from {{ ref('stg_built_days') }}
),

changed as (
    select touched.project_id as project_id, touched.local_date as local_date, upto_batch
    from touched
    left join built
        on touched.project_id = built.project_id and touched.local_date = built.local_date
    where newest_batch > upto_batch
),

-- The drain writes `touched` before `events`: only a batch seen in events may count as covered.
seen as (
    select
        project_id,
        local_date,
        max(ingest_batch) as newest_batch,
        argMax(utc_offset_minutes, occurred_at) as last_offset_minutes
    from {{ ref('stg_events') }}
    where (project_id, local_date) in (select project_id, local_date from changed)
    group by project_id, local_date
)

select
    seen.project_id as project_id,
    seen.local_date as local_date,
    -- Grows from run to run, whatever the clock does.
    greatest(
        toUInt64(toUnixTimestamp64Milli(now64(3))),
        ifNull((select max(generation) + 1 from {{ ref('stg_built_days') }}), 0)
    ) as generation,
    seen.newest_batch as upto_batch
from seen
inner join changed
    on seen.project_id = changed.project_id and seen.local_date = changed.local_date
where seen.newest_batch > changed.upto_batch
    and toDate(addMinutes(now('UTC'), last_offset_minutes)) > seen.local_date
