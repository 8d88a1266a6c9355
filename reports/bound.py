"""Values on their way into SQL: each is bound as a parameter, none becomes text of it. Pure."""

from typing import Any


class Bound:
    """The parameters of one statement; equal values share a name."""

    def __init__(self, **named: Any) -> None:
        self.parameters: dict[str, Any] = dict(named)
        self._names: dict[tuple[str, str], str] = {}

    def __call__(self, value: Any, kind: str = "String") -> str:
        """Bind a value of a ClickHouse type and return what stands for it."""
        known = (repr(value), kind)
        name = self._names.setdefault(known, f"p{len(self._names)}")
        self.parameters[name] = value
        return f"{{{name}:{kind}}}"

    def all(self, values: tuple[str, ...]) -> str:
        """Bind several texts as one array."""
        return self(list(values), "Array(String)")
