-- Which rows the rollups of a day have, as a number: days of another shape are built again.
ALTER TABLE rollup_days ADD COLUMN IF NOT EXISTS shape UInt16 DEFAULT 0
