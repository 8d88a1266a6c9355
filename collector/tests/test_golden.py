"""What earlier versions left in the stream and in the spool is read by this one."""

import asyncio

import msgspec

from collector import event
from collector.event import Event
from collector.segment import read_segment
from collector.stream import Entry, Once, Sealed, decode_sealed
from collector.tests import golden
from collector.tests.queue_server import put, queue_server, until

PRODUCER = "0123456789abcdef"
EVENT = Event(
    project_id=7,
    local_date=20_000,
    timestamp=1_728_000_123_456,
    utc_offset=330,
    name="Sign up",
    visitor_id=2**64 - 1,
    hostname="shop.example",
    path="/é",
    referrer="https://example.org/",
    source="Example",
    channel="Referral",
    utm_source="s",
    utm_medium="m",
    utm_campaign="c",
    utm_content="n",
    utm_term="t",
    click_id_name="gclid",
    country="IN",
    region="IN-MH",
    city=1_275_339,
    browser="Chrome",
    browser_version="140",
    os="Linux",
    os_version="",
    device="Desktop",
    screen="L",
    language="en",
    props={"plan": "pro"},
    revenue="12.900",
    currency="EUR",
    interactive=1,
    engaged_ms=1_500,
    scroll_depth=255,
)
ENTRY = Entry(
    version=1,
    producer_id=PRODUCER,
    seq=3,
    drops=[(7, 1_728_000_120, "accepted", 1), (7, 1_728_000_120, "bot:Googlebot", 2)],
    controls=[(7, "reset", 5)],
    events=[EVENT],
)


def test_an_entry_of_version_1_is_read():
    """Every field of it."""
    assert msgspec.msgpack.decode(golden.ENTRY_1, type=Entry) == ENTRY


def test_a_file_of_the_spool_of_version_1_is_read(tmp_path):
    """With entries that have a key of their own, and such that have none."""
    path = tmp_path / "00000001.seg"
    path.write_bytes(golden.SEGMENT_1)
    assert [decode_sealed(frame) for frame in read_segment(path)] == [
        Sealed(3, 0, PRODUCER, 3, golden.ENTRY_1),
        Sealed(3, 1_728_000_123_456, PRODUCER, 4, b"e", "7:name", Once("", b"digest", b"answer")),
    ]


def test_a_spool_of_an_earlier_version_is_replayed(tmp_path):
    """A folder as its process left it; once, however often it is found."""
    with queue_server(tmp_path) as server:

        async def replay():
            folder = tmp_path / "spool" / PRODUCER
            folder.mkdir(parents=True, mode=0o700)
            (folder / "lock").touch()
            (folder / "00000001.seg").write_bytes(golden.SEGMENT_1)
            appender = server.appender(server.spool())
            appender.start()
            await until(lambda: not folder.exists())
            await put(appender, "own")
            await appender.finish()

        for _ in range(2):
            asyncio.run(replay())
        rows = [fields[b"b"] for _, fields in server.client.xrange("{q:3}:events")]
        assert rows == [golden.ENTRY_1, b"e"]


def test_every_version_that_was_ever_written_is_kept():
    """Whoever makes another one adds its bytes to golden.py."""
    for version in range(1, event.VERSION + 1):
        assert hasattr(golden, f"ENTRY_{version}")
