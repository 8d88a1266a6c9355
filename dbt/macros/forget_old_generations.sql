{# Deletes what the run before replaced: until then a reader may still be at it. #}
{% macro forget_old_generations(mart) %}
    {% if is_incremental() %}
        delete from {{ mart }}
        where (project_id, local_date, generation) in (
            select old.project_id, old.local_date, old.generation
            from {{ mart }} as old
            inner join {{ source('daysalt', 'rollup_days') }} as built
                on old.project_id = built.project_id and old.local_date = built.local_date
            where old.generation < built.generation
        )
    {% endif %}
{% endmacro %}
