-- How many days are answered from rollups, and which ones hold rows that no build has seen.
SELECT countIf(newest <= upto_batch), arraySort(groupArrayIf(local_date, newest > upto_batch))
FROM (
    SELECT local_date, max(ingest_batch) AS newest
    FROM touched WHERE project_id = {project_id:UInt32}
    GROUP BY local_date
) AS written
LEFT JOIN (
    SELECT local_date, upto_batch
    FROM rollup_days FINAL
    WHERE project_id = {project_id:UInt32} AND shape = {shape:UInt16}
) AS built USING (local_date)
