-- One row: people seen since the given moment, the newest batch, and whether anything was counted.
SELECT
    uniqExactIf(visitor_id, timestamp >= {since:DateTime64(3, 'UTC')}) AS current_visitors,
    max(ingest_batch) AS latest,
    (SELECT count() FROM (SELECT 1 FROM events WHERE project_id = {project_id:UInt32} LIMIT 1))
        AS has_data
FROM events
WHERE project_id = {project_id:UInt32}
    AND local_date >= toDate({since:DateTime64(3, 'UTC')}) - 1
