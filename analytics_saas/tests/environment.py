"""A pytest plugin that gives the run stores of its own, before Django reads its settings."""

import os
import socket
import tempfile

with socket.socket() as _probe:
    _probe.bind(("127.0.0.1", 0))
    os.environ["CLICKHOUSE_PORT"] = str(_probe.getsockname()[1])
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="daysalt-test-")
os.environ["SALT_MIRROR_DIR"] = ""
os.environ["EMAIL_URL"] = "memorymail://"
os.environ["DEV_CLOCK"] = "1"
