{# Fails for every combination of these columns that more than one row has. #}
{% test grain(model, columns) %}
select {{ columns | join(', ') }}, count() as repeats
from {{ model }}
group by {{ columns | join(', ') }}
having repeats > 1
{% endtest %}
