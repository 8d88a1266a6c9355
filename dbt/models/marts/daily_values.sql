{{ config(
    materialized='incremental',
    engine='MergeTree()',
    order_by='(project_id, dimension, local_date, generation, value)',
    incremental_strategy='append',
    full_refresh=false,
    pre_hook="{{ forget_old_generations(this) }}",
    query_settings={'max_bytes_before_external_group_by': 1000000000},
) }}

{% set on_events = time_dimensions('occurred_at') %}
{% do on_events.update(event_dimensions()) %}
{% do on_events.update(shared_dimensions()) %}
{% set on_visits = time_dimensions('started_at') %}
{% do on_visits.update(visit_dimensions()) %}
{% do on_visits.update(shared_dimensions()) %}

{% set of_events = {
    'visitors': 'uniqExact(visitor_id)',
    'pageviews': "countIf(event_name = 'pageview')",
    'events': 'count()'
} %}
{% set of_visits = {
    'visits': 'count()',
    'visit_views': 'sum(pageviews)',
    'bounces': 'sum(is_bounce)',
    'visit_seconds': 'sum(visit_seconds)'
} %}

with

due_days as (
    select project_id, local_date, generation from {{ ref('due_days') }}
),

due_events as (
    select * from {{ ref('stg_events') }}
    where (project_id, local_date) in (select project_id, local_date from due_days)
),

counted_events as (
    select * from due_events where event_name != 'engagement'
),

due_visits as (
    select * from {{ ref('stg_visits') }}
    where (project_id, local_date) in (select project_id, local_date from due_days)
),

-- What a visit had before its eyes of each page.
seen_pages as (
    select
        project_id,
        local_date,
        visit_id,
        path,
        maxIf(scroll_depth, scroll_depth <= 100) as deepest,
        countIf(scroll_depth <= 100) as told,
        sum(engaged_ms) as engaged
    from due_events
    where event_name = 'engagement'
    group by project_id, local_date, visit_id, path
),

stacked as (
    {% for dimension, column in on_events.items() %}
        select
            project_id, local_date, '{{ dimension }}' as dimension, {{ column }} as of_dimension,
            {{ parts(of_events) }}
        from counted_events
        group by project_id, local_date, of_dimension
        union all
    {% endfor %}

    {% for dimension, column in on_visits.items() %}
        select
            project_id, local_date, '{{ dimension }}' as dimension, {{ column }} as of_dimension,
            {{ parts(of_visits) }}
        from due_visits
        group by project_id, local_date, of_dimension
        union all
    {% endfor %}

    {% for dimension, column in visit_dimensions().items() %}
        select
            project_id, local_date, '{{ dimension }}' as dimension, {{ column }} as of_dimension,
            {{ parts(of_events) }}
        from counted_events
        inner join due_visits using (project_id, local_date, visit_id)
        group by project_id, local_date, of_dimension
        union all
    {% endfor %}

    {% for dimension, column in event_dimensions().items() %}
        select
            project_id, local_date, '{{ dimension }}' as dimension, of_dimension,
            {{ parts(of_visits) }}
        from (
            select distinct project_id, local_date, visit_id, {{ column }} as of_dimension
            from counted_events
        ) as had
        inner join due_visits using (project_id, local_date, visit_id)
        group by project_id, local_date, of_dimension
        union all
    {% endfor %}

    select
        project_id, local_date, 'event:page' as dimension, path as of_dimension,
        {{ parts({
            'scroll_sum': 'sum(deepest)', 'scroll_visits': 'countIf(told > 0)',
            'engaged_ms': 'sum(engaged)', 'engaged_visits': 'count()'
        }) }}
    from seen_pages
    group by project_id, local_date, of_dimension
)

select
    stacked.project_id as project_id,
    stacked.local_date as local_date,
    due_days.generation as generation,
    toLowCardinality(stacked.dimension) as dimension,
    toLowCardinality(stacked.of_dimension) as value,
    {%- for part in part_names() %}
    sum(stacked.{{ part }}_part) as {{ part }}{{ ',' if not loop.last }}
    {%- endfor %}
from stacked
inner join due_days
    on stacked.project_id = due_days.project_id and stacked.local_date = due_days.local_date
group by project_id, local_date, generation, dimension, value
