-- One row per project and month (UTC): the stored events that a plan counts. For no person: all
-- projects at once, each summed for its own organization.
SELECT project_id, toStartOfMonth(minute) AS month, sum(count) AS events
FROM ledger FINAL
WHERE minute >= {since:DateTime('UTC')} AND minute < {until:DateTime('UTC')}
    AND outcome = 'stored' AND reason != 'engagement'
GROUP BY project_id, month
