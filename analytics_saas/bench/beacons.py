"""Requests as browsers send them: many addresses, user agents, projects and pages."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

from analytics_saas.demo.people import CAMPAIGNS, COUNTRIES, PAGES, SOURCES, Weighted

VISITORS = 2_000
REQUESTS = 20_000
ANDROIDS = ("10; K", "13; SM-S911B", "14; Pixel 8", "14; SM-A546B", "15; Pixel 9", "12; M2101K6G")
DESKTOPS = ("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64")
BLINK = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.{}.{} {}Safari/537.36"
HEADERS = """\
Host: collect.example
Connection: keep-alive
Content-Length: {length}
sec-ch-ua-platform: "Windows"
User-Agent: {user_agent}
sec-ch-ua: "Chromium";v="148", "Google Chrome";v="148", "Not_A Brand";v="24"
Content-Type: text/plain;charset=UTF-8
sec-ch-ua-mobile: ?0
Accept: */*
Origin: https://shop.example
Sec-Fetch-Site: cross-site
Sec-Fetch-Mode: cors
Sec-Fetch-Dest: empty
Referer: https://shop.example/
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: de-DE,de;q=0.9,en;q=0.8
X-Forwarded-For: {address}
"""


def write_requests(path: Path, projects: list[str]) -> None:
    """Write raw HTTP requests for `wrk.lua`: each after a line with its length in bytes."""
    with path.open("wb") as file:
        for request in make_requests(projects):
            file.write(b"%d\n" % len(request) + request)


def make_requests(projects: list[str]) -> Iterator[bytes]:
    """Yield the same requests in every run."""
    chance = random.Random(7)
    visitors = [(_address(chance), user_agent(chance)) for _ in range(VISITORS)]
    for _ in range(REQUESTS):
        address, agent = chance.choice(visitors)
        body = json.dumps(_beacon(chance, chance.choice(projects)), separators=(",", ":"))
        head = HEADERS.format(length=len(body), user_agent=agent, address=address)
        yield f"POST /pageview HTTP/1.1\n{head}\n".replace("\n", "\r\n").encode() + body.encode()


def user_agent(chance: random.Random) -> str:
    """Make one of some ten thousand user agents."""
    mobile = chance.random() < 0.5
    system = chance.choice(ANDROIDS if mobile else DESKTOPS)
    version, build, patch = (
        chance.randint(120, 148),
        chance.randint(6000, 7600),
        chance.randint(1, 240),
    )
    return BLINK.format(system, version, build, patch, "Mobile " if mobile else "")


def _address(chance: random.Random) -> str:
    network = chance.choice(chance.choice(list(COUNTRIES.values()))[1])
    return f"{network}.{chance.randint(0, 255)}.{chance.randint(1, 254)}"


def _beacon(chance: random.Random, project: str) -> dict[str, object]:
    page = f"https://shop.example{_one_of(chance, PAGES)}{_one_of(chance, CAMPAIGNS)}"
    return {"p": project, "u": page, "r": _one_of(chance, SOURCES), "w": chance.choice((390, 1280))}


def _one_of(chance: random.Random, many: list[Weighted]) -> str:
    return chance.choices(many, [one.weight for one in many])[0].value
