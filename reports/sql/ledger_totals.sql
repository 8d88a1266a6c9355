-- One row per outcome: how many events had it in a period.
SELECT outcome, sum(count) AS events
FROM ledger FINAL
WHERE project_id = {project_id:UInt32}
    AND minute >= {since:DateTime('UTC')} AND minute < {until:DateTime('UTC')}
GROUP BY outcome
