{# The numbers of one row of daily_values, those that are given and 0 for the rest. #}
{% macro part_names() %}
    {{ return([
        'visitors', 'pageviews', 'events', 'visits', 'visit_views', 'bounces', 'visit_seconds',
        'scroll_sum', 'scroll_visits', 'engaged_ms', 'engaged_visits'
    ]) }}
{% endmacro %}

{% macro parts(given) %}
    {%- for part in part_names() %}
        toUInt64({{ given.get(part, 0) }}) as {{ part }}_part{{ ',' if not loop.last }}
    {%- endfor %}
{% endmacro %}
