"""The appender of the running event loop: where everything that is counted goes."""

import asyncio
import logging
from weakref import WeakKeyDictionary

from analytics_saas.env import env
from analytics_saas.redis import queue_async
from collector.door.answers import unavailable
from collector.door.hits import decide, minute_of
from collector.hit import Hit
from collector.stream import Appender, NotDurable

log = logging.getLogger(__name__)

_appenders: WeakKeyDictionary[asyncio.AbstractEventLoop, Appender] = WeakKeyDictionary()


def use_appender(appender: Appender) -> None:
    """Let the running loop's requests go through this appender, such as one of own shards."""
    _appenders[asyncio.get_running_loop()] = appender


def appender() -> Appender:
    """Return the running loop's appender."""
    loop = asyncio.get_running_loop()
    found = _appenders.get(loop)
    if found is None:
        found = _appenders[loop] = Appender(queue_async(), env.queue_shards)
    return found


async def finish() -> None:
    """Wait for what is under way, at the end of the process."""
    if found := _appenders.get(asyncio.get_running_loop()):
        await found.finish()


async def append(hit: Hit, at: int) -> str:
    """Put a hit's event or its drop on disk; return what the ledger says of it.

    Raises Problem with status 503 when nothing durable can take it.
    """
    reason, event = decide(hit)
    try:
        await appender().append(hit.rules.id, minute_of(hit), reason, event, at)
    except NotDurable as error:
        log.error("the queue did not take a batch: %s", error)
        raise unavailable("queue_unavailable") from None
    return reason
