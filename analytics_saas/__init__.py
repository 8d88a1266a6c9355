"""The plant room: configuration, connections and what `make up` starts."""
