-- One row: people seen since the given moment, and whether anything was ever counted.
SELECT
    uniqExact(visitor_id) AS current_visitors,
    (SELECT count() FROM (SELECT 1 FROM events WHERE project_id = {project_id:UInt32} LIMIT 1))
        AS has_data
FROM events
WHERE project_id = {project_id:UInt32}
    AND local_date >= toDate({since:DateTime64(3, 'UTC')}) - 1
    AND timestamp >= {since:DateTime64(3, 'UTC')}
