"""Runs dbt, which lives in a virtual environment of its own, against the product's ClickHouse."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from analytics_saas import clickhouse
from analytics_saas.env import BASE_DIR, env

PROJECT = BASE_DIR / "dbt"
FOLDER = env.data_dir / "dbt"


class CannotBuild(Exception):
    """One sentence that says why the rollups cannot be built."""


def build() -> int:
    """Run `dbt build` and return its exit code. Raises CannotBuild."""
    program = _program()
    _require_clickhouse()
    with alone():
        command = [program, "build", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        return subprocess.run(command, env=os.environ | environment(), check=False).returncode


def environment() -> dict[str, str]:
    """Return what dbt/profiles.yml reads, derived from CLICKHOUSE_URL."""
    url = urlsplit(env.clickhouse_url)
    secure = url.scheme in ("https", "clickhouses")
    return {
        "DBT_HOST": url.hostname or "",
        "DBT_PORT": str(url.port or (8443 if secure else 8123)),
        "DBT_SECURE": str(secure),
        "DBT_USER": unquote(url.username or "default"),
        "DBT_ENV_SECRET_PASSWORD": unquote(url.password or ""),
        "DBT_DATABASE": url.path.strip("/") or "default",
        "DBT_TARGET_PATH": str(FOLDER / "target"),
        "DBT_LOG_PATH": str(FOLDER / "logs"),
        "DBT_USE_COLORS": str(sys.stdout.isatty()),
        "DO_NOT_TRACK": "1",
    }


def _program() -> str:
    """Return the path of dbt: of the checkout, or of the image."""
    own = BASE_DIR / ".venv-dbt" / "bin" / "dbt"
    program = str(own) if own.exists() else shutil.which("dbt")
    if not program:
        raise CannotBuild("dbt is not installed: install it with `make install-dbt`")
    return program


def _require_clickhouse() -> None:
    try:
        clickhouse.writer().command("SELECT 1")
    except (ClickHouseError, OSError) as error:
        place = f"{environment()['DBT_HOST']}:{environment()['DBT_PORT']}"
        reason = str(error).splitlines()[0][:200]
        raise CannotBuild(
            f"ClickHouse at {place} cannot be used: start it with `make up` ({reason})"
        ) from error


@contextmanager
def alone() -> Iterator[None]:
    """Let one build run at a time: two would publish each other's days half built."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotBuild("another build of the rollups is running") from None
        yield
