-- One row: the first minute of which the ledger knows anything, and how many lines there are.
SELECT min(minute) AS first_minute, count() AS lines
FROM ledger
WHERE project_id = {project_id:UInt32}
