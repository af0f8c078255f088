from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import pipelines.page
from pipelines.extract import EXTRACTOR
from pipelines.recover import catch_up
from pipelines.reextract import reextract
from pipelines.revisits import Referred, is_carried, is_unread, original_of, stands_for
from storage.block import HELD_BYTES
from storage.catalogue import Catalogue
from storage.errors import StorageError
from storage.model import KnownPage, PageRead
from tests.pipelines.crawled import (
    BODY_BYTES,
    HOME,
    Crawl,
    list_page,
    message,
    open_catalogue,
    rows,
    story,
)
from tests.storage.exchanges import attempts, files, revisit
from tests.storage.outcomes import make_outcome

PAGE = KnownPage(("sha256:1", "sha256:2"), f"{EXTRACTOR} sha256:r")


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """The catalogue of the archive at `tmp_path`."""
    with open_catalogue(tmp_path) as catalogue:
        yield catalogue


@pytest.fixture
def catch(tmp_path: Path, catalogue: Catalogue) -> Callable[[], int]:
    """Catalogue what is new in the archive."""
    return lambda: catch_up(tmp_path, catalogue, max_body_bytes=BODY_BYTES, source="paper", tell=lambda line: None)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses whose pages are read, as they are."""
    seen: list[str] = []
    reading = pipelines.page.read_page

    def noting(response: bytes, method: str, url: str, *rest: object, **more: int) -> PageRead:
        seen.append(url.removeprefix(HOME))
        return reading(response, method, url, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(pipelines.page, "read_page", noting)
    return seen


# --- what need not be read ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 203, 304])
@pytest.mark.parametrize("role", ["article:0", "page"])
@pytest.mark.parametrize("digest", ["sha256:1", "sha256:2"])
def test_a_page_with_a_payload_it_had_carries_its_version(status: int, role: str, digest: str) -> None:
    capture = make_outcome("http://a/", status=status, capture={"kind": "revisit", "payload_digest": digest}).capture
    assert capture is not None
    assert is_carried(capture, role, "sha256:r", PAGE)


@pytest.mark.parametrize(
    ("changes", "role", "rules", "page"),
    [
        ({"payload_digest": "sha256:3"}, "article:0", "sha256:r", PAGE),
        ({"kind": "response"}, "article:0", "sha256:r", PAGE),
        ({"status": 404}, "article:0", "sha256:r", PAGE),
        ({"status": 301}, "article:0", "sha256:r", PAGE),
        ({}, "list:0", "sha256:r", PAGE),
        ({}, "requisite:style", "sha256:r", PAGE),
        ({}, "article:0", "sha256:other", PAGE),
        ({}, "article:0", "sha256:r", replace(PAGE, read_by="shilu/0 sha256:r")),
        ({}, "article:0", "sha256:r", None),
    ],
)
def test_everything_else_is_read(changes: dict[str, object], role: str, rules: str, page: KnownPage | None) -> None:
    capture = make_outcome("http://a/", capture={"kind": "revisit", "payload_digest": "sha256:1"}).capture
    assert capture is not None
    assert not is_carried(replace(capture, **changes), role, rules, page)  # type: ignore[arg-type]


def test_an_outcome_that_carries_its_version_is_known_as_such() -> None:
    carried = make_outcome("http://a/", status=304, capture={"kind": "revisit"})
    assert is_unread(carried)
    assert not is_unread(make_outcome("http://a/", status=304))
    assert not is_unread(make_outcome("http://a/", capture={"kind": "revisit"}, body="正文"))
    assert not is_unread(make_outcome("http://a/", capture={"kind": "revisit"}, role="list:0"))


@pytest.mark.parametrize("changes", [{"kind": "revisit"}, {"payload_bytes": None}])
def test_only_a_whole_response_is_referred_to(changes: dict[str, object]) -> None:
    capture = make_outcome("http://a/", capture={"payload_bytes": 9, **changes}).capture
    assert capture is not None
    assert original_of(capture) is None


# --- catalogued from the archive ---------------------------------------------------------------


def test_revisits_are_catalogued_as_what_they_stand_for(
    tmp_path: Path, catalogue: Catalogue, catch: Callable[[], int], read: list[str]
) -> None:
    crawl = Crawl(tmp_path, 1)
    _, _, listed = crawl.made("/list.html", list_page(1, 2), "list:0")
    first = crawl.article(1)
    crawl.again("/a/2.html", first, story(1))
    crawl.end()
    second = Crawl(tmp_path, 2)
    assert listed is not None
    second.again("/list.html", listed, role="list:0")
    second.again("/a/1.html", first)
    second.again("/a/2.html", first, story(1))
    second.end()
    assert catch() == 6
    assert read == ["/list.html", "/a/1.html", "/a/2.html", "/list.html"]
    assert [row["unchanged"] for row in catalogue.crawls()] == [0, 2]
    assert [(row["title"], row["versions"]) for row in catalogue.view("article")] == [("闸口村水渠修通第1段", 1)] * 2
    assert not rows(catalogue, "failure")


def test_a_page_that_waits_to_be_catalogued_is_read(
    tmp_path: Path, catalogue: Catalogue, catch: Callable[[], int], read: list[str]
) -> None:
    crawl = Crawl(tmp_path, 1)
    first = crawl.article(1)
    crawl.made("/a/1.html", story(1, "水渠又塌了一段，秧苗要等水，村民在抢修。"))
    crawl.again("/a/1.html", first, story(1))
    crawl.end()
    catch()
    assert read == ["/a/1.html"] * 3
    assert [row["versions"] for row in catalogue.view("article")] == [3]
    assert [row["detail"].get("reverts_to") for row in catalogue.view("event")] == [None, 1]


def test_what_the_archive_lost_is_a_failure_and_a_carried_look_needs_it_not(
    tmp_path: Path, catalogue: Catalogue, catch: Callable[[], int]
) -> None:
    crawl = Crawl(tmp_path, 1)
    _, _, listed = crawl.made("/list.html", list_page(1), "list:0")
    first = crawl.article(1)
    crawl.end()
    catch()
    files(tmp_path)[0].unlink()
    second = Crawl(tmp_path, 2)
    assert listed is not None
    second.again("/list.html", listed, role="list:0")
    second.again("/a/1.html", first)
    second.again("/a/2.html", first, story(1))
    error = message("no such page", "404 Not Found")
    second.again("/a/3.html", first, error)
    second.end()
    assert catch() == 4
    failures = {row["url"].removeprefix(HOME): (row["stage"], row["reason"]) for row in catalogue.view("failure")}
    assert failures.keys() == {"/list.html", "/a/2.html", "/a/3.html"}
    for path in ("/list.html", "/a/2.html"):
        assert failures[path][0] == "archive" and "cannot be read" in failures[path][1]
    assert failures["/a/3.html"] == ("http", "404 Not Found")
    assert [row["unchanged"] for row in catalogue.crawls()] == [0, 1]


def test_a_version_that_was_first_seen_as_a_revisit_is_read_again_too(
    tmp_path: Path, catalogue: Catalogue, catch: Callable[[], int]
) -> None:
    crawl = Crawl(tmp_path, 1)
    crawl.again("/a/2.html", crawl.article(1), story(1))
    crawl.end()
    catch()
    before = rows(catalogue, "version")
    catalogue.store.run("UPDATE t_version SET extractor = 'shilu/0', body = body || '分享'")
    catalogue.close()
    done = reextract(tmp_path, source=None, since=None, processes=1, max_body_bytes=BODY_BYTES, tell=lambda line: None)
    assert (done.read, len(done.changed), done.kept) == (2, 2, ())
    with open_catalogue(tmp_path) as anew:
        assert rows(anew, "version") == before


# --- put together ------------------------------------------------------------------------------


def test_a_response_is_put_together_to_the_byte_or_not_at_all(tmp_path: Path, catalogue: Catalogue) -> None:
    crawl = Crawl(tmp_path, 1)
    first = crawl.article(1)
    _, _, body = story(1).partition(b"\r\n\r\n")
    pieces = b"".join(b"%x;q\r\n%b\r\n" % (len(piece), piece) for piece in (body[:99], body[99:]))
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\nX: 1\r\n\r\n"
    crawl.again("/a/2.html", first, chunked)
    crawl.again("/a/1.html", first)
    crawl.end()
    one, two, claim = attempts(files(tmp_path)[0])
    referred = Referred(tmp_path, catalogue)
    with pytest.raises(StorageError, match="is not in the archive"):
        referred.response(two, BODY_BYTES)
    assert one.capture is not None
    referred.note(one.capture)
    assert referred.response(two, 1024) == chunked
    assert referred.response(claim, BODY_BYTES)[:] == story(1)
    assert two.abridged is not None
    assert two.capture is not None
    for other in (
        replace(two, abridged=replace(two.abridged, response_bytes=9)),
        replace(two, abridged=replace(two.abridged, framing=b"1\r\n\r\n0\r\n\r\n")),
        replace(two, capture=replace(two.capture, payload_digest="sha256:" + "0" * 64)),
    ):
        with pytest.raises(StorageError, match="not the one that was received"):
            referred.response(other, BODY_BYTES)


def test_of_a_long_response_only_the_beginning_is_fetched(tmp_path: Path) -> None:
    long = message("x" * (3 * HELD_BYTES))
    crawl = Crawl(tmp_path, 1)
    _, _, first = crawl.made("/a/1.html", long)
    assert first is not None
    crawl.again("/a/2.html", first, long)
    crawl.end()
    found = stands_for(tmp_path, attempts(files(tmp_path)[0])[1], revisit(first).original, 1024)
    assert len(found) == len(long)
    assert found[:1024] == long[:1024]
