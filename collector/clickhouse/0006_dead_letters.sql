-- One row per event or entry that no table can hold; a repeated insert replaces itself.
CREATE TABLE IF NOT EXISTS dead_letters
(
    project_id UInt32,
    at DateTime64(3, 'UTC'),
    reason LowCardinality(String),
    detail String,
    batch UInt64,
    pos UInt32,
    raw String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (project_id, at, batch, pos)
SETTINGS
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1
