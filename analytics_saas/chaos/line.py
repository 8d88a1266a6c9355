"""The line that a test prints: what was recounted once everything is at rest."""

from typing import Any

from analytics_saas.chaos.lag import wait_for_rest
from analytics_saas.chaos.outcomes import Outcome, Outcomes
from analytics_saas.chaos.recount import recount
from analytics_saas.chaos.rig import Rig

Line = dict[str, Any]


def told(rig: Rig, outcomes: Outcomes, **facts: object) -> Line:
    """Wait for rest, recount, and return the line; `passed` says whether nothing is wrong.

    `refused` were answered 5xx, `unknown` not at all: each may be stored once or not.
    """
    rest = wait_for_rest(rig)
    found = recount(rig, outcomes)
    line = dict(facts) | {
        "accepted": found.accepted,
        "lost": found.lost,
        "duplicated": found.duplicated,
        "dropped": found.counts[Outcome.DROPPED],
        "refused": found.counts[Outcome.REFUSED],
        "refused_stored": found.refused_stored,
        "unknown": found.counts[Outcome.UNKNOWN],
        "rest_s": round(rest, 1),
        "passed": found.clean,
    }
    return line | ({"wrong": found.wrong} if found.wrong else {})
