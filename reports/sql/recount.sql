-- One row: the last recount of a period's days, its sums, and how many days differ.
SELECT
    count() AS days,
    max(at) AS recounted_at,
    min(local_date) AS begin,
    max(local_date) AS end,
    sum(stored) AS said,
    sum(counted) AS there,
    countIf(stored != counted) AS different
FROM recounts FINAL
WHERE project_id = {project_id:UInt32} AND local_date BETWEEN {first:Date} AND {last:Date}
