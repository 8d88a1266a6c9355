"""Bots that give themselves away by their user agent: one RE2 set. Pure."""

from functools import lru_cache

import re2

from collector.bots.names import Bot, known_bots

_BOTS = known_bots()


def _compile(bots: list[Bot]) -> "re2.Set":
    # With too little memory for its states a set finds nothing, and says so on stderr only.
    options = re2.Options()
    options.max_mem = 64 << 20
    patterns = re2.Set.SearchSet(options)
    for bot in bots:
        patterns.Add(bot.pattern)
    patterns.Compile()
    return patterns


_PATTERNS = _compile(_BOTS)


@lru_cache(10_000)
def bot_named(user_agent: str) -> Bot | None:
    """Find the bot that a user agent names; None for a browser.

    Of several an AI's goes first, then the one with the longest name: it says most.
    """
    found = [_BOTS[place] for place in _PATTERNS.Match(user_agent) or ()]
    return max(found, key=lambda bot: (bot.is_ai, len(bot.name)), default=None)
