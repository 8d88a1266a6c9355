-- One row per project day and batch that wrote to it: what dbt must build.
CREATE TABLE IF NOT EXISTS touched
(
    project_id UInt32,
    local_date Date,
    ingest_batch UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (project_id, local_date, ingest_batch)
SETTINGS
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1
