"""Every setting of the environment, read once and typed; a bad value stops the process."""

import os
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

from analytics_saas.keys import new_private_key
from analytics_saas.readers import HTTP, REDIS, SQL, Networks, Providers, Source, oauth_client

BASE_DIR = Path(__file__).resolve().parent.parent
# About two million events; an empty server alone takes a megabyte.
EMBEDDED_QUEUE_BYTES, LEAST_QUEUE_BYTES = 512 << 20, 4 << 20

# The numbers of batches tell so many apart; one more is the demonstration's own.
MOST_SHARDS = 255


@dataclass(frozen=True, slots=True)
class Env:
    """Configuration of one process. URLs are strings, paths absolute, sizes in bytes."""

    debug: bool
    data_dir: Path
    secret_key: str
    jwt_private_key: str
    oidc_private_key: str
    oauth_registration: bool
    allowed_hosts: tuple[str, ...]
    web_origin: str
    collector_origin: str
    web_port: int
    collector_port: int
    drain_port: int
    database_url: str
    redis_queue_url: str
    redis_cache_url: str
    queue_shards: int
    queue_stall_ms: int
    queue_bytes: int
    spool_bytes: int
    open_visits_bytes: int
    clickhouse_port: int
    clickhouse_url: str
    clickhouse_reader_url: str
    trusted_proxies: Networks
    metrics_networks: Networks
    ready_lag_seconds: int
    project_events_per_second: int
    address_requests_per_second: int
    email_url: str
    mail_from: str
    billing_provider: str
    quota_percent: int
    oauth_providers: Providers
    clickhouse_writer_password: str
    clickhouse_reader_password: str
    geoip_path: Path | None
    geoip_asn_path: Path | None
    hosting_asns: frozenset[int]
    geo_country_header: str
    geo_region_header: str
    dev_clock: bool
    salt_mirror_dir: Path | None


def stop(sentence: str) -> NoReturn:
    """End the process with one sentence for the operator."""
    sys.exit(f"daysalt: {sentence}")


def new_secret() -> str:
    """Return a random text of 64 characters."""
    return secrets.token_urlsafe(48)


def stored_secret(data_dir: Path, name: str, make: Callable[[], str] = new_secret) -> str:
    """Return the secret kept in DATA_DIR under this name, made on first use (mode 0600)."""
    path = data_dir / "secrets" / name
    if not path.exists():
        # Beside the secrets lie password hashes, sessions and events: nobody else's to read.
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        # Several processes may start at once: only the first file to be linked counts.
        draft = path.with_name(f"{name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        try:
            draft.write_text(make())
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def read_env(variables: Mapping[str, str] = os.environ) -> Env:
    """Read the process environment. Exits with one sentence that names a bad variable."""
    try:
        return _read(Source(variables))
    except ValueError as error:
        stop(f"bad configuration: {error}")
    except OSError as error:
        stop(f"DATA_DIR cannot be used: {error.strerror}: {error.filename}")


def _read(source: Source) -> Env:
    data_dir = Path(source.text("DATA_DIR") or BASE_DIR / "var").resolve()
    debug = source.switch("DEBUG", default=True)
    secret_key = source.text("SECRET_KEY", default="")
    if not debug and len(secret_key) < 32:
        raise ValueError("SECRET_KEY must be set to 32 characters or more when DEBUG is off")
    web_port = source.port("WEB_PORT", default=8000)
    collector_port = source.port("COLLECTOR_PORT", default=8001)
    ch_port = source.port("CLICKHOUSE_PORT", default=8124)
    writer = source.text("CLICKHOUSE_WRITER_PASSWORD", default="")
    reader = source.text("CLICKHOUSE_READER_PASSWORD", default="")
    # Beside a server of one's own, nothing needs the embedded engine's secrets.
    if not source.has("CLICKHOUSE_URL"):
        writer = writer or stored_secret(data_dir, "clickhouse_writer")
        reader = reader or stored_secret(data_dir, "clickhouse_reader")
    # Without a key of their own, production roles offer nothing that needs one.
    jwt_key = source.private_key("JWT_PRIVATE_KEY")
    oidc_key = source.private_key("OIDC_PRIVATE_KEY")
    if debug:
        jwt_key = jwt_key or stored_secret(data_dir, "jwt_private_key", new_private_key)
        oidc_key = oidc_key or stored_secret(data_dir, "oidc_private_key", new_private_key)
    engine = f"127.0.0.1:{ch_port}/daysalt"
    folder = quote(str(data_dir))
    mirror = source.text("SALT_MIRROR_DIR", default="/dev/shm" if Path("/dev/shm").is_dir() else "")
    return Env(
        debug=debug,
        data_dir=data_dir,
        secret_key=secret_key or stored_secret(data_dir, "secret_key"),
        jwt_private_key=jwt_key,
        oidc_private_key=oidc_key,
        oauth_registration=source.switch("OAUTH_REGISTRATION", default=False),
        allowed_hosts=source.texts("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]")),
        web_origin=source.origin("WEB_ORIGIN", default=f"http://localhost:{web_port}"),
        collector_origin=source.origin(
            "COLLECTOR_ORIGIN", default=f"http://localhost:{collector_port}"
        ),
        web_port=web_port,
        collector_port=collector_port,
        drain_port=source.optional_port("DRAIN_PORT"),
        database_url=source.address(
            "DATABASE_URL", SQL, default=f"sqlite:///{folder}/daysalt.sqlite3"
        ),
        redis_queue_url=source.address(
            "REDIS_QUEUE_URL", REDIS, default=f"unix://{folder}/queue.sock"
        ),
        redis_cache_url=source.address(
            "REDIS_CACHE_URL", REDIS, default=f"unix://{folder}/cache.sock"
        ),
        queue_shards=source.positive("QUEUE_SHARDS", default=4, most=MOST_SHARDS),
        queue_stall_ms=source.positive("QUEUE_STALL_MS", default=1_000, most=60_000),
        queue_bytes=source.limit(
            "QUEUE_BYTES",
            default=0 if source.has("REDIS_QUEUE_URL") else EMBEDDED_QUEUE_BYTES,
            least=LEAST_QUEUE_BYTES,
        ),
        spool_bytes=source.positive("SPOOL_BYTES", default=1 << 30),
        open_visits_bytes=source.positive("OPEN_VISITS_BYTES", default=64 << 20),
        clickhouse_port=ch_port,
        clickhouse_url=source.address(
            "CLICKHOUSE_URL", HTTP, default=f"http://writer:{quote(writer, safe='')}@{engine}"
        ),
        clickhouse_reader_url=source.address(
            "CLICKHOUSE_READER_URL",
            HTTP,
            default=f"http://reader:{quote(reader, safe='')}@{engine}",
        ),
        trusted_proxies=source.networks("TRUSTED_PROXIES"),
        metrics_networks=source.networks("METRICS_NETWORKS", ("127.0.0.0/8", "::1")),
        ready_lag_seconds=source.limit("READY_LAG_SECONDS", default=0),
        project_events_per_second=source.limit("PROJECT_EVENTS_PER_SECOND", default=500),
        address_requests_per_second=source.limit("ADDRESS_REQUESTS_PER_SECOND", default=100),
        email_url=source.mail("EMAIL_URL", default="consolemail://"),
        mail_from=source.text("MAIL_FROM", default="Daysalt <hello@localhost>"),
        quota_percent=source.share("QUOTA_PERCENT", default=1_000),
        billing_provider=source.text("BILLING_PROVIDER", default="accounts.billing.NullBilling"),
        oauth_providers=oauth_client(
            "google", source.text("GOOGLE_CLIENT_ID"), source.text("GOOGLE_CLIENT_SECRET")
        )
        | oauth_client(
            "github", source.text("GITHUB_CLIENT_ID"), source.text("GITHUB_CLIENT_SECRET")
        )
        | source.providers("OAUTH_PROVIDERS"),
        clickhouse_writer_password=writer,
        clickhouse_reader_password=reader,
        geoip_path=source.file("GEOIP_PATH"),
        geoip_asn_path=source.file("GEOIP_ASN_PATH"),
        hosting_asns=source.systems("HOSTING_ASNS"),
        geo_country_header=source.header("GEO_COUNTRY_HEADER"),
        geo_region_header=source.header("GEO_REGION_HEADER"),
        dev_clock=source.switch("DEV_CLOCK", default=False),
        salt_mirror_dir=Path(mirror) if mirror else None,
    )


env = read_env()
