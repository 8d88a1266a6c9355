"""Reads JSON bodies of the API; what cannot be read is the sender's error and never a crash."""

import re
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# How JSON writes half of a surrogate pair. Whole pairs have been joined by the time we look.
HALF = re.compile("[\ud800-\udfff]")


class StrictJSONParser(JSONParser):
    """JSON as Django REST framework reads it, less what no store could take."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the body. Raises ParseError for too deep nesting and for half characters."""
        try:
            body = super().parse(stream, media_type, parser_context)
            refuse_halves(body)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        return body


def refuse_halves(value: object) -> None:
    """Raise ParseError when any text holds half of a surrogate pair: it has no UTF-8."""
    if isinstance(value, str):
        if HALF.search(value):
            raise ParseError("A text holds half of a surrogate pair, which is no character.")
    elif isinstance(value, list):
        for one in value:
            refuse_halves(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            refuse_halves(key)
            refuse_halves(one)
