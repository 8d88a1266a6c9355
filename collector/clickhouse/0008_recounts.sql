-- One row per project and local day: what the ledger says is stored, and how many rows there are.
CREATE TABLE IF NOT EXISTS recounts
(
    project_id UInt32,
    local_date Date,
    at DateTime('UTC'),
    stored UInt64,
    counted UInt64
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (project_id, local_date)
TTL at + INTERVAL 90 DAY
