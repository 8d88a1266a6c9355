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
    select
        project_id,
        local_date,
        [
            ('visitors', count()), ('pageviews', sum(pageviews)), ('events', sum(events))
        ] as numbers
    from visitors
    group by project_id, local_date
    union all
    select
        project_id,
        local_date,
        [
            ('visits', count()), ('bounces', sum(bounces)),
            ('visit_seconds', sum(visit_seconds)), ('engaged_ms', sum(engaged_ms))
        ] as numbers
    from visits
    group by project_id, local_date
),

built as (
    select
        project_id,
        local_date,
        [
            ('visitors', visitors), ('pageviews', pageviews), ('events', events),
            ('visits', visits), ('bounces', bounces), ('visit_seconds', visit_seconds),
            ('engaged_ms', engaged_ms)
        ] as numbers
    from {{ ref('daily_totals') }}
    where (project_id, local_date, generation) in (select * from settled)
)

select project_id, local_date, number.1 as name, sum(in_raw) as raw, sum(in_built) as rollup
from (
    select project_id, local_date, number, number.2 as in_raw, 0 as in_built
    from raw array join numbers as number
    union all
    select project_id, local_date, number, 0, number.2
    from built array join numbers as number
)
group by project_id, local_date, name
having raw != rollup
