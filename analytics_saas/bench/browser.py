"""What a person does, done in a real Chromium: become a customer, have a site, visit it."""

import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CUSTOMER = ("customer@example.com", "a long enough passphrase")


def find_chromium() -> str:
    """Return the path of a Chromium: the system's, or Debian's package when we may install it."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False)
        found = shutil.which("chromium")
    if not found:
        sys.exit("daysalt: this needs chromium on the PATH: install it and run again")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless Chromium until the block ends."""
    with sync_playwright() as playwright:
        # Root has no sandbox, and nothing here talks to the outside.
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=quiet)
        yield browser
        browser.close()


@contextmanager
def serve(pages: Mapping[str, str]) -> Iterator[str]:
    """Serve a static site, file name to HTML, on a free port; give its origin."""
    with tempfile.TemporaryDirectory(prefix="daysalt-site-") as folder:
        for name, html in pages.items():
            Path(folder, name).write_text(html)
        served = functools.partial(_Quiet, directory=folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), served)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def sign_up(page: Page, origin: str, address: str = CUSTOMER[0]) -> None:
    """Become a customer; the code is on the page, as in development."""
    password = CUSTOMER[1]
    page.goto(f"{origin}/accounts/signup/")
    page.fill("[name=email]", address)
    page.fill("[name=password1]", password)
    page.click("form button")
    found = re.search(r"^[A-Z]{4}-[A-Z]{4}$", page.inner_text("#development-mail"), re.MULTILINE)
    page.fill("[name=code]", found.group() if found else "no code")
    page.click("form button")
    page.wait_for_url("**/projects/")


def create_project(page: Page, name: str, domain: str, zone: str) -> tuple[str, str]:
    """Make a project; return its public id and the snippet that its page shows."""
    page.click("text=New project")
    page.fill("[name=name]", name)
    page.fill("[name=domain]", domain)
    page.fill("[name=time_zone]", zone)
    page.click("form button")
    page.wait_for_url("**/setup/")
    return page.url.split("/")[-3], page.inner_text("#snippet")


def user_agent(browser: Browser) -> str:
    """Return the browser's own user agent without the word that marks it as a robot."""
    page = browser.new_page()
    agent: str = page.evaluate("navigator.userAgent")
    page.close()
    return agent.replace("HeadlessChrome", "Chrome")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing about requests."""
