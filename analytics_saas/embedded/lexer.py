"""Cuts SQL into tokens as ClickHouse's own lexer does, so that nothing hides from roles.py.

What only few statements need and two lexers may read differently is refused: heredocs, escapes
in quoted names, and anything but ASCII outside quotes and comments.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analytics_saas.embedded.engine import EngineError

SYNTAX_ERROR = 62
TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n\f\v]+|--[^\n]*|\#[ !][^\n]*|/\*.*?\*/)"
    r"|(?P<text>'[^'\\]*(?:(?:\\.|'')[^'\\]*)*')"
    r'|(?P<name>"[^"\\]*(?:""[^"\\]*)*"|`[^`\\]*(?:``[^`\\]*)*`)'
    r"|(?P<word>[A-Za-z0-9_]+)"
    r"|(?P<sign>[()\[\]{},;.:=<>!+\-*/%|?@^&])",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or quoted name in lower case, a text literal, or one sign; `end` is its last place."""

    kind: str
    value: str
    end: int

    @property
    def is_name(self) -> bool:
        """Tell whether this may name something; a keyword may."""
        return self.kind in ("word", "name")


def tokens(sql: str) -> Iterator[Token]:
    """Yield each token but blanks and comments. Raises EngineError 62 where none begins.

    The text may be bytes read as Latin-1: places are then those of the bytes.
    """
    place = 0
    while place < len(sql):
        match = TOKEN.match(sql, place)
        if match is None:
            raise EngineError(f"Syntax error at position {place}: {why(sql[place])}", SYNTAX_ERROR)
        place, kind = match.end(), str(match.lastgroup)
        if kind != "blank":
            yield Token(kind, _plain(kind, match.group()), place)


def words(found: Iterable[Token]) -> list[str]:
    """Return keywords, names and signs; text, and a name that is no word, as ''."""
    return ["''" if _hides_signs(token) else token.value for token in found]


def why(character: str) -> str:
    """Say why no token begins with this character."""
    if character in "'\"`":
        return "a quote is not closed, or a quoted name holds a backslash"
    if character == "$":
        return "heredocs are not open here; use a text literal or a parameter"
    return "only ASCII may stand outside quotes"


def _hides_signs(token: Token) -> bool:
    return token.kind == "text" or (token.kind == "name" and not token.value.isidentifier())


def _plain(kind: str, found: str) -> str:
    if kind == "name":
        quote = found[0]
        return found[1:-1].replace(quote * 2, quote).lower()
    return found.lower() if kind == "word" else found
