"""Beacons in other words than ours: what is wrong is told by the keys that were sent. Pure."""

from dataclasses import dataclass

from collector.payload import PAGEVIEW, Beacon, Payload, check_beacon
from collector.problem import Problem

# Our key, or our place within one, to the sender's.
Names = dict[str, str]


@dataclass(frozen=True, slots=True)
class Foreign:
    """One event in other words, read as far as its project."""

    beacon: Beacon
    names: Names

    def check(self) -> Payload:
        """Check everything but the project. Raises Problem with status 400."""
        try:
            return check_beacon(self.beacon, is_pageview=self.beacon.n == PAGEVIEW)
        except Problem as problem:
            raise renamed(problem, self.names) from None


def renamed(problem: Problem, names: Names) -> Problem:
    """Return a problem with its field in the sender's words."""
    field = problem.field or ""
    ours = next((key for key in names if field.startswith(f"{key}.")), None)
    ours = field if field in names else ours
    if ours is None:
        return problem
    theirs = names[ours] + field[len(ours) :]
    message = problem.message.replace(f"`{field}`", f"`{theirs}`", 1)
    return Problem(problem.status, problem.code, theirs, message)
