"""Every oddity of real servers through `scrapy crawl`: the WARC, read with the standard library alone, holds the bytes
that passed, both ways.
"""

from __future__ import annotations

import gzip
import http.client
import io
import json
import os
import re
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from crawler.wire import WireRequest
from tests.crawling import article, links, source_toml
from tests.fetching import CHUNKED, chunked, ok, run, sized
from tests.forked import ForkedArchive
from tests.oddities import ODDITIES, Oddity
from tests.server import Asked, End, Served, Server, Step
from tests.storage.exchanges import ATTEMPT, files, writer
from tests.tls_certificates import Authority
from tests.tunnel import Tunnel, tunnel
from tests.warc_by_hand import Attempted, attempts_in, read_member, read_records

INSTALLED = Path(sys.executable).parent
LIMIT = 2_000_000
NOISE = os.urandom(3_000_000)
PAGE, OTHER = article("渡口复航").encode(), article("早市照开").encode()
HOPS = ("/hop/1", "/hop/2?%D0%C2", "/a/end.html")

ASKED = {name: oddity for name, oddity in ODDITIES.items() if oddity.method == "GET"} | {
    "long, on the disk": Oddity((sized(NOISE[:LIMIT]),)),
    "long, in chunks": Oddity((ok(CHUNKED, body=chunked(*(NOISE[at : at + 9999] for at in range(0, 1 << 20, 9999)))),)),
    "long, cut": Oddity((ok(b"Content-Length: 1999999", body=NOISE[:1_500_000]), End.CLOSE), truncated="disconnect"),
    "cut by time": Oddity((ok(b"Content-Length: 99", body=b"abc"), 30.0), truncated="time"),
    "cut by time in the head": Oddity((b"HTTP/1.1 200 OK\r\nX: ", 30.0), truncated="time", failure="http"),
    "cut by size": Oddity((sized(NOISE),), truncated="length"),
}  # fmt: skip
ADDRESSES = {name: f"/a/{number}.html" for number, name in enumerate(ASKED)}

TABLES = r"""
[[lists]]
url = "{origin}/"

[[lists]]
url = "{origin}/api?x=1"
method = "POST"
headers = { Content-Type = "application/json", rEferer = "{origin}/", X-Asked = "1" }
body = '{"栏目":"要闻"}'

[[lists]]
url = "{stale}/"

[[lists]]
url = "{tls1.2}/"

[[lists]]
url = "{tls1.3}/"

[[articles]]
match = ['/a/', '/hop/']
"""


def redirected(to: str) -> Iterable[Step]:
    return [sized(b"moved", b"Location: " + to.encode()).replace(b"200 OK", b"302 Moved Temporarily")]


def stale(asked: Asked) -> Iterable[Step]:
    """Answer each request on a connection of its own, but keep that until the next one comes."""
    if asked.ordinal > 1 and asked.target.startswith("/a/"):
        return [End.CLOSE]
    page = OTHER if asked.target.startswith("/a/") else links("/a/stale.html").encode()
    return [sized(page, b"Content-Type: text/html")]


@dataclass
class Crawled:
    """What passed, and what of it was kept."""

    archive: ForkedArchive
    servers: dict[str, Server]
    attempts: list[Attempted]

    def of(self, url: str) -> list[Attempted]:
        """Return the attempts for one address, in order."""
        return [attempt for attempt in self.attempts if attempt.said["url"] == url]

    def served(self) -> list[Served]:
        return [served for server in self.servers.values() for served in server.served]


def kept(archive: ForkedArchive) -> list[Attempted]:
    return [one for path in sorted((archive.path / "warc").iterdir()) for one in attempts_in(read_records(path))]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    folder = tmp_path_factory.mktemp("oddities")
    archive = ForkedArchive(folder, {"ARCHIVE_MAX_RESPONSE_BYTES": str(LIMIT), "ARCHIVE_RETRIES": "0"})
    routes = {ADDRESSES[name]: oddity.sent for name, oddity in ASKED.items()}
    routes["/"] = [sized(links(*ADDRESSES.values(), HOPS[0]).encode(), b"Content-Type: text/html")]
    routes["/api?x=1"] = [sized(links("/a/posted.html").encode(), b"Content-Type: text/html")]
    routes |= {HOPS[0]: redirected(HOPS[1]), HOPS[1]: redirected(HOPS[2]), HOPS[2]: [sized(PAGE)]}
    secure = {f"tls{number}": _secured(folder, version) for number, version in VERSIONS.items()}
    with Server(routes) as plain, Server(stale) as dying, secure["tls1.2"] as old, secure["tls1.3"] as new:
        servers = {"origin": plain, "stale": dying, "tls1.2": old, "tls1.3": new}
        tables = TABLES
        for name, server in servers.items():
            tables = tables.replace(f"{{{name}}}", server.origin)
        archive.add_source("odd", source_toml(plain.origin, tables, crawl="delay_s = 0\nconcurrency = 6"))
        ran = archive.scrapy("crawl", "odd", ARCHIVE_TIMEOUT_S="4")
        assert ran.returncode == 5, ran.stderr
        assert " ERROR " not in ran.stderr, ran.stderr
    yield Crawled(archive, servers, kept(archive))


VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def _secured(folder: Path, version: ssl.TLSVersion) -> Server:
    (folder / version.name).mkdir()
    page = [ok(CHUNKED, b"Content-Type: text/html", body=chunked(links(f"/a/{version.name}.html").encode()))]
    return Server({"/": page}, tls=Authority(folder / version.name).server(version=version))


@pytest.mark.parametrize("name", ASKED)
def test_the_records_of_an_attempt_are_the_wire(crawled: Crawled, name: str) -> None:
    oddity, path = ASKED[name], ADDRESSES[name]
    attempt = crawled.of(crawled.servers["origin"].url(path))[-1]
    served = [one for one in crawled.servers["origin"].served if one.asked.target == path][-1]
    sent = bytes(served.sent)
    if name == "cut by size":
        sent = sized(NOISE)[: sized(NOISE).index(b"\r\n\r\n") + 4 + LIMIT]
    assert attempt.original is None, "no revisit: the record holds it all"
    assert attempt.asked == served.request
    assert attempt.received == sent
    assert (attempt.interim, attempt.surplus) == (oddity.interim, oddity.surplus)
    assert attempt.said.get("failure-stage") == oddity.failure
    assert attempt.said.get("truncated") == oddity.truncated
    response = attempt.response
    assert (response is not None) == bool(sent[len(oddity.interim) :])
    if response is not None:
        left_out = "length" if response.type == "revisit" else None  # its payload was there: not twice
        assert response.fields.get("warc-truncated") == (oddity.truncated or left_out)
        assert response.fields["warc-block-digest"] == f"sha256:{sha256(response.block).hexdigest()}"
        assert response.fields["warc-ip-address"] == "127.0.0.1"


def test_nothing_passed_that_is_not_there_and_nothing_is_there_that_did_not_pass(crawled: Crawled) -> None:
    cut = crawled.servers["origin"].url(ADDRESSES["cut by size"])
    archived = Counter((one.asked, one.received) for one in crawled.attempts if one.said["url"] != cut)
    passed = Counter(
        (served.request, bytes(served.sent))
        for served in crawled.served()
        if served.asked.target != ADDRESSES["cut by size"]
    )
    assert archived == passed
    assert sum(passed.values()) > len(ASKED)


def test_one_changed_byte_would_be_seen(crawled: Crawled, tmp_path: Path) -> None:
    """The control: neither the comparison above nor the audit is blind."""
    archive = crawled.archive
    url = crawled.servers["origin"].url(ADDRESSES["br"])
    ((name, offset, length),) = archive.rows(
        "SELECT warc_file, warc_offset, warc_length FROM capture WHERE url = ?", url
    )
    path = archive.path / "warc" / name
    whole = path.read_bytes()
    plain = bytearray(gzip.decompress(whole[offset : offset + length]))
    plain[-40] ^= 1
    planted = whole[:offset] + gzip.compress(plain) + whole[offset + length :]
    try:
        path.write_bytes(planted)
        (changed,) = [one for one in kept(archive) if one.said["url"] == url]
        served = next(one for one in crawled.served() if one.request == changed.asked)
        assert changed.received != bytes(served.sent)
        audit = archive.scrapy("verify", "--json")
    finally:
        path.write_bytes(whole)
    assert audit.returncode == 1
    found = {(row["kind"], row["offset"]) for row in map(json.loads, audit.stdout.splitlines())}
    assert {("block-digest", offset), ("payload-digest", offset), ("altered-file", None)} <= found


def test_the_audit_finds_nothing(crawled: Crawled) -> None:
    audit = crawled.archive.scrapy("verify")
    assert audit.returncode == 0, audit.stdout


WITHOUT_BROTLI = "import sys; sys.modules['brotli'] = None; from warcio.cli import main; main()"
"""warcio 1.8.1 fails itself on a body in `br` where the package brotli is installed beside it."""


def http_payload(block: bytes) -> bytes:
    """Return the payload as Python's own HTTP client reads it, which knows nothing of ours."""

    class Wire(io.BytesIO):
        def makefile(self, mode: str) -> io.BytesIO:
            return self

    answer = http.client.HTTPResponse(Wire(block))  # type: ignore[arg-type]
    answer.begin()
    return answer.read()


def test_others_agree_but_for_what_is_explained(crawled: Crawled) -> None:
    """fastwarc finds nothing. warcio hashes chunk framing, and takes the first line of an answer for a head."""
    (path,) = (crawled.archive.path / "warc").iterdir()
    ran = subprocess.run([INSTALLED / "fastwarc", "check", "--quiet", path], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    checked = subprocess.run([sys.executable, "-c", WITHOUT_BROTLI, "check", path], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (1, "")
    remarks = re.findall(r"^  offset .* <(.*)> response\n    payload digest failed:? sha256:\w+$", checked.stdout, re.M)
    assert 1 + 2 * len(remarks) == len(checked.stdout.splitlines()), "no remark of another kind"
    responses = [record for record in read_records(path) if record.type == "response"]
    headless = {record.id for record in responses if not record.block.startswith(b"HTTP/")}
    plain = crawled.servers["origin"].url(ADDRESSES["chunked declared, body plain"])
    framed = [one for one in responses if b"\r\nTransfer-Encoding: chunked" in one.block and one.target != plain]
    assert set(remarks) == headless | {record.id for record in framed}
    whole = [record for record in framed if "warc-truncated" not in record.fields]
    assert len(whole) > 9 and len(headless) == 3
    for record in whole:
        assert record.fields["warc-payload-digest"] == f"sha256:{sha256(http_payload(record.block)).hexdigest()}"


def test_an_export_of_it_stands_by_itself(crawled: Crawled, tmp_path: Path) -> None:
    path = tmp_path / "all.warc.gz"
    assert crawled.archive.scrapy("export", "warc", "--text", "-o", str(path)).returncode == 0
    scanned = crawled.archive.scrapy("verify", str(path))
    assert (scanned.returncode, scanned.stderr) == (0, "")
    assert scanned.stdout.endswith("nothing in them is against the standard\n")
    ran = subprocess.run([INSTALLED / "fastwarc", "check", "--quiet", path], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "")


def test_every_capture_is_where_the_catalogue_says(crawled: Crawled) -> None:
    rows = crawled.archive.rows("SELECT id, url, truncated, warc_file, warc_offset, warc_length FROM capture")
    assert len(rows) == sum(one.response is not None for one in crawled.attempts)
    for capture_id, url, truncated, name, offset, length in rows:
        record = read_member(crawled.archive.path / "warc" / name, offset, length)
        said = None if record.type == "revisit" else record.fields.get("warc-truncated")
        assert (record.id, record.target, said) == (capture_id, url, truncated)


def test_a_connection_found_dead_is_an_attempt_of_its_own(crawled: Crawled) -> None:
    dying = crawled.servers["stale"]
    dead, again = crawled.of(dying.url("/a/stale.html"))
    assert (dead.asked, dead.received, dead.said["failure-stage"]) == (again.asked, b"", "connect")
    assert "sent again on a fresh one" in again.said["note"]
    assert again.received.endswith(OTHER)
    assert dying.served[-2].asked.connection != dying.served[-1].asked.connection


def test_each_hop_of_a_redirect_is_a_capture(crawled: Crawled) -> None:
    origin = crawled.servers["origin"]
    hops = [crawled.of(origin.url(path))[-1] for path in HOPS]
    assert [one.said["hops"] for one in hops] == ["0", "1", "2"]
    assert [one.said.get("via") for one in hops][1:] == [origin.url(path) for path in HOPS[:2]]
    assert [one.received.split(b" ")[1] for one in hops] == [b"302", b"302", b"200"]
    titles = crawled.archive.rows("SELECT title FROM article WHERE url LIKE ?", f"%{HOPS[2]}")
    assert titles == [("渡口复航",)]


def test_location_in_gbk_leads_where_it_says(crawled: Crawled) -> None:
    assert crawled.of(crawled.servers["origin"].url("/%B1%EA%CC%E2"))[-1].said["relation"] == "redirect"


def test_a_post_is_kept_with_its_body(crawled: Crawled) -> None:
    (attempt,) = crawled.of(crawled.servers["origin"].url("/api?x=1"))
    head, _, body = attempt.asked.partition(b"\r\n\r\n")
    assert attempt.said["method"] == "POST"
    assert body == '{"栏目":"要闻"}'.encode()
    assert head.startswith(b"POST /api?x=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nrEferer: http://127.0.0.1:" in head


@pytest.mark.parametrize("number", VERSIONS)
def test_tls_is_stated(crawled: Crawled, number: str) -> None:
    (attempt,) = crawled.of(crawled.servers[f"tls{number}"].url("/"))
    assert attempt.response is not None
    assert attempt.response.fields["warc-protocol"] == f"tls/{number}"
    assert attempt.response.fields["warc-cipher-suite"].startswith("TLS_")
    assert attempt.said["tls-version"] == f"TLSv{number}"
    assert (attempt.said["tls-verified"], len(attempt.said["tls-chain-sha256"])) == ("no", 64)
    assert "self" in attempt.said["tls-reason"] or "unable to get local issuer" in attempt.said["tls-reason"]


@pytest.mark.parametrize("name", [name for name, oddity in ODDITIES.items() if oddity.method == "HEAD"])
def test_an_answer_to_head_is_archived_whole(name: str, tmp_path: Path) -> None:
    """No source asks with HEAD; the client and the archive know it all the same."""
    oddity = ODDITIES[name]
    with Server({"/": oddity.sent}) as server:
        exchange = run(lambda client: client.fetch(WireRequest(server.url("/"), "HEAD", timeout_s=5)))
    archive = writer(tmp_path)
    archive.append(exchange, ATTEMPT)
    archive.close()
    (attempt,) = attempts_in(read_records(files(tmp_path)[0]))
    assert (attempt.asked, attempt.received) == (server.served[0].request, bytes(server.served[0].sent))
    assert (attempt.interim, attempt.surplus) == (oddity.interim, oddity.surplus)
    assert attempt.response is not None
    assert attempt.response.fields["warc-payload-digest"] == f"sha256:{sha256(b'').hexdigest()}"


def test_a_proxy_is_marked_and_its_password_never_kept(tmp_path: Path) -> None:
    archive = ForkedArchive(tmp_path)
    page = [sized(links("/a/1.html").encode(), b"Content-Type: text/html")]
    other = [sized(links("/a/2.html").encode(), b"Content-Type: text/html")]

    def plain(asked: Asked) -> Iterable[Step]:
        return page if asked.target.endswith("/") else [sized(PAGE)]

    secret = b"Basic dXNlcjpwYXNz"
    secure = Server({"/": other, "/a/2.html": [sized(OTHER)]}, tls=Authority(tmp_path).server())
    with Server(plain) as server, secure, tunnel() as proxy:
        tables = [f'[[lists]]\nurl = "{one.origin}/"' for one in (server, secure)]
        archive.add_source("far", source_toml(server.origin, *tables, '[[articles]]\nmatch = ["/a/"]'))
        ran = archive.scrapy("crawl", "far", ARCHIVE_PROXY=f"http://user:pass@127.0.0.1:{proxy.port}")
        assert ran.returncode == 0, ran.stderr
        served = [*server.served, *secure.served]
    attempts = kept(archive)
    _holds_through(proxy, attempts, served, secret)
    assert all(one.said["proxy"] == f"127.0.0.1:{proxy.port}" for one in attempts)
    tunnels = [head for head in proxy.heads if head.startswith(b"CONNECT 127.0.0.1:")]
    assert tunnels and all(secret in head for head in tunnels)
    everything = b"".join(gzip.decompress(path.read_bytes()) for path in (archive.path / "warc").iterdir())
    assert b"CONNECT" not in everything
    assert secret not in everything
    assert b"user:pass" not in everything + ran.stderr.encode()


def _holds_through(proxy: Tunnel, attempts: list[Attempted], served: list[Served], secret: bytes) -> None:
    """Assert that what passed through the proxy is what is held, the secret cut from plain requests and that noted."""
    cut = b"Proxy-Authorization: " + secret + b"\r\n"
    assert Counter((one.asked, one.received) for one in attempts) == Counter(
        (one.request.replace(cut, b""), bytes(one.sent)) for one in served
    )
    noted = {one.said["url"] for one in attempts if "proxy-authorization cut" in one.said.get("note", "")}
    assert noted == {one.said["url"] for one in attempts if one.said["url"].startswith("http://")}
    assert any(cut in one.request for one in served)
