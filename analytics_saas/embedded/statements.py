"""What a request asks for: one statement, and for an INSERT the data that came with it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from analytics_saas.embedded.engine import EngineError
from analytics_saas.embedded.lexer import SYNTAX_ERROR, Token, tokens, words

# An INSERT with one of these has its rows in the statement.
OWN_ROWS = {"values", "select", "with"}


@dataclass(frozen=True, slots=True)
class Statement:
    """`target` and `settings` cut an INSERT whose rows came as bytes, in `format`."""

    sql: str
    tokens: list[Token]
    format: str
    target: str = ""
    settings: str = ""
    data: bytes = b""

    @property
    def table(self) -> str:
        """The table of an INSERT that names its columns or comes with data, without database."""
        before = list(takewhile(lambda token: token.value not in ("(", "settings"), self.tokens))
        names = [token.value for token in before if token.is_name]
        return names[-1] if self.target else ""


def read(query: bytes, body: bytes) -> Statement:
    """Read the statement of `?query=` with the body as its data, or of the body alone.

    Raises EngineError 62 for what is no single statement in UTF-8.
    """
    source = query or body
    found = list(_until_data(tokens(source.decode("latin-1"))))
    if not found:
        raise EngineError("Syntax error: the query is empty.", SYNTAX_ERROR)
    if ";" in words(found[:-1]):
        raise EngineError("Multi-statements are not allowed.", SYNTAX_ERROR)
    if _is_insert(found) and not OWN_ROWS & set(_keywords(found[:-1])):
        name = _format(found[-1], source) if _keywords(found[-2:-1]) == ["format"] else ""
        if query and (name or found[-1].value).lower() == "values":
            # Values may be calls: they are read like the rest of a statement.
            return read(b"", source[: _start(found[-2 if name else -1])] + b" VALUES " + body)
        if name:
            rows = body if query else _after_line(source[found[-1].end :])
            return _insert(source, found, name, rows)
    return Statement(_text(source).rstrip(" \t\r\n;"), found, _trailing_format(found, source))


def _until_data(stream: Iterable[Token]) -> Iterator[Token]:
    """Stop after the FORMAT of an INSERT: what follows is data in any bytes."""
    insert, last = None, ""
    for token in stream:
        yield token
        word = token.value if token.kind == "word" else ""
        insert = word == "insert" if insert is None else insert and word not in OWN_ROWS
        if insert and last == "format" and word:
            return
        last = word


def _insert(source: bytes, found: list[Token], name: str, data: bytes) -> Statement:
    """Cut the statement before its SETTINGS, if any, and before its FORMAT."""
    end = _start(found[-2])
    places = [
        _start(token)
        for token, _, sign in zip(found, found[1:], found[2:], strict=False)
        if token.kind == "word" and token.value == "settings" and sign.value == "="
    ]
    cut = places[0] if places else end
    return Statement(
        _text(source[:end]), found, name, _text(source[:cut]), _text(source[cut:end]), data
    )


def _trailing_format(found: list[Token], source: bytes) -> str:
    """Return the name after the last FORMAT, where only SETTINGS may follow; '' without one."""
    for place in range(len(found) - 2, -1, -1):
        if _keywords(found[place : place + 1]) == ["format"] and found[place + 1].kind == "word":
            rest = found[place + 2 : place + 3]
            last = not rest or rest[0].value in ("settings", ";")
            return _format(found[place + 1], source) if last else ""
    return ""


def _start(token: Token) -> int:
    """Return the place of a keyword's first letter."""
    return token.end - len(token.value)


def _is_insert(found: list[Token]) -> bool:
    return _keywords(found[:1]) == ["insert"]


def _keywords(found: list[Token]) -> list[str]:
    return [token.value for token in found if token.kind == "word"]


def _format(name: Token, source: bytes) -> str:
    """Return a format's name as it was written: formats tell cases apart."""
    return source[name.end - len(name.value) : name.end].decode("ascii")


def _after_line(rest: bytes) -> bytes:
    """Return what follows the blanks, and at most one line end, after a statement."""
    rest = rest.lstrip(b" \t\f")
    return rest.removeprefix(b"\r").removeprefix(b"\n") if rest[:1] in (b"\r", b"\n") else rest


def _text(source: bytes) -> str:
    try:
        return source.decode()
    except UnicodeDecodeError:
        raise EngineError("The query is not UTF-8.", SYNTAX_ERROR) from None
