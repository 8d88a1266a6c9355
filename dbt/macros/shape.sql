{# A number for what rows a built day has. Raise it with that of reports/rollups.py when a new
   kind of row is added: then every day is built again, and is read raw until it is. #}
{% macro shape() %}{{ return(1) }}{% endmacro %}
