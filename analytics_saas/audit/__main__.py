"""`python -m analytics_saas.audit [canary] [salt_age] [rotation]`: one JSON line each.

Ends with 1 when one of them misses its bar. What was done is told on standard error.
"""

import os
import subprocess
import sys
import tempfile
import zoneinfo
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from analytics_saas.embedded.alone import free_port
from analytics_saas.env import BASE_DIR

PARTS = ("canary", "salt_age", "rotation")
MEMORY = Path("/dev/shm")
STORES = ("DATABASE", "REDIS_QUEUE", "REDIS_CACHE", "CLICKHOUSE", "CLICKHOUSE_READER")


def main() -> None:
    """Run the asked parts, or all of them, each on its own ground."""
    asked = sys.argv[1:] or PARTS
    if unknown := set(asked) - set(PARTS):
        sys.exit(f"daysalt: no such audit: {', '.join(sorted(unknown))}; there are {PARTS}")
    sys.exit(max([run(part) for part in asked]))


def run(part: str) -> int:
    """Run one part; return its exit code."""
    with ground() as environment:
        command = [sys.executable, "-m", f"analytics_saas.audit.{part}"]
        return subprocess.run(command, cwd=BASE_DIR, env=environment, check=False).returncode


@contextmanager
def ground() -> Iterator[Mapping[str, str]]:
    """Make a folder on the disk and one in memory; give the environment that points there."""
    with tempfile.TemporaryDirectory(prefix="daysalt-audit-") as folder:
        zones = Path(folder) / "zones"
        zones.mkdir()
        taken = {f"{store}_URL" for store in STORES}
        environment = {name: value for name, value in os.environ.items() if name not in taken}
        environment |= {f"{role}_PORT": str(free_port()) for role in ("WEB", "COLLECTOR")}
        environment |= {
            "CLICKHOUSE_PORT": str(free_port()),
            "DATA_DIR": str(Path(folder) / "data"),
            "DEBUG": "1",
            "DEV_CLOCK": "1",
            "EMAIL_URL": "consolemail://",
            "DJANGO_SETTINGS_MODULE": "analytics_saas.settings",
            # The audit speaks for its visitors as a proxy does.
            "TRUSTED_PROXIES": "127.0.0.0/8",
            # Zones whose midnight comes when the audit wants it to.
            "PYTHONTZPATH": os.pathsep.join([str(zones), *zoneinfo.TZPATH]),
        }
        if not MEMORY.is_dir():
            yield environment | {"SALT_MIRROR_DIR": ""}
            return
        with tempfile.TemporaryDirectory(prefix="daysalt-audit-", dir=MEMORY) as mirror:
            yield environment | {"SALT_MIRROR_DIR": mirror}


if __name__ == "__main__":
    main()
