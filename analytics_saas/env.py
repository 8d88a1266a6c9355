"""Every setting of the environment, read once and typed; a bad value stops the process."""

import secrets
import sys
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import NoReturn

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Env:
    """Configuration of one process. URLs are strings, paths absolute, sizes in bytes."""

    debug: bool
    data_dir: Path
    secret_key: str
    allowed_hosts: tuple[str, ...]
    web_origin: str
    collector_origin: str
    web_port: int
    collector_port: int
    database_url: str
    redis_queue_url: str
    redis_cache_url: str
    queue_shards: int
    clickhouse_port: int
    clickhouse_url: str
    clickhouse_reader_url: str
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    email_url: str
    mail_from: str
    clickhouse_writer_password: str
    clickhouse_reader_password: str
    dev_clock: bool
    salt_mirror_dir: Path | None


def stop(sentence: str) -> NoReturn:
    """End the process with one sentence for the operator."""
    sys.exit(f"daysalt: {sentence}")


def stored_secret(data_dir: Path, name: str) -> str:
    """Return the secret kept in DATA_DIR under this name, made on first use (mode 0600)."""
    path = data_dir / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Several processes may start at once: only the first file to be linked counts.
        draft = path.with_name(f"{name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        draft.unlink()
    return path.read_text()


def read_networks(text: list[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Parse CIDR blocks. Raises ValueError naming the first bad one."""
    return tuple(ip_network(block.strip(), strict=False) for block in text if block.strip())


def _positive(source: environ.Env, name: str, default: int) -> int:
    value = int(source.int(name, default=default))
    if value < 1:
        raise ValueError(f"{name} must be a whole number of 1 or more, not {value}")
    return value


def read_env() -> Env:
    """Read the process environment. Exits with one sentence that names a bad variable."""
    source = environ.Env()
    try:
        return _read(source)
    except (ImproperlyConfigured, ValueError, OSError) as error:
        stop(f"bad configuration: {error}")


def _read(source: environ.Env) -> Env:
    data_dir = Path(source.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
    debug = source.bool("DEBUG", default=True)
    secret_key = source.str("SECRET_KEY", default="")
    if not debug and len(secret_key) < 32:
        raise ValueError("SECRET_KEY must be set to 32 characters or more when DEBUG is off")
    web_port = _positive(source, "WEB_PORT", 8000)
    collector_port = _positive(source, "COLLECTOR_PORT", 8001)
    writer = source.str("CLICKHOUSE_WRITER_PASSWORD", default="")
    writer = writer or stored_secret(data_dir, "clickhouse_writer")
    reader = source.str("CLICKHOUSE_READER_PASSWORD", default="")
    reader = reader or stored_secret(data_dir, "clickhouse_reader")
    ch_port = _positive(source, "CLICKHOUSE_PORT", 8124)
    mirror = source.str("SALT_MIRROR_DIR", default="/dev/shm" if Path("/dev/shm").is_dir() else "")
    return Env(
        debug=debug,
        data_dir=data_dir,
        secret_key=secret_key or stored_secret(data_dir, "secret_key"),
        allowed_hosts=tuple(
            source.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
        ),
        web_origin=source.str("WEB_ORIGIN", default=f"http://localhost:{web_port}"),
        collector_origin=source.str(
            "COLLECTOR_ORIGIN", default=f"http://localhost:{collector_port}"
        ),
        web_port=web_port,
        collector_port=collector_port,
        database_url=source.str("DATABASE_URL", default=f"sqlite:///{data_dir}/daysalt.sqlite3"),
        redis_queue_url=source.str("REDIS_QUEUE_URL", default=f"unix://{data_dir}/queue.sock"),
        redis_cache_url=source.str("REDIS_CACHE_URL", default=f"unix://{data_dir}/cache.sock"),
        queue_shards=_positive(source, "QUEUE_SHARDS", 4),
        clickhouse_port=ch_port,
        clickhouse_url=source.str(
            "CLICKHOUSE_URL", default=f"http://writer:{writer}@127.0.0.1:{ch_port}/daysalt"
        ),
        clickhouse_reader_url=source.str(
            "CLICKHOUSE_READER_URL", default=f"http://reader:{reader}@127.0.0.1:{ch_port}/daysalt"
        ),
        trusted_proxies=read_networks(source.list("TRUSTED_PROXIES", default=[])),
        email_url=source.str("EMAIL_URL", default="consolemail://"),
        mail_from=source.str("MAIL_FROM", default="Daysalt <hello@localhost>"),
        clickhouse_writer_password=writer,
        clickhouse_reader_password=reader,
        dev_clock=source.bool("DEV_CLOCK", default=False),
        salt_mirror_dir=Path(mirror) if mirror else None,
    )


env = read_env()
