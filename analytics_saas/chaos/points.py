"""A crash at every named point, and at every ordered pair of them: first one, then, while that
is got over, the other."""

import time
from collections.abc import Iterable, Iterator
from itertools import pairwise, product
from pathlib import Path

from analytics_saas.chaos.line import Line, told
from analytics_saas.chaos.nursery import nursery
from analytics_saas.chaos.rig import Rig, running
from analytics_saas.chaos.stage import Stage, owner
from analytics_saas.failpoints import POINTS

Crashes = tuple[str, ...]


def everything() -> Iterator[Crashes]:
    """Yield each point, then each ordered pair; a point may come twice."""
    yield from ((point,) for point in POINTS)
    yield from product(POINTS, repeat=2)


def failpoints(folder: Path, crashes: Iterable[Crashes] = ()) -> Line:
    """Crash in all these ways and recount."""
    asked, missed = list(crashes) or list(everything()), list[str]()
    rig = Rig(folder, drains=0)
    with running(rig, roles=False), nursery(rig) as made:
        stage = Stage(rig, made)
        try:
            for one in asked:
                first, begin = len(stage.outcomes) + 1, time.monotonic()
                if not crash(stage, one):
                    missed.append(" then ".join(one))
                note(folder, one, first, time.monotonic() - begin)
            facts = {"test": "failpoints", "points": len({p for one in asked for p in one})}
            facts["pairs"] = sum(len(one) == 2 for one in asked)
            line = told(rig, stage.outcomes, **facts)
        finally:
            stage.stop()
    line["passed"] &= not missed
    return line | ({"not_reached": missed} if missed else {})


def note(folder: Path, points: Crashes, first: int, seconds: float) -> None:
    """Keep which ids belong to which crashes, for whoever looks into a loss."""
    with (folder / "logs" / "crashes.log").open("a") as log:
        log.write(f"from id {first}: {' then '.join(points)}, {seconds:.1f} s\n")


def crash(stage: Stage, points: Crashes) -> bool:
    """Crash at one point after the other, then let everything run; False if one is not reached."""
    stage.start(owner(points[0]), points[0])
    reached = stage.wait_for_crash(points[0])
    for before, point in pairwise(points):
        # The part of the next point is armed before the one that has just died lives again.
        stage.start(owner(point), point)
        if owner(before) != owner(point):
            stage.start(owner(before))
        reached &= stage.wait_for_crash(point)
    for part in {owner(point) for point in points}:
        stage.start(part)
    return reached
