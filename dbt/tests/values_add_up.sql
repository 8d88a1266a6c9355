-- Every event has one value of each dimension of events, and every visit one of each of visits:
-- so the rows of a dimension add up to the whole day. A dimension that lacks rows is named too.
with

built as (
    select * from {{ ref('daily_values') }}
    where (project_id, local_date, generation) in (
        select project_id, local_date, generation from {{ ref('due_days') }}
    )
),

totals as (
    select * from built where dimension = 'total'
),

expected as (
    select
        project_id,
        local_date,
        arrayJoin([{% for key in shared_dimensions() %}'{{ key }}', {% endfor %}'time:hour']) as dimension,
        [pageviews, events, visits, visit_views, bounces, visit_seconds] as numbers
    from totals
    union all
    select
        project_id,
        local_date,
        arrayJoin([{% for key in event_dimensions() %}'{{ key }}'{{ ', ' if not loop.last }}{% endfor %}]) as dimension,
        [pageviews, events] as numbers
    from totals
    union all
    select
        project_id,
        local_date,
        arrayJoin([{% for key in visit_dimensions() %}'{{ key }}'{{ ', ' if not loop.last }}{% endfor %}]) as dimension,
        [visits, visit_views, bounces, visit_seconds] as numbers
    from totals
),

found as (
    select
        project_id,
        local_date,
        dimension,
        multiIf(
            dimension like 'event:%', [sum(pageviews), sum(events)],
            dimension in ({% for key in visit_dimensions() %}'{{ key }}'{{ ', ' if not loop.last }}{% endfor %}),
            [sum(visits), sum(visit_views), sum(bounces), sum(visit_seconds)],
            [
                sum(pageviews), sum(events), sum(visits), sum(visit_views), sum(bounces),
                sum(visit_seconds)
            ]
        ) as numbers
    from built
    where dimension != 'total'
    group by project_id, local_date, dimension
)

select expected.project_id, expected.local_date, expected.dimension, expected.numbers, found.numbers
from expected
left join found
    on expected.project_id = found.project_id
        and expected.local_date = found.local_date
        and expected.dimension = found.dimension
where expected.numbers != found.numbers
