"""The appender of the running event loop: where everything that is counted goes."""

import asyncio
from weakref import WeakKeyDictionary

from analytics_saas.env import env
from analytics_saas.redis import queue_async
from collector.appender import Appender
from collector.delivery import NotDurable
from collector.door.answers import unavailable
from collector.door.hits import decide, minute_of
from collector.hit import Hit
from collector.spool import Spool

_appenders: WeakKeyDictionary[asyncio.AbstractEventLoop, Appender] = WeakKeyDictionary()
# A server has one loop: to ask which one it is would cost each request a system call.
_serving: list[Appender] = []


def use_appender(appender: Appender) -> None:
    """Let the running loop's requests go through this appender, such as one of own shards."""
    _appenders[asyncio.get_running_loop()] = appender


def appender() -> Appender:
    """Return the running loop's appender."""
    if _serving:
        return _serving[0]
    loop = asyncio.get_running_loop()
    found = _appenders.get(loop)
    if found is None:
        spool = Spool(env.data_dir / "spool", env.spool_bytes)
        found = _appenders[loop] = Appender(
            queue_async(), env.queue_shards, spool=spool, queue_bytes=env.queue_bytes
        )
    return found


def start() -> None:
    """Append what an earlier process left in the spool, at the start of this one."""
    _serving[:] = [appender()]
    _serving[0].start()


async def finish() -> None:
    """Wait for what is under way, at the end of the process."""
    _serving.clear()
    if found := _appenders.get(asyncio.get_running_loop()):
        await found.finish()


async def append(hit: Hit, at: int) -> str:
    """Put a hit's event or its drop on disk; return what the ledger says of it.

    Raises Problem with status 503 when nothing durable can take it.
    """
    reason, event = decide(hit)
    try:
        await appender().append(hit.rules.id, minute_of(hit), reason, event, at)
    except NotDurable:
        raise unavailable("queue_unavailable") from None
    return reason
