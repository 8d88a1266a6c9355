"""Who visits the demo site: weighted countries with addresses, browsers, sources and pages."""

from typing import NamedTuple


class Weighted(NamedTuple):
    """A choice and how often it is taken, relative to the others."""

    value: str
    weight: float


# The first two bytes of networks whose country the product's own tables know.
COUNTRIES = {
    "US": (24, ["73.1", "24.5", "98.200", "68.80"]),
    "DE": (22, ["84.128", "93.192", "46.80", "217.80"]),
    "GB": (11, ["81.128", "86.1", "90.192"]),
    "FR": (8, ["90.1", "82.64", "78.192"]),
    "NL": (5, ["84.24", "77.160"]),
    "IN": (5, ["117.192", "59.88"]),
    "ES": (4, ["83.32", "88.0"]),
    "IT": (4, ["79.0", "87.0"]),
    "PL": (3, ["83.0", "79.184"]),
    "BR": (3, ["177.0", "189.0"]),
    "CA": (3, ["99.224", "70.24"]),
    "SE": (2, ["78.64", "90.224"]),
    "AT": (2, ["84.112", "62.46"]),
    "CH": (2, ["213.3", "81.62"]),
    "AU": (2, ["1.120", "101.160"]),
    "JP": (1.5, ["126.0", "60.64"]),
    "BE": (1, ["81.240"]),
    "DK": (1, ["80.160"]),
    "FI": (0.8, ["84.248"]),
    "IE": (0.8, ["86.40"]),
    "PT": (0.7, ["85.240"]),
    "CZ": (0.7, ["85.160"]),
    "MX": (0.6, ["187.128"]),
    "KR": (0.5, ["121.128"]),
    "TR": (0.4, ["78.160"]),
}

_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_BLINK = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0"
_WINDOWS, _MAC, _LINUX = (
    "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64",
)  # fmt: skip


def _chrome(system: str, version: int, tail: str = "Safari/537.36") -> str:
    return f"Mozilla/5.0 ({system}) {_BLINK.format(version)} {tail}"


def _firefox(system: str, version: int) -> str:
    return f"Mozilla/5.0 ({system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"


def _iphone(version: str) -> str:
    system = f"iPhone; CPU iPhone OS {version.replace('.', '_')} like Mac OS X"
    return f"Mozilla/5.0 ({system}) {_WEBKIT} Version/{version} Mobile/15E148 Safari/604.1"


BROWSERS = [
    *(Weighted(_chrome(_WINDOWS, version), 6) for version in (146, 147, 148)),
    *(Weighted(_chrome(_MAC, version), 4) for version in (147, 148)),
    *(Weighted(_chrome("Linux; Android 10; K", v, "Mobile Safari/537.36"), 7) for v in (147, 148)),
    *(Weighted(_iphone(version), 6) for version in ("18.6", "26.0", "26.1")),
    Weighted(f"Mozilla/5.0 ({_MAC}) {_WEBKIT} Version/26.1 Safari/605.1.15", 7),
    Weighted(_chrome(_WINDOWS, 148, "Safari/537.36 Edg/148.0.0.0"), 5),
    *(Weighted(_firefox(_WINDOWS, version), 2) for version in (144, 145)),
    Weighted(_firefox(_LINUX, 145), 2),
    Weighted(_chrome(_LINUX, 148), 2),
    Weighted(
        f"Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) {_WEBKIT} Version/18.6 Safari/604.1", 2
    ),
]

SOURCES = [
    Weighted("", 34), Weighted("https://www.google.com/", 31),
    Weighted("https://news.ycombinator.com/item?id=1", 5), Weighted("https://www.bing.com/", 4),
    Weighted("https://duckduckgo.com/", 4), Weighted("https://t.co/abc", 4),
    Weighted("https://www.reddit.com/r/selfhosted/", 4), Weighted("https://chatgpt.com/", 4),
    Weighted("https://www.linkedin.com/feed/", 3), Weighted("https://github.com/", 3),
    Weighted("https://www.perplexity.ai/", 1.5), Weighted("https://www.youtube.com/", 1.5),
    Weighted("https://weekly.example.net/issue/212", 1),
]  # fmt: skip
CAMPAIGNS = [
    Weighted("", 90), Weighted("?utm_source=newsletter&utm_medium=email&utm_campaign=november", 7),
    Weighted("?utm_source=google&utm_medium=cpc&utm_campaign=brand", 3),
]  # fmt: skip

PAGES = [
    Weighted("/", 30), Weighted("/pricing", 13), Weighted("/features", 9), Weighted("/docs", 8),
    Weighted("/blog/cookieless-counting", 8), Weighted("/docs/install", 6),
    Weighted("/blog/what-a-visit-is", 5), Weighted("/about", 4), Weighted("/docs/api", 4),
    Weighted("/changelog", 4), Weighted("/blog/a-small-script", 3), Weighted("/contact", 2),
    Weighted("/blog/midnight", 2), Weighted("/docs/self-hosting", 2), Weighted("/signup", 4),
]  # fmt: skip
