"""From a click in Chromium to the number that the API answers, on the whole running product."""

import json
import statistics
import sys
import time

from playwright.sync_api import Browser, Page

from analytics_saas.bench.browser import chromium, create_project, serve, sign_up, user_agent
from analytics_saas.bench.product import running_product

CLICKS = 7
GIVE_UP_SECONDS = 20
AIM_SECONDS = 2


def main() -> None:
    """Print one JSON line; `first` is the very first number of a new project."""
    with running_product() as origin, chromium() as browser:
        owner = browser.new_context().new_page()
        sign_up(owner, origin)
        project, snippet = create_project(owner, "Bench", "localhost", "Europe/Berlin")
        html = "<!doctype html><title>{0}</title>{1}<a href='/{2}.html'>on</a>"
        pages = {"a.html": html.format("a", snippet, "b"), "b.html": html.format("b", snippet, "a")}
        with serve(pages) as address:
            seconds = clicks(browser, owner, f"{origin}/api/v1/query", project, address)
    line = {"bench": "first_number", "seconds": round(statistics.median(seconds), 3)}
    line |= {"first": round(seconds[0], 3), "worst": round(max(seconds), 3)}
    print(json.dumps(line | {"clicks": len(seconds), "aim": AIM_SECONDS}))


def clicks(browser: Browser, owner: Page, api: str, project: str, address: str) -> list[float]:
    """Return the seconds from each click to its number."""
    visitor = browser.new_context(user_agent=user_agent(browser)).new_page()
    seconds = []
    for number in range(1, CLICKS + 1):
        begin = time.monotonic()
        if number == 1:
            visitor.goto(f"{address}/a.html")
        else:
            visitor.click("a")
        while pageviews(owner, api, project) < number:
            if time.monotonic() - begin > GIVE_UP_SECONDS:
                sys.exit(f"daysalt: click {number} was not visible after {GIVE_UP_SECONDS} s")
            time.sleep(0.02)
        seconds.append(time.monotonic() - begin)
    return seconds


def pageviews(owner: Page, api: str, project: str) -> int:
    """Ask the query API, as the dashboard does."""
    token = next(c for c in owner.context.cookies() if c.get("name") == "csrftoken")
    query = {"project_id": project, "metrics": ["pageviews"], "date_range": "day"}
    headers = {"x-csrftoken": token.get("value", "")}
    answer = owner.request.post(api, data=query, headers=headers)
    return int(answer.json()["results"][0]["metrics"][0])


if __name__ == "__main__":
    main()
