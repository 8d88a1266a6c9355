-- One row per reason: letters that wait to be sent again, and when the oldest came.
SELECT reason, count() AS letters, min(at) AS oldest
FROM dead_letters FINAL
WHERE project_id = {project_id:UInt32}
GROUP BY reason
ORDER BY letters DESC, reason
