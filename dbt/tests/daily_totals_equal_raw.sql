-- Every day of this run, counted again from the raw tables in another way: distinct pairs instead
-- of uniqExact, the newest version of each visit instead of FINAL. A day that a later batch has
-- touched meanwhile is left out: no reader uses it, and the next run builds it again.
with

settled as (
    select due_days.project_id as project_id, due_days.local_date as local_date, generation
    from {{ ref('due_days') }} as due_days
    inner join {{ source('daysalt', 'touched') }} as touched
        on due_days.project_id = touched.project_id and due_days.local_date = touched.local_date
    group by project_id, local_date, generation, upto_batch
    having max(ingest_batch) <= upto_batch
),

visitors as (
    select project_id, local_date, count() as events, sum(name = 'pageview') as pageviews
    from {{ source('daysalt', 'events') }}
    where name != 'engagement'
        and (project_id, local_date) in (select project_id, local_date from settled)
    group by project_id, local_date, visitor_id
),

visits as (
    select
        project_id,
        local_date,
        argMax(is_bounce, version) as bounces,
        argMax(duration, version) as visit_seconds,
        argMax(engaged_ms, version) as engaged_ms
    from {{ source('daysalt', 'visits') }}
    where (project_id, local_date) in (select project_id, local_date from settled)
    group by project_id, local_date, visit_id
),

-- One row per number, so that a wrong one is named.
raw as (
    select project_id, local_date, 'visitors' as name, toUInt64(count()) as value
    from visitors group by project_id, local_date
    union all
    select project_id, local_date, 'pageviews', sum(pageviews)
    from visitors group by project_id, local_date
    union all
    select project_id, local_date, 'events', sum(events)
    from visitors group by project_id, local_date
    union all
    select project_id, local_date, 'visits', toUInt64(count())
    from visits group by project_id, local_date
    union all
    select project_id, local_date, 'bounces', sum(bounces)
    from visits group by project_id, local_date
    union all
    select project_id, local_date, 'visit_seconds', sum(visit_seconds)
    from visits group by project_id, local_date
    union all
    select project_id, local_date, 'engaged_ms', sum(engaged_ms)
    from visits group by project_id, local_date
),

built as (
    select project_id, local_date, number.1 as name, number.2 as value
    from {{ ref('daily_totals') }}
    array join [
        ('visitors', visitors), ('visits', visits), ('pageviews', pageviews), ('events', events),
        ('bounces', bounces), ('visit_seconds', visit_seconds), ('engaged_ms', engaged_ms)
    ] as number
    where (project_id, local_date, generation) in (select * from settled)
)

select project_id, local_date, name, sum(raw_value) as in_raw, sum(built_value) as in_rollup
from (
    select project_id, local_date, name, value as raw_value, 0 as built_value from raw
    union all
    select project_id, local_date, name, 0, value from built
)
group by project_id, local_date, name
having in_raw != in_rollup
