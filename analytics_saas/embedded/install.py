"""Makes the virtual environment with the standard library alone; run by make before all else."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def main(venv_name: str, requirements_name: str) -> None:
    """Install one pinned requirements file into a virtual environment of the checkout."""
    if sys.version_info < (3, 11):
        sys.exit("daysalt: Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11")
    try:
        install(ROOT / venv_name, ROOT / "requirements" / requirements_name)
    except KeyboardInterrupt:
        sys.exit("daysalt: installing was stopped; run make again to go on")
    except OSError as error:
        sys.exit(f"daysalt: installing failed: {error}")


def install(venv: Path, requirements: Path) -> None:
    """Bring the environment to what the file pins, unless it is there already."""
    stamp = venv / f".installed-{requirements.name}"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    python = venv / "bin" / "python"
    if not python.exists():
        print(f"daysalt: making the virtual environment {venv.name} …", flush=True)
        run([sys.executable, "-m", "venv", str(venv)], "python3-venv is needed (Debian: apt-get)")
    count = requirements.read_text().count("==")
    print(f"daysalt: installing {count} packages, about a minute …", flush=True)
    # Quiet twice: errors are shown, warnings are not.
    pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "-r", str(requirements)], why_pip_failed())
    stamp.write_text(digest)


def why_pip_failed() -> str:
    """Return the likeliest cause: no compiler, no space, or no package index."""
    if shutil.disk_usage(ROOT).free < 2_000_000_000:
        return "less than 2 GB of disk are free: free some, then run make again"
    if not (shutil.which("cc") or shutil.which("gcc")):
        return "a package may need a C compiler and there is none: install gcc, then run make again"
    return "see pip's lines above; is the package index within reach?"


def run(command: list[str], advice: str) -> None:
    """Run one command; exit with one sentence when it fails."""
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"daysalt: installing failed: {advice}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
