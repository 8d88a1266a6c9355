"""What each role may say to the embedded engine, which has no users of its own."""

import hmac
import re
from dataclasses import dataclass, field

from analytics_saas.embedded.engine import EngineError

READER_CAPS = {
    "max_execution_time": "30",
    "max_memory_usage": "3000000000",
    "max_result_rows": "1000000",
    "max_result_bytes": "200000000",
}
# Settings a reader may pass; a cap may only be lowered.
READER_SETTINGS = {"max_threads", "log_comment", "join_use_nulls", "final", "max_block_size"}
READER_SYSTEM_TABLES = {"settings", "columns", "tables", "one", "numbers", "databases"}
READER_STATEMENTS = {"select", "with", "show", "describe", "desc", "explain", "exists"}

# Reads or writes outside our own tables: the host's files, the network, other processes.
OUTSIDE = re.compile(
    r"\b(file|filecluster|url|urlcluster|remote|remotesecure|s3\w*|gcs|hdfs\w*|azureblob\w*|"
    r"mysql|postgresql|mongodb|redis|sqlite|odbc|jdbc|executable|cluster|clusterallreplicas|"
    r"iceberg\w*|deltalake\w*|hudi\w*|paimon\w*|ytsaurus|input|python|dictionary|arrowflight|"
    r"mergetree\w+|loop|merge)\s*\("
)
OUTFILE = re.compile(r"\b(into\s+outfile|infile)\b")
SYSTEM_TABLE = re.compile(r"\b(system|information_schema)\s*\.\s*(\w+)")
TEXT_OR_COMMENT = re.compile(
    r"'(?:[^'\\]|\\.|'')*'|--[^\n]*|#[ !][^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Password of each user name; they never appear in a log."""

    passwords: dict[str, str] = field(repr=False)

    def check(self, user: str, password: str) -> str:
        """Return the role. Raises EngineError 516 for a wrong name or password."""
        expected = self.passwords.get(user, "")
        same = hmac.compare_digest(expected.encode(), password.encode())
        if not (expected and same):
            raise EngineError("Authentication failed: wrong user name or password.", 516)
        return user


def allow(role: str, sql: str) -> None:
    """Raise EngineError when the role may not run this statement."""
    bare = bare_words(sql)
    if OUTSIDE.search(bare) or OUTFILE.search(bare):
        raise EngineError("Not enough privileges: only this product's tables are open.", 497)
    if role != "reader":
        return
    words = re.findall(r"\w+", bare)
    if not words or words[0] not in READER_STATEMENTS:
        raise EngineError("The reader may only read.", 164)
    for _, table in SYSTEM_TABLE.findall(bare):
        if table not in READER_SYSTEM_TABLES:
            raise EngineError(f"Not enough privileges to read system.{table}.", 497)


def reader_settings(asked: dict[str, str]) -> dict[str, str]:
    """Return the settings a reader's request runs with. Raises EngineError 164 for others."""
    settings = dict(READER_CAPS)
    for name, value in asked.items():
        if name in READER_CAPS:
            settings[name] = _lower(name, value)
        elif name in READER_SETTINGS:
            settings[name] = value
        else:
            raise EngineError(f"The reader may not change the setting {name}.", 164)
    # Last, since nothing can be set after it: the engine itself then refuses every write.
    return settings | {"readonly": "1"}


def bare_words(sql: str) -> str:
    """Lower-case SQL without string literals, comments and quotes around names."""
    return re.sub(r'[`"]', "", TEXT_OR_COMMENT.sub(" ", sql)).lower()


def _lower(name: str, value: str) -> str:
    if not value.isdigit() or int(value) == 0:
        raise EngineError(f"{name} must be a whole number above 0.", 164)
    return str(min(int(value), int(READER_CAPS[name])))
