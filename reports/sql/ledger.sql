-- One row per stretch of local time, outcome and reason, along time; one page of them.
SELECT
    formatDateTime(minute, {format:String}, {zone:String}) AS stretch,
    outcome,
    reason,
    sum(count) AS events
FROM ledger FINAL
WHERE project_id = {project_id:UInt32}
    AND minute >= {since:DateTime('UTC')} AND minute < {until:DateTime('UTC')}
    AND ({outcome:String} = '' OR outcome = {outcome:String})
GROUP BY stretch, outcome, reason
ORDER BY stretch, outcome, reason
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
