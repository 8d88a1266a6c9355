"""The whole product on free ports in a folder of its own, for one measurement or test."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from analytics_saas.env import BASE_DIR

START_SECONDS = 60


@contextmanager
def running_product(extra: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run `manage.py up` until the block ends; give the web role's origin."""
    with tempfile.TemporaryDirectory(prefix="daysalt-bench-") as folder:
        ports = {name: str(free_port()) for name in ("WEB", "COLLECTOR", "CLICKHOUSE")}
        environment = {f"{name}_PORT": port for name, port in ports.items()} | {"DATA_DIR": folder}
        # Codes of new people are read from the page, as in development.
        environment |= {"EMAIL_URL": "consolemail://"}
        environment |= extra or {}
        command = [sys.executable, str(BASE_DIR / "manage.py"), "up"]
        with open(os.path.join(folder, "log"), "w+") as log:
            process = subprocess.Popen(
                command, env=os.environ | environment, stdout=log, stderr=subprocess.STDOUT
            )
            try:
                origin = f"http://localhost:{ports['WEB']}"
                _wait_until_ready(origin, process)
                yield origin
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(START_SECONDS)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(origin: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{origin}/readyz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit(f"daysalt: the product was not ready within {START_SECONDS} s")
