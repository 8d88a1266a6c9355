"""A bad setting stops the process with one sentence that names it."""

import os
import subprocess
import sys

import pytest
from django.core.management import call_command

from analytics_saas.env import BASE_DIR, read_env, stored_secret
from analytics_saas.management.commands import up

BAD = [
    ("DEBUG", "ture"),
    ("DEV_CLOCK", "perhaps"),
    ("WEB_PORT", "http"),
    ("WEB_PORT", "65536"),
    ("COLLECTOR_PORT", "0"),
    ("CLICKHOUSE_PORT", "-1"),
    ("DRAIN_PORT", "off"),
    ("DRAIN_PORT", "65536"),
    ("QUEUE_SHARDS", "4.5"),
    ("QUEUE_SHARDS", "256"),
    ("QUEUE_STALL_MS", "0"),
    ("QUOTA_PERCENT", "99"),
    ("QUOTA_PERCENT", "many"),
    ("QUEUE_STALL_MS", "60001"),
    ("QUEUE_BYTES", "4000000"),
    ("SPOOL_BYTES", "1G"),
    ("WEB_ORIGIN", "analytics.example.com"),
    ("COLLECTOR_ORIGIN", "https://in.example.com/"),
    ("DATABASE_URL", "mysql://user:hidden@host/db"),
    ("DATABASE_URL", "daysalt.sqlite3"),
    ("REDIS_QUEUE_URL", "http://:hidden@localhost:6379"),
    ("REDIS_CACHE_URL", "localhost:6379"),
    ("CLICKHOUSE_URL", "clickhouse://writer:hidden@host:9000/daysalt"),
    ("CLICKHOUSE_READER_URL", "http://"),
    ("TRUSTED_PROXIES", "10.0.0.0/8,elsewhere"),
    ("METRICS_NETWORKS", "localhost"),
    ("READY_LAG_SECONDS", "1h"),
    ("GEOIP_PATH", "/nowhere/city.mmdb"),
    ("GEOIP_ASN_PATH", "/"),
    ("HOSTING_ASNS", "24940,Hetzner"),
    ("GEO_COUNTRY_HEADER", "CF IPCountry"),
    ("GEO_REGION_HEADER", "X-Region:"),
    ("EMAIL_URL", "mail.example.com"),
    ("SECRET_KEY", "short"),
    ("GOOGLE_CLIENT_ID", "without its secret"),
    ("GITHUB_CLIENT_SECRET", "hidden"),
    ("OAUTH_PROVIDERS", "gitlab"),
    ("OAUTH_PROVIDERS", '{"gitlab": {"client_id": "hidden"}}'),
    ("OAUTH_PROVIDERS", '{"nobody": {"client_id": "hidden", "secret": "hidden"}}'),
    ("JWT_PRIVATE_KEY", "hidden"),
    ("OIDC_PRIVATE_KEY", "-----BEGIN hidden"),
    ("OAUTH_REGISTRATION", "perhaps"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_is_one_sentence_that_names_its_variable(tmp_path, name, value):
    """And never repeats a password."""
    variables = {"DATA_DIR": str(tmp_path), name: value}
    if name == "SECRET_KEY":
        variables["DEBUG"] = "off"
    with pytest.raises(SystemExit) as stopped:
        read_env(variables)
    sentence = stopped.value.code
    assert sentence.startswith("daysalt: bad configuration: ")
    assert name in sentence
    assert "hidden" not in sentence and "\n" not in sentence


def test_a_process_ends_with_the_sentence_and_code_1():
    """No traceback, whichever command was asked for."""
    command = [sys.executable, "manage.py", "check"]
    environment = {"WEB_PORT": "many"}
    ran = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True)
    assert ran.returncode == 1
    sentence = "daysalt: bad configuration: WEB_PORT must be a whole number of 1 to 65535"
    assert ran.stderr == f"{sentence}, not 'many'\n"


def test_a_place_that_cannot_be_written_names_data_dir(tmp_path):
    """Whatever the reason, in the system's own words."""
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit, match="DATA_DIR cannot be used: Not a directory"):
        read_env({"DATA_DIR": str(tmp_path / "file" / "var")})


def test_an_empty_variable_means_the_default(tmp_path):
    """Compose files pass on what is not set as an empty text."""
    names = {name: "" for name, _ in BAD}
    assert read_env(names | {"DATA_DIR": str(tmp_path)}) == read_env({"DATA_DIR": str(tmp_path)})


def test_a_file_is_a_whole_path_and_a_header_small_letters(tmp_path):
    """As they are used later."""
    (tmp_path / "city.mmdb").touch()
    found = read_env(
        {
            "DATA_DIR": str(tmp_path),
            "GEOIP_PATH": str(tmp_path / "city.mmdb"),
            "GEO_COUNTRY_HEADER": "CF-IPCountry",
        }
    )
    assert found.geoip_path == tmp_path / "city.mmdb"
    assert found.geo_country_header == "cf-ipcountry"


def test_only_the_embedded_queue_has_a_bound_by_itself(tmp_path):
    """What a server of one's own may use, it says itself; 0 leaves it to either."""
    folder = {"DATA_DIR": str(tmp_path)}
    own = {"REDIS_QUEUE_URL": "redis://queue:6379/0"}
    assert read_env(folder).queue_bytes == 512 << 20
    assert read_env(folder | own).queue_bytes == 0
    assert read_env(folder | {"QUEUE_BYTES": "0"}).queue_bytes == 0


def test_an_odd_folder_or_password_still_gives_addresses_that_work(tmp_path):
    """Both are quoted where they become part of one."""
    odd = tmp_path / "a b#c"
    found = read_env({"DATA_DIR": str(odd), "CLICKHOUSE_WRITER_PASSWORD": "p@ss/word"})
    assert found.redis_queue_url.endswith("/a%20b%23c/queue.sock")
    assert "writer:p%40ss%2Fword@127.0.0.1" in found.clickhouse_url


def test_a_server_of_ones_own_needs_no_secret_and_no_folder_for_it(tmp_path):
    """A production role can run on a read-only file system."""
    given = {"DATA_DIR": str(tmp_path / "none"), "SECRET_KEY": "x" * 32, "DEBUG": "off"}
    given["CLICKHOUSE_URL"] = "http://writer:w@clickhouse:8123/daysalt"
    read_env(given)
    assert not (tmp_path / "none").exists()


def test_nobody_else_may_read_the_data_or_the_secrets(tmp_path):
    """Whatever the umask of who starts first."""
    folder = tmp_path / "made" / "data"
    stored_secret(folder, "key")
    for path, mode in (
        (folder, 0o700),
        (folder / "secrets", 0o700),
        (folder / "secrets/key", 0o600),
    ):
        assert path.stat().st_mode & 0o777 == mode


def test_what_make_up_writes_is_for_nobody_else_to_read(monkeypatch):
    """Also in a DATA_DIR that was there before."""
    seen = []
    monkeypatch.setattr(up.Command, "_run", lambda *_: seen.append(os.umask(0o022)))
    before = os.umask(0o022)
    call_command("up")
    os.umask(before)
    assert seen == [0o077]
