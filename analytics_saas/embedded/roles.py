"""What each role may say to the embedded engine, which has no users of its own."""

import hmac
from dataclasses import dataclass, field

from analytics_saas.embedded.engine import EngineError
from analytics_saas.embedded.lexer import Token, words

READER_CAPS = {
    "max_execution_time": "30",
    "max_memory_usage": "3000000000",
    "max_result_rows": "1000000",
    "max_result_bytes": "200000000",
    "max_rows_to_read": "1000000000",
}
# Settings a reader may pass; a cap may only be lowered.
READER_SETTINGS = {"max_threads", "log_comment", "join_use_nulls", "final", "max_block_size"}
READER_SYSTEM_TABLES = {"settings", "columns", "tables", "one", "numbers", "databases"}
READER_STATEMENTS = {"select", "with", "show", "describe", "desc", "explain", "exists"}
READER_SHOWS = {"tables", "databases", "columns", "create"}
WRITER_STATEMENTS = READER_STATEMENTS | {
    "insert", "create", "alter", "drop", "truncate", "delete", "optimize", "rename", "exchange",
    "set", "use", "check", "update",
}  # fmt: skip
SYSTEM_DATABASES = {"system", "information_schema"}
# The engine's own default database shows the host's files as tables.
HOST_DATABASES = {"default", "_table_function"}
BEFORE_DATABASE = {"use", "database"}

# Table functions that stay inside; every other one that the engine lists is closed.
INSIDE = {
    "format", "generate_series", "generaterandom", "generateseries", "null", "numbers",
    "numbers_mt", "sqlstandardvalues", "values", "view", "zeros", "zeros_mt",
}  # fmt: skip
# Functions, sources and disks that reach out and are in no list of the engine.
OUTSIDE = {
    "azureblobstorage", "cassandra", "catboostevaluate", "clickhouse", "disk", "executable",
    "executablepool", "file", "hdfs", "hive", "http", "https", "iceberg", "deltalake", "mongodb",
    "mysql", "postgresql", "python", "sqlite",
}  # fmt: skip
ENGINES = {"atomic", "memory", "null", "log", "tinylog", "stripelog", "join", "set"}
CREATED = {"table", "view", "database", "materialized"}


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


def allow(role: str, found: list[Token], database: str, table_functions: frozenset[str]) -> None:
    """Raise EngineError when the role may not run this statement in this database."""
    said = words(found)
    first = next((word for word in said if word != "("), "")
    if first not in (READER_STATEMENTS if role == "reader" else WRITER_STATEMENTS):
        raise EngineError(f"The {role} may not say {first[:20].upper()}.", 164)
    _stay_inside(found, table_functions)
    if database.lower() in HOST_DATABASES:
        raise _closed(f"database {database}")
    if role == "reader":
        _only_read(found, first, database)
    elif first == "create":
        _create_inside(said)


def _stay_inside(found: list[Token], table_functions: frozenset[str]) -> None:
    """Refuse whatever reaches the host's files, the network or other processes."""
    closed = OUTSIDE | (table_functions - INSIDE)
    said = [*words(found), ""]
    for place, token in enumerate(found):
        word, after = said[place : place + 2]
        if not token.is_name:
            continue
        if (after == "(" and word in closed) or (after == "." and word in HOST_DATABASES):
            raise _closed(word)
        if word in BEFORE_DATABASE and after in HOST_DATABASES:
            raise _closed(after)
        if word == "identifier" and after == "}":
            raise _closed("a name as a parameter")
        if word == "infile" or (word, after) == ("into", "outfile"):
            raise _closed("the host's files")


def _create_inside(said: list[str]) -> None:
    """Refuse sources of data outside: dictionaries, and engines that are none of our own."""
    kind = next((word for word in said[1:] if word not in ("or", "replace", "temporary")), "")
    if kind not in CREATED:
        raise _closed(f"create {kind}")
    depth = 0
    for word, after, then in zip(said, [*said[1:], ""], [*said[2:], "", ""], strict=False):
        depth += (word == "(") - (word == ")")
        if depth == 0 and word in ("select", "with"):
            return
        if depth == 0 and word == "engine":
            name = then if after == "=" else after
            if name not in ENGINES and not name.endswith("mergetree"):
                raise _closed(f"engine {name}")


def _only_read(found: list[Token], first: str, database: str) -> None:
    said = words(found)
    if database.lower() in SYSTEM_DATABASES:
        raise _closed(f"database {database}")
    if first == "show" and not READER_SHOWS & set(said[1:2]):
        raise _closed("this list")
    # The engine refuses settings in a reader's query, but not those of a subquery.
    for earlier, token, next_token in zip(["", *said], found, found[1:], strict=False):
        clause = token.kind == next_token.kind == "word" and token.value == "settings"
        if clause and earlier != ".":
            raise EngineError("The reader may not change settings.", 164)
    for word, after, then in zip(said, said[1:], said[2:], strict=False):
        if word in SYSTEM_DATABASES and after == "." and then not in READER_SYSTEM_TABLES:
            raise _closed(f"{word}.{then}")


def _closed(what: str) -> EngineError:
    message = f"Not enough privileges for {what}: only this product's tables are open."
    return EngineError(message, 497)


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
    # The engine itself then refuses every write.
    return settings | {"readonly": "1"}


def _lower(name: str, value: str) -> str:
    if not value.isdigit() or int(value) == 0:
        raise EngineError(f"{name} must be a whole number above 0.", 164)
    return str(min(int(value), int(READER_CAPS[name])))
