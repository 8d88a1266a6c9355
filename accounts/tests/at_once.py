"""Several calls at the same moment, each with a database connection of its own."""

import threading

from django.db import connection
from django.http import Http404

from accounts.errors import Refused


def at_once(*calls, refusals=(Refused, Http404)):
    """Run all calls at the same moment; give what each refused with, None for done."""
    start, ends = threading.Barrier(len(calls)), []

    def run(call):
        try:
            start.wait()
            call()
            ends.append(None)
        except refusals as refusal:
            ends.append(type(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends
