"""Stores that fail as stores do: before or after the work, late, or while somebody takes over."""

import redis

from analytics_saas import clickhouse
from analytics_saas import redis as stores


class Engine:
    """ClickHouse, where the inserts of one table fail, `before` or `after` they are made.

    `interrupt` holds what is to happen once, before an insert into a table. An instance is what
    gives a carrier its client.
    """

    def __init__(self):
        self.fails, self.interrupt, self.sent = {}, {}, []

    def __call__(self):
        return self

    def query(self, *given, **named):
        """Read."""
        return clickhouse.writer().query(*given, **named)

    def raw_insert(self, table, **named):
        """Insert, or not, and answer, or not."""
        if happening := self.interrupt.pop(table, None):
            happening()
        how = self.fails.get(table)
        if how != "before":
            self.sent.append(named["settings"]["insert_deduplication_token"])
            clickhouse.writer().raw_insert(table, **named)
        if how:
            raise ConnectionError(how)


class Queue:
    """The queue, where the next call of a script gets no answer; it is carried out, or waits."""

    def __init__(self):
        self.loses, self.late, self._calls_left = {}, [], None

    def __getattr__(self, name):
        self._count()
        return getattr(stores.queue(), name)

    def arrive_after(self, calls):
        """Carry out what is late ahead of a later call."""
        self._calls_left = calls

    def _count(self):
        if self._calls_left is not None:
            self._calls_left -= 1
            if self._calls_left < 0:
                self.arrive()

    def eval(self, script, *given):
        """Run a script."""
        self._count()
        how = self.loses.pop(script, None)
        if how == "late":
            self.late.append((script, *given))
        else:
            answer = stores.queue().eval(script, *given)
        if how:
            raise redis.TimeoutError("no answer")
        return answer

    def arrive(self):
        """Carry out what was on its way; nobody gets the answers."""
        self._calls_left = None
        while self.late:
            stores.queue().eval(*self.late.pop(0))
