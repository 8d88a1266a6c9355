-- One row: the first local date with an event, and how many events there are at all.
SELECT min(local_date) AS first_day, count() AS events
FROM events
WHERE project_id = {project_id:UInt32}
