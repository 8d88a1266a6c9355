-- One row per accepted event; (visit_id, pos) is its identity within a project.
CREATE TABLE IF NOT EXISTS events
(
    project_id UInt32,
    local_date Date CODEC(Delta, ZSTD(1)),
    timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    utc_offset Int16 CODEC(T64, ZSTD(1)),
    name LowCardinality(String),
    visitor_id UInt64 CODEC(ZSTD(1)),
    visit_id UInt64 CODEC(ZSTD(1)),
    is_entry UInt8,
    hostname LowCardinality(String),
    path LowCardinality(String),
    referrer LowCardinality(String),
    source LowCardinality(String),
    channel LowCardinality(String),
    utm_source LowCardinality(String),
    utm_medium LowCardinality(String),
    utm_campaign LowCardinality(String),
    utm_content LowCardinality(String),
    utm_term LowCardinality(String),
    click_id_name LowCardinality(String),
    country LowCardinality(String),
    region LowCardinality(String),
    city UInt32 CODEC(T64, ZSTD(1)),
    browser LowCardinality(String),
    browser_version LowCardinality(String),
    os LowCardinality(String),
    os_version LowCardinality(String),
    device LowCardinality(String),
    screen LowCardinality(String),
    language LowCardinality(String),
    props Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    revenue Decimal(18, 3) CODEC(ZSTD(1)),
    currency LowCardinality(String),
    interactive UInt8,
    engaged_ms UInt32 CODEC(T64, ZSTD(1)),
    scroll_depth UInt8,
    ingest_batch UInt64 CODEC(Delta, ZSTD(1)),
    pos UInt32 CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(local_date)
ORDER BY (project_id, local_date, country, device, browser, os, visitor_id, visit_id, timestamp)
SETTINGS
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1
