-- One logical row per visit, rewritten as it grows: read with FINAL.
CREATE TABLE IF NOT EXISTS visits
(
    project_id UInt32,
    local_date Date CODEC(Delta, ZSTD(1)),
    visit_id UInt64 CODEC(ZSTD(1)),
    visitor_id UInt64 CODEC(ZSTD(1)),
    start DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    end DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    utc_offset Int16 CODEC(T64, ZSTD(1)),
    entry_page LowCardinality(String),
    entry_hostname LowCardinality(String),
    exit_page LowCardinality(String),
    exit_hostname LowCardinality(String),
    pageviews UInt32 CODEC(T64, ZSTD(1)),
    events UInt32 CODEC(T64, ZSTD(1)),
    is_bounce UInt8,
    duration UInt32 CODEC(T64, ZSTD(1)),
    engaged_ms UInt64 CODEC(T64, ZSTD(1)),
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
    version UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(local_date)
ORDER BY (project_id, local_date, country, device, browser, os, visitor_id, visit_id)
SETTINGS
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1
