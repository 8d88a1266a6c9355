"""Many histories of the state machine over the drain, `collector/tests/test_exactly_once.py`."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from analytics_saas.chaos.line import Line
from analytics_saas.env import BASE_DIR

TEST = "collector/tests/test_exactly_once.py"
NAME = "test_everything_is_stored_once_whatever_happens"
EXAMPLES = 200
# Each has stores of its own and uses one core.
LANES = 2
LANE_SECONDS = 1_800.0
PASSED = re.compile(r"\b1 passed\b")


def state_machine(folder: Path, examples: int = EXAMPLES) -> Line:
    """Try so many histories and return the line; `failed` counts lanes that found a wrong one."""
    folder.mkdir(parents=True, exist_ok=True)
    shares = [examples // LANES + (lane < examples % LANES) for lane in range(LANES)]
    logs = [folder / f"lane{lane}.log" for lane in range(LANES)]
    lanes = [_start(share, log) for share, log in zip(shares, logs, strict=True) if share]
    deadline = time.monotonic() + LANE_SECONDS
    try:
        for process in lanes:
            process.wait(max(1.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        # What runs still is counted as failed below.
        pass
    finally:
        for process in lanes:
            process.kill()
            process.wait()
    told = [
        (process.returncode, log.read_text()) for process, log in zip(lanes, logs, strict=False)
    ]
    wrong = [text[-4_000:] for code, text in told if not held(code, text)]
    line: Line = {"test": "state_machine", "examples": examples, "failed": len(wrong)}
    line["passed"] = bool(lanes) and not wrong
    return line | ({"wrong": wrong} if wrong else {})


def held(code: int, log: str) -> bool:
    """Tell whether pytest ran the test and all went well; one that was skipped did not run."""
    return code == 0 and PASSED.search(log) is not None


def _start(examples: int, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pytest", f"{TEST}::{NAME}", "-v", "-p", "no:cacheprovider"]
    own = {name: value for name, value in os.environ.items() if name != "DATA_DIR"}
    own["EXACTLY_ONCE_EXAMPLES"] = str(examples)
    with log.open("wb") as file:
        return subprocess.Popen(
            command, cwd=BASE_DIR, env=own, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
