"""What stands in the way of a start is one sentence that says what to do."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from analytics_saas.embedded.alone import free_port
from analytics_saas.embedded.claim import claim
from analytics_saas.embedded.parts import Part
from analytics_saas.embedded.preflight import (
    CannotRun,
    require_disk,
    require_ports,
    require_short_path,
)


def part(name, port):
    """A part that would listen on a port."""
    return Part(name, [], lambda: True, port)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_busy_port_names_the_variable_to_set(host):
    """Whichever address the other program listens on."""
    says = r"for web is busy: .* set WEB_PORT to a free one"
    with socket.create_server((host, 0)) as other, pytest.raises(CannotRun, match=says):
        require_ports([part("web", other.getsockname()[1])])


def test_two_parts_cannot_share_a_port():
    """Both variables are named, though the port is free."""
    port = free_port()
    with pytest.raises(CannotRun, match=f"WEB_PORT and COLLECTOR_PORT are both {port}"):
        require_ports([part("web", port), part("drain", None), part("collector", port)])


def test_free_ports_are_fine():
    """A part without a port has nothing to check."""
    require_ports([part("web", free_port()), part("drain", None)])


def test_a_full_disk_names_the_folder_and_what_to_free(tmp_path):
    """The same function with a threshold nobody reaches."""
    with pytest.raises(CannotRun, match=r"MB are free in .*: free at least .* MB, or set DATA_DIR"):
        require_disk(tmp_path, least=10**18)
    require_disk(tmp_path, least=1)


def test_a_path_too_long_for_a_socket_names_data_dir_and_the_limit(tmp_path):
    """92 bytes leave room for the longest name of a socket."""
    root = tmp_path.anchor
    require_short_path(Path(root + "x" * 91))
    with pytest.raises(CannotRun, match=r"DATA_DIR is too long .* has 93 bytes, at most 92"):
        require_short_path(Path(root + "x" * 92))


def test_a_socket_can_be_bound_at_the_limit(tmp_path):
    """The limit is the kernel's, not a guess."""
    folder = tmp_path / ("x" * (92 - len(str(tmp_path)) - 1))
    folder.mkdir()
    require_short_path(folder)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "queue.sock"))


def test_a_second_start_in_the_same_folder_is_told_of_the_first(tmp_path):
    """Another process, since a lock does not stop its own."""
    code = "import sys, pathlib; from analytics_saas.embedded.claim import claim\n"
    code += f"with claim(pathlib.Path({str(tmp_path)!r})): print(); sys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as first:
        first.stdout.readline()
        says = f"already, as process {first.pid}"
        with pytest.raises(CannotRun, match=says), claim(tmp_path):
            pass
        first.stdin.close()
        first.wait(10)
        with claim(tmp_path):
            pass
