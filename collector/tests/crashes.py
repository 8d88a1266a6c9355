"""A crash at a named moment, within the test's own process: nothing after it is carried out."""

import contextlib
from types import SimpleNamespace

from analytics_saas import failpoints


class Crash(BaseException):
    """Goes through every `except Exception`, as the end of a process would."""


@contextlib.contextmanager
def crash_at(point):
    """End the block at a failpoint; give a list that holds the point once it was reached."""
    reached = []

    def crash(_):
        reached.append(point)
        raise Crash

    real, failpoints.os = failpoints.os, SimpleNamespace(_exit=crash)
    failpoints.arm(point)
    try:
        yield reached
    except Crash:
        pass
    finally:
        failpoints.arm("")
        failpoints.os = real
