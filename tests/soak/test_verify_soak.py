"""The audit of a gigabyte of WARC: how fast on one core, and in how much memory."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.run import ROOT
from tests.storage.exchanges import ATTEMPT, exchange, writer

pytestmark = pytest.mark.soak

TOTAL_BYTES = 1_000_000_000
FILM_BYTES = 200_000_000
LEAST_MB_A_MINUTE = 300
MOST_GROWTH_MB = 20

AUDIT = """
import json, os, sys, time
from datetime import datetime
from pathlib import Path
from storage.model import Capture
from storage.verify import verify

def resident_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

def rows():
    with open(sys.argv[2]) as file:
        for line in file:
            said = json.loads(line)
            yield Capture(**said | {"captured": datetime.fromisoformat(said["captured"])})

read, marks = 0, []
def progress(size):
    global read
    read += size
    if read >= len(marks) * 50_000_000:
        marks.append(resident_mb())

began = time.process_time()
found = sum(1 for _ in verify(Path(sys.argv[1]), rows(), progress=progress))
marks.append(resident_mb())
print(json.dumps({"found": found, "read": read, "cpu_s": time.process_time() - began, "resident_mb": marks}))
"""


def pages(count: int) -> list[bytes]:
    """Return pages that compress as Chinese news does, about 0.3."""
    chance = random.Random(7)
    characters = [chr(0x4E00 + int(chance.expovariate(1 / 400))) for _ in range(6000)]
    words = ["".join(chance.choices(characters, k=chance.choice((1, 2, 2, 2, 3, 4)))) for _ in range(8000)]

    def link() -> str:
        return f'<li><a href="/2026/{chance.randrange(10**8)}.html">{chance.choice(words)}</a></li>'

    frame = "".join(link() for _ in range(300))
    texts = ("".join(chance.choices(words, k=2500)) + "".join(link() for _ in range(200)) for _ in range(count))
    return [f"<html><body>{frame}<p>{text}</p></body></html>".encode() for text in texts]


def response(body: bytes, number: int) -> bytes:
    """Return every third one chunked."""
    body += b"<!-- %d -->" % number
    if number % 3:
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    chunks = (body[at : at + 8000] for at in range(0, len(body), 8000))
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n\r\n"


def write_gigabyte(folder: Path) -> int:
    """Write the archive, and its catalogue as lines beside it; return how many exchanges it holds."""
    bodies = pages(200)
    film = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % FILM_BYTES + random.Random(8).randbytes(FILM_BYTES)
    made = writer(folder, max_bytes=1 << 28)
    size = number = 0
    with (folder / "rows").open("w") as rows:
        while size < TOTAL_BYTES:
            content = film if number == 20_000 else response(bodies[number % len(bodies)], number)
            capture = made.append(exchange(number, response=content), ATTEMPT)
            assert capture is not None
            rows.write(json.dumps(asdict(capture), default=str) + "\n")
            size += capture.warc_length
            number += 1
    made.close()
    return number


def test_a_gigabyte_is_verified_fast_and_in_flat_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exchanges = write_gigabyte(tmp_path)
    ran = subprocess.run(
        [sys.executable, "-c", AUDIT, str(tmp_path), str(tmp_path / "rows")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert ran.stderr == ""
    said = json.loads(ran.stdout)
    marks = said["resident_mb"]
    speed = said["read"] / 1e6 / said["cpu_s"] * 60
    with capsys.disabled():
        print(
            f"\n{exchanges} exchanges, {said['read'] / 1e6:.0f} MB of WARC verified at {speed:.0f} MB a minute of one"
            f" core; resident {marks[1]:.0f} MB after 50 MB, {max(marks):.0f} MB at most"
        )
    assert said["found"] == 0
    assert said["read"] >= TOTAL_BYTES
    assert speed > LEAST_MB_A_MINUTE
    assert max(marks) - marks[1] < MOST_GROWTH_MB
