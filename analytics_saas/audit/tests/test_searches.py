"""What the audit cannot find it cannot prove to be absent."""

import base64
import gzip
import json
import os
import shutil
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
import zstandard

from analytics_saas import redis as stores
from analytics_saas.audit import files, processes, witness, zones
from analytics_saas.audit.canaries import make_canary
from analytics_saas.audit.files import count_in_files, files_below
from analytics_saas.audit.values import unfold, values
from collector.salts import memory
from collector.salts.salt import new_salt

FORMS = [
    lambda text: text,
    lambda text: zlib.compress(text),
    lambda text: gzip.compress(text),
    lambda text: zstandard.ZstdCompressor().compress(text),
    lambda text: base64.b64encode(b"some words before " + text),
    lambda text: json.dumps({"a": [{"b": text.decode()}]}).encode(),
    lambda text: json.dumps({text.decode(): 1}).encode(),
    lambda text: msgspec.msgpack.encode([1, {"a": zlib.compress(text * 3)}]),
    lambda text: base64.b64encode(json.dumps([text.decode()]).encode()),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_text_is_found_in_whatever_it_is_wrapped(form):
    """Packed, encoded, compressed, and one in the other."""
    assert any(b"Canary0123" in text for text in unfold(form(b"Canary0123")))


def test_broken_wrappings_are_only_texts():
    """Never an error, never without end."""
    for data in (b"", b"\x28\xb5\x2f\xfd", b"[" * 10_000, zlib.compress(b"a")[:-3], b"a" * 24):
        assert data in list(unfold(data))


def test_a_needle_across_two_chunks_is_found_once(tmp_path, monkeypatch):
    """However the reading falls."""
    (tmp_path / "a").write_bytes(b"..needle....needle..needlf")
    for size in range(1, 30):
        monkeypatch.setattr(files, "CHUNK", size)
        assert count_in_files(files_below(tmp_path), [b"needle", b"lf"]) == 3


def test_every_kind_of_value_of_a_server_is_read():
    """Keys and fields too."""
    client, name = stores.cache(), "audit-values"
    client.hset(f"{name}:hash", "in a field", "in a value")
    client.rpush(f"{name}:list", "in a list")
    client.sadd(f"{name}:set", "in a set")
    client.zadd(f"{name}:zset", {"in a zset": 1})
    client.xadd(f"{name}:stream", {"entry": "in an entry"})
    client.set(f"{name}:text", "in a text")
    found = b"|".join(values(client))
    for place in ("field", "value", "list", "set", "zset", "entry", "text"):
        assert f" {place}".encode() in found
    client.delete(*client.keys(f"{name}:*"))


def test_a_canary_is_known_in_every_form():
    """As text, number, hex, base64 and bytes."""
    canary = make_canary()
    four = bytes(map(int, canary.v4.split(".")))
    forms = [
        canary.v4.encode(), canary.v6.encode(), canary.word.encode(), four.hex().encode(),
        str(int.from_bytes(four, "big")).encode(), canary.word.encode().hex().encode(),
        *(base64.b64encode(b"x" * n + canary.text().encode()) for n in range(3)),
    ]  # fmt: skip
    for form in forms:
        assert any(needle in form for needle in canary.needles()), form
    other = make_canary().text().encode()
    assert not any(needle in other for needle in canary.needles())


def test_a_text_is_found_in_the_memory_of_another_process():
    """As long as it is there."""
    code = """
import sys
held = bytearray(32)
open("/dev/urandom", "rb", 0).readinto(held)
print(held.hex(), flush=True)
input()
held[:] = bytes(32)
print(flush=True)
input()
"""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as process:
        needle = bytes.fromhex(process.stdout.readline())
        assert processes.count_in_memory(process.pid, [needle]) == 1
        print(file=process.stdin, flush=True)
        process.stdout.readline()
        assert processes.count_in_memory(process.pid, [needle]) == 0
        assert process.pid in processes.descendants(os.getpid())
        process.kill()


def test_a_folder_that_goes_meanwhile_is_passed_over(tmp_path):
    """As a store's own do all the time."""
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    walk = files_below(tmp_path)
    first = next(walk)
    for name in {"a", "b", "c"} - {first.parent.name}:
        shutil.rmtree(tmp_path / name)
    assert list(walk) == []


def test_the_witness_finds_a_salt_in_any_object():
    """And nothing once it is wiped."""
    # Salts of other tests may have been copied by those.
    memory.wipe_all()
    salt = new_salt(1, datetime(2100, 1, 1, tzinfo=UTC))
    memory.keep(("UTC", datetime(2099, 12, 31, tzinfo=UTC).date()), salt)
    marks = witness.remember()
    for found in (salt.key, b"..." + salt.key + b"...", bytes(salt.key)):
        assert witness.holds(found, marks)
    copied = [bytes(salt.key)]
    assert sum(witness.holds(one, marks) for one in witness.live_bytes()) >= 2
    del copied, found
    memory.wipe_all()
    assert not any(witness.holds(one, marks) for one in witness.live_bytes())


@pytest.mark.parametrize(
    "at", ["2026-11-24T11:59:07", "2026-11-24T00:00:00", "2026-11-24T13:59:59"]
)
def test_a_made_zone_has_its_midnight_when_asked(at, tmp_path, monkeypatch):
    """To the second."""
    monkeypatch.setenv("PYTHONTZPATH", f"{tmp_path}{os.pathsep}/nowhere")
    midnight = datetime.fromisoformat(f"{at}+00:00")
    zones.make_zone("Audit/Zone", midnight)
    with (tmp_path / "Audit" / "Zone").open("rb") as file:
        local = midnight.astimezone(ZoneInfo.from_file(file))
    assert (local.hour, local.minute, local.second) == (0, 0, 0)
