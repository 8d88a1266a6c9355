{{ config(
    materialized='incremental',
    engine='MergeTree()',
    order_by='(project_id, local_date, generation)',
    incremental_strategy='append',
    full_refresh=false,
    pre_hook="{{ forget_old_generations(this) }}",
) }}

with

due_days as (
    select project_id, local_date, generation from {{ ref('due_days') }}
),

events as (
    select
        project_id,
        local_date,
        uniqExactIf(visitor_id, event_name != 'engagement') as visitors,
        countIf(event_name = 'pageview') as pageviews,
        countIf(event_name != 'engagement') as events
    from {{ ref('stg_events') }}
    where (project_id, local_date) in (select project_id, local_date from due_days)
    group by project_id, local_date
),

visits as (
    select
        project_id,
        local_date,
        count() as visits,
        sum(is_bounce) as bounces,
        sum(visit_seconds) as visit_seconds,
        sum(engaged_ms) as engaged_ms
    from {{ ref('stg_visits') }}
    where (project_id, local_date) in (select project_id, local_date from due_days)
    group by project_id, local_date
)

select
    due_days.project_id as project_id,
    due_days.local_date as local_date,
    due_days.generation as generation,
    toUInt64(visitors) as visitors,
    toUInt64(visits) as visits,
    toUInt64(pageviews) as pageviews,
    toUInt64(events) as events,
    toUInt64(bounces) as bounces,
    toUInt64(visit_seconds) as visit_seconds,
    toUInt64(engaged_ms) as engaged_ms
from due_days
left join events
    on due_days.project_id = events.project_id and due_days.local_date = events.local_date
left join visits
    on due_days.project_id = visits.project_id and due_days.local_date = visits.local_date
