"""Who must know at once that tokens were made or have ended; apps above plug themselves in."""

from collections.abc import Callable, Iterable

from django.db import transaction

Listener = Callable[[list[str]], None]

_listeners: list[Listener] = []


def on_change(listener: Listener) -> Listener:
    """Have a function called with the hashes of tokens after each change is committed."""
    _listeners.append(listener)
    return listener


def tell(hashes: Iterable[str]) -> None:
    """Tell everybody of some tokens once what was done to them is committed."""
    changed = list(hashes)
    if changed:
        transaction.on_commit(lambda: [listener(changed) for listener in _listeners])
