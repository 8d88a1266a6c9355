"""Random salts by (zone, local date): in the cache Redis and in memory, gone after their day."""

from collector.salts.agreement import make_ahead, salt_for
from collector.salts.days import day_end
from collector.salts.keeper import start, stop
from collector.salts.memory import known_salt
from collector.salts.shelf import salt_key

__all__ = ["day_end", "known_salt", "make_ahead", "salt_for", "salt_key", "start", "stop"]
