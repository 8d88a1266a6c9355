"""Another host: a process with salts of its own. Its input are lines, each answered by one.

`id ZONE DATE` gives the id of one visitor that day; `tick` looks after the salts once.
"""

import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime
from ipaddress import ip_address

from collector import salts
from collector.salts.keeper import Keeper
from collector.visitor import visitor_id


def main():
    """Answer until the input ends."""
    keeper = Keeper()
    answer("ready")
    for line in sys.stdin:
        verb, *words = line.split()
        if verb == "tick":
            keeper.tick(datetime.now(UTC))
            answer("done")
        else:
            answer(own_id(words[0], date.fromisoformat(words[1])))


def answer(text):
    """Write one line."""
    print(text, flush=True)  # noqa: T201 - the test reads it


def own_id(zone, day):
    """The id of that visitor in this process."""
    salt = salts.salt_for(zone, day, datetime.now(UTC))
    return visitor_id(salt, 7, ip_address("203.0.113.9"), "Firefox")


class Host:
    """A running host."""

    def __init__(self, process):
        self.process = process

    def say(self, line):
        """Ask without waiting for the answer."""
        print(line, file=self.process.stdin, flush=True)

    def hear(self):
        """The next answer."""
        return self.process.stdout.readline().strip()

    def ask(self, line):
        """Ask and wait."""
        self.say(line)
        return self.hear()


@contextmanager
def another_host():
    """Start a host; it is killed at the end."""
    command = [sys.executable, "-m", "collector.tests.salts.host"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        host = Host(process)
        assert host.hear() == "ready"
        try:
            yield host
        finally:
            process.kill()


if __name__ == "__main__":
    main()
