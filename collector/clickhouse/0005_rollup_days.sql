-- One row per built project day and generation; written last by dbt.
CREATE TABLE IF NOT EXISTS rollup_days
(
    project_id UInt32,
    local_date Date,
    generation UInt64,
    upto_batch UInt64,
    events UInt64
)
ENGINE = ReplacingMergeTree(generation)
ORDER BY (project_id, local_date)
