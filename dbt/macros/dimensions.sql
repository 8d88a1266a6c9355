{# The dimensions that get rows of their own, each with its column, named as in reports/catalog.py. #}

{# Those that events and visits have alike. #}
{% macro shared_names() %}
    {{ return([
        'source', 'referrer', 'channel', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_content',
        'utm_term', 'device', 'browser', 'browser_version', 'os', 'os_version', 'screen',
        'language', 'country', 'region', 'city'
    ]) }}
{% endmacro %}

{% macro shared_columns() %}{{ shared_names() | join(', ') }}{% endmacro %}

{% macro shared_dimensions() %}
    {% set found = {} %}
    {% for name in shared_names() %}
        {% do found.update({'visit:' ~ name: 'toString(city)' if name == 'city' else name}) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{# Those that a visit may have several values of. #}
{% macro event_dimensions() %}
    {{ return({'event:name': 'event_name', 'event:page': 'path', 'event:hostname': 'hostname'}) }}
{% endmacro %}

{# Those that only the whole visit knows. #}
{% macro visit_dimensions() %}
    {{ return({
        'visit:entry_page': 'entry_page', 'visit:exit_page': 'exit_page',
        'visit:entry_page_hostname': 'entry_hostname', 'visit:exit_page_hostname': 'exit_hostname'
    }) }}
{% endmacro %}

{# The whole day, and each hour of its clock. #}
{% macro time_dimensions(moment) %}
    {% set clock = "addMinutes(" ~ moment ~ ", utc_offset_minutes)" %}
    {{ return({'total': "''", 'time:hour': "formatDateTime(" ~ clock ~ ", '%Y-%m-%d %H:00:00')"}) }}
{% endmacro %}
