"""What the benchmarks send is what browsers send."""

import httptools

from analytics_saas.bench.beacons import VISITORS, make_requests
from collector.payload import read_beacon

PROJECTS = [f"p_{number:012d}" for number in range(100)]


class Reader:
    """Collects what httptools finds in one request."""

    def __init__(self, raw):
        self.headers, self.body = {}, b""
        httptools.HttpRequestParser(self).feed_data(raw)

    def on_header(self, name, value):
        self.headers[name.lower()] = value

    def on_body(self, body):
        self.body += body


def test_the_load_is_made_of_many_visitors_and_valid_beacons():
    read = [Reader(raw) for raw in make_requests(PROJECTS)]
    visitors = {(one.headers[b"x-forwarded-for"], one.headers[b"user-agent"]) for one in read}
    assert len(visitors) == VISITORS
    assert {read_beacon(one.body).p for one in read} == set(PROJECTS)


def test_the_load_is_the_same_in_every_run():
    assert list(make_requests(PROJECTS)) == list(make_requests(PROJECTS))
