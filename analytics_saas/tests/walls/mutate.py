"""`make mutate-tenancy`: remove each wall in turn, and see the matrix go red every time."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from analytics_saas.env import BASE_DIR
from analytics_saas.tests.walls.places import Mutant, find_mutants

FAILED = 1
BUILT = ("frontend/dist",)
WALLS = "analytics_saas/tests/walls"
# The likeliest to notice goes first, as the first failure ends a run: wrong numbers are seen where
# two tenants have some, everything else by what needs no ClickHouse, which takes long to start.
FILES = ("test_apart.py", "test_matrix.py", "test_beyond.py", "test_numbers.py")


def main() -> None:
    """Print what survives, then one JSON line; exit 1 unless every mutant was caught."""
    mutants = find_mutants(BASE_DIR)
    caught = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for mutant, red in zip(mutants, pool.map(goes_red, mutants), strict=True):
            caught += red
            print(
                f"{'caught  ' if red else 'SURVIVED'} {mutant.place}", file=sys.stderr, flush=True
            )
    places = len({(mutant.place, mutant.text) for mutant in mutants})
    figures = {"places": places, "mutants": len(mutants), "caught": caught}
    print(json.dumps({"test": "tenancy_mutants"} | figures))
    sys.exit(0 if places == len(mutants) == caught else 1)


def goes_red(mutant: Mutant) -> bool:
    """Run the matrix over a copy of the checkout with one wall missing."""
    with tempfile.TemporaryDirectory(prefix="daysalt-mutant-") as folder:
        copy = Path(folder)
        _copy_checkout(copy)
        (copy / mutant.path.relative_to(BASE_DIR)).write_text(mutant.text)
        order = [f"{WALLS}/{name}" for name in (FILES[::-1] if mutant.is_query else FILES)]
        command = [sys.executable, "-m", "pytest", "-x", "-q", *order]
        run = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    if run.returncode not in (0, FAILED):
        sys.exit(f"daysalt: the matrix could not run for {mutant.place}:\n{run.stdout[-3000:]}")
    return run.returncode == FAILED


def _copy_checkout(copy: Path) -> None:
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, cwd=BASE_DIR, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (BASE_DIR / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(BASE_DIR / name, copy / name)
    for name in BUILT:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(BASE_DIR / name, copy / name)


if __name__ == "__main__":
    main()
