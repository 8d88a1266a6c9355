"""The front door and the pipeline: beacon to event to stream to visits to ClickHouse."""
