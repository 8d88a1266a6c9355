{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

-- The last model: its tests aside, whatever it lists is complete and compared with raw rows.
select
    due_days.project_id as project_id,
    due_days.local_date as local_date,
    due_days.generation as generation,
    due_days.upto_batch as upto_batch,
    daily_totals.events as events
from {{ ref('due_days') }} as due_days
inner join {{ ref('daily_totals') }} as daily_totals
    on due_days.project_id = daily_totals.project_id
        and due_days.local_date = daily_totals.local_date
        and due_days.generation = daily_totals.generation
