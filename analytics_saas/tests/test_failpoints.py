"""An armed failpoint ends its process, and no other moment does."""

import os
import subprocess
import sys

import pytest

from analytics_saas.failpoints import EXIT_CODE

REACH = "from analytics_saas.failpoints import reach; reach('read'); reach('intended'); print('on')"


@pytest.mark.parametrize(
    ("armed", "code", "said"),
    [("", 0, b"on\n"), ("intended", EXIT_CODE, b""), ("committed", 0, b"on\n")],
)
def test_only_the_armed_point_ends_the_process(armed, code, said):
    done = _run(armed)
    assert (done.returncode, done.stdout) == (code, said)


def test_an_unknown_point_is_refused_by_name():
    assert b"FAILPOINT must be one of appending, " in _run("here").stderr


def _run(armed):
    environment = os.environ | {"FAILPOINT": armed}
    return subprocess.run(
        [sys.executable, "-c", REACH], env=environment, capture_output=True, check=False
    )
