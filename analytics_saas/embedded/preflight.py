"""What must hold before anything is started; whatever does not is one sentence."""

import os
import shutil
import socket
from pathlib import Path

from analytics_saas.embedded.parts import Part

LEAST_FREE_BYTES = 200_000_000
# Linux has room for 107 bytes, macOS for 103.
MOST_SOCKET_PATH_BYTES = 103
LONGEST_SOCKET_NAME = "queue.sock"


class CannotRun(Exception):
    """One sentence that says why the product cannot start or go on."""


def require_disk(folder: Path, least: int = LEAST_FREE_BYTES) -> None:
    """Raise CannotRun when too little space is left to start."""
    free = shutil.disk_usage(folder).free
    if free < least:
        raise CannotRun(
            f"only {free // 1_000_000} MB are free in {folder}: free at least "
            f"{least // 1_000_000} MB, or set DATA_DIR to another disk"
        )


def require_short_path(data_dir: Path) -> None:
    """Raise CannotRun when the sockets in DATA_DIR could not be bound."""
    length = len(os.fsencode(data_dir / LONGEST_SOCKET_NAME))
    if length > MOST_SOCKET_PATH_BYTES:
        most = MOST_SOCKET_PATH_BYTES - len(LONGEST_SOCKET_NAME) - 1
        raise CannotRun(
            f"DATA_DIR is too long for a unix socket: {data_dir} has {length - 11} bytes, "
            f"at most {most} are possible; set DATA_DIR to a shorter path"
        )


def require_ports(parts: list[Part]) -> None:
    """Raise CannotRun when two parts want one port, or something else has it."""
    taken: dict[int, Part] = {}
    for part in parts:
        if part.port is None:
            continue
        name = f"{part.name.upper()}_PORT"
        if part.port in taken:
            other = f"{taken[part.port].name.upper()}_PORT"
            raise CannotRun(f"{other} and {name} are both {part.port}: give each a port of its own")
        taken[part.port] = part
        if reason := why_not_bindable(part.port):
            raise CannotRun(
                f"port {part.port} for {part.name} {reason}: stop what listens there, "
                f"or set {name} to a free one"
            )


def why_not_bindable(port: int) -> str:
    """Return why nothing of ours can listen on a port, '' when it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return "is reserved for root"
        except OSError:
            return "is busy"
    return ""
