-- One row per project and local day: visitors, and who was there since the given moment.
SELECT
    project_id,
    local_date,
    uniqExactIf(visitor_id, name != 'engagement') AS visitors,
    uniqExactIf(visitor_id, timestamp >= {since:DateTime64(3, 'UTC')}) AS now
FROM events
WHERE project_id IN {project_ids:Array(UInt32)} AND local_date >= {first:Date}
GROUP BY project_id, local_date
