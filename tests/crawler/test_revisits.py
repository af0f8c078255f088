"""Nothing twice: a second crawl of an unchanged site, copies, 304s that are true and 304s that are lies, lost files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.forked import ForkedArchive
from tests.server import Server
from tests.warc_by_hand import Record, attempts_in, read_member, read_records
from tests.weekly import Weekly

AGAIN = ("crawl", "weekly", "-a", "revisit=all")
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


class Trial:
    """One archive of one weekly."""

    def __init__(self, folder: Path, server: Server, weekly: Weekly) -> None:
        """Hold what a trial needs."""
        self.archive, self.server, self.weekly = ForkedArchive(folder), server, weekly
        self.archive.add_source("weekly", weekly.toml(server.origin))

    def crawl(self, *arguments: str, code: int = 0, **settings: str) -> list[Path]:
        """Crawl, and return the WARC files that this made."""
        before = set(self.files())
        run = self.archive.scrapy(*(arguments or AGAIN), **settings)
        assert run.returncode == code, run.stdout + run.stderr
        return sorted(set(self.files()) - before)

    def files(self) -> list[Path]:
        folder = self.archive.path / "warc"
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def url(self, number: int) -> str:
        return self.server.url(f"/a/c_{number}.html")

    def grades(self, number: int) -> list[tuple[str, int | None, str | None]]:
        """Return kind, status and grade of every capture of one article, in order."""
        return self.archive.rows(
            "SELECT kind, status, grade FROM t_capture WHERE url = ? ORDER BY captured", self.url(number)
        )


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Trial]]:
    """Begin a trial: its server runs until the test ends."""
    servers: list[Server] = []

    def made(articles: int = 4, **more: int) -> Trial:
        weekly = Weekly(articles, **more)
        servers.append(Server(weekly).__enter__())
        return Trial(tmp_path, servers[-1], weekly)

    yield made
    for server in servers:
        server.__exit__(None, None, None)


def of_type(path: Path, kind: str) -> list[Record]:
    return [record for record in read_records(path) if record.type == kind]


# --- an unchanged site -------------------------------------------------------------------------


def test_a_second_crawl_of_an_unchanged_site_adds_revisit_records_only_and_under_5_percent(
    begin: Callable[..., Trial],
) -> None:
    trial = begin(16, characters=20_000)  # as long as 160 saved news pages are on average: 37 KB compressed
    (first,) = trial.crawl()
    asked = {target: len(sent) for target, sent in trial.weekly.sent.items()}
    (second,) = trial.crawl()
    originals = {record.id: record for record in of_type(first, "response")}
    revisits = of_type(second, "revisit")
    assert len(revisits) == 17 and not of_type(second, "response")
    assert second.stat().st_size < 0.05 * first.stat().st_size
    assert {record.fields["warc-profile"] for record in revisits} == {IDENTICAL, NOT_MODIFIED}
    attempts = attempts_in([*read_records(first), *read_records(second)])
    received = {one.response.id: one.received for one in attempts if one.response is not None}
    for record in revisits:
        fields = record.fields
        original = originals[fields["warc-refers-to"].strip("<>")]
        assert fields["warc-refers-to-target-uri"] == original.target == record.target
        assert fields["warc-refers-to-date"] == original.fields["warc-date"] < fields["warc-date"]
        assert fields["warc-payload-digest"] == original.fields["warc-payload-digest"]
        assert "warc-truncated" not in original.fields
        path = record.target.removeprefix(trial.server.origin)
        (answer,) = [one.answer for one in trial.weekly.sent[path][asked[path] :]]
        assert received[record.id] == answer
        if fields["warc-profile"] == NOT_MODIFIED:
            assert record.block == answer and "warc-truncated" not in fields
        else:
            assert record.block == answer[: answer.index(b"\r\n\r\n") + 4] and fields["warc-truncated"] == "length"
    rows = trial.archive.rows("SELECT unchanged, changed, new, failed FROM crawl ORDER BY started DESC LIMIT 1")
    assert rows == [(16, 0, 0, 0)]
    assert trial.archive.scrapy("verify").returncode == 0


def test_a_copy_under_another_address_is_a_revisit_of_the_first(begin: Callable[..., Trial]) -> None:
    trial = begin(4)
    trial.weekly.copies = {f"/a/copy_{number}.html": number for number in trial.weekly.numbers}
    (file,) = trial.crawl()
    first = {record.target: record for record in of_type(file, "response")}
    copies = {record.target: record for record in of_type(file, "revisit")}
    assert len(copies) == 4
    for path, number in trial.weekly.copies.items():
        copy = copies[trial.server.url(path)]
        assert copy.fields["warc-refers-to"] == f"<{first[trial.url(number)].id}>"
        assert copy.fields["warc-refers-to-target-uri"] == trial.url(number)
    pages = trial.archive.rows("SELECT title, count(*), count(DISTINCT url) FROM article GROUP BY 1")
    assert sorted(pages) == [(f"第{number}号稿件", 2, 2) for number in range(4)]
    rows = trial.archive.rows(
        "SELECT id, refers_to, warc_file, warc_offset, warc_length FROM capture WHERE kind = 'revisit'"
    )
    for capture_id, refers_to, name, offset, length in rows:
        record = read_member(trial.archive.path / "warc" / name, offset, length)
        assert (record.id, record.fields["warc-refers-to"]) == (capture_id, f"<{refers_to}>")
    # Its validators were sent with a payload that lies at another address, so a copy is never asked on condition.
    trial.crawl()
    assert trial.weekly.conditional("/a/c_0.html") == [False, True]
    assert trial.weekly.conditional("/a/copy_0.html") == [False, False]


def test_the_catalogue_of_revisits_comes_again_from_the_archive_alone(begin: Callable[..., Trial]) -> None:
    trial = begin(8)
    trial.weekly.copies = {"/a/copy_1.html": 1}
    trial.crawl()
    trial.crawl()
    trial.weekly.edits[2] = "改了。"
    trial.weekly.gone = {5}
    trial.crawl(code=5)
    trial.weekly.gone = set()
    del trial.weekly.edits[2]  # as it was: its payload is in the archive already
    trial.crawl()
    before = trial.archive.truth()
    profiles = trial.archive.rows("SELECT DISTINCT kind, status FROM capture WHERE kind = 'revisit'")
    assert set(profiles) == {("revisit", 200), ("revisit", 304)}
    assert {row[2] for row in before["event"]} == {"edited", "suspected", "cleared"}
    assert trial.archive.rows("SELECT versions FROM article WHERE url = ?", trial.url(2)) == [(3,)]
    hidden = "SELECT id, grade, finding, etag, last_modified, payload_bytes FROM t_capture ORDER BY id"
    captures = trial.archive.rows(hidden)
    for path in trial.archive.path.glob("catalogue.sqlite*"):
        path.unlink()
    assert trial.archive.scrapy("rebuild").returncode == 0
    after = trial.archive.truth()
    for view, rows in before.items():
        assert after[view] == rows, view
    assert trial.archive.rows(hidden) == captures


@pytest.mark.parametrize("command", ["rebuild", "catch-up"])
def test_deduplication_survives_a_lost_catalogue_and_a_move(begin: Callable[..., Trial], command: str) -> None:
    trial = begin(4)
    trial.crawl()
    for path in trial.archive.path.glob("catalogue.sqlite*"):
        path.unlink()
    trial.archive.path.rename(trial.archive.folder / "moved")
    shutil.copytree(trial.archive.folder / "moved", trial.archive.path)
    shutil.rmtree(trial.archive.folder / "moved")
    if command == "rebuild":
        assert trial.archive.scrapy("rebuild").returncode == 0
    (file,) = trial.crawl()
    assert not of_type(file, "response") and len(of_type(file, "revisit")) >= 5
    if command == "rebuild":  # of what has no catalogue yet nothing is due but the lists, which robots.txt precedes
        assert trial.weekly.conditional("/a/c_0.html") == [False, True]


# --- the server's word -------------------------------------------------------------------------


def test_every_fourth_fetch_in_a_row_is_unconditional(begin: Callable[..., Trial]) -> None:
    trial = begin(4)
    for _ in range(6):
        trial.crawl()
    for number in (0, 1):
        assert trial.weekly.conditional(f"/a/c_{number}.html") == [False, True, True, True, False, True]
        assert trial.grades(number) == [
            ("response", 200, "article"),
            *[("revisit", 304, "server")] * 3,
            ("revisit", 200, "bytes"),
            ("revisit", 304, "server"),
        ]
    assert trial.weekly.conditional("/list.html") == [False, True, True, True, False, True]
    for number in (2, 3):
        assert trial.weekly.conditional(f"/a/c_{number}.html") == [False] * 6
        assert trial.grades(number)[1:] == [("revisit", 200, "bytes")] * 5
    run = trial.archive.scrapy("history", trial.url(0))
    assert run.stdout.count("unchanged (server)") == 4 and run.stdout.count("unchanged (bytes)") == 1
    only = trial.archive.scrapy("crawl", "weekly", "-a", f"url={trial.url(0)}")
    assert only.returncode == 0 and trial.weekly.conditional("/a/c_0.html")[-1] is False


def test_a_server_that_lies_is_caught_at_the_fourth_and_the_edit_dated_from_the_last_bytes(
    begin: Callable[..., Trial],
) -> None:
    trial = begin(1)
    trial.crawl()
    trial.weekly.liar, trial.weekly.edits[0] = True, "悄悄改了。"
    for _ in range(3):
        trial.crawl()
    assert trial.archive.rows("SELECT count(*) FROM event") == [(0,)]
    trial.crawl()
    captures = trial.archive.rows("SELECT id, captured FROM capture WHERE url = ? ORDER BY captured", trial.url(0))
    (event,) = trial.archive.rows("SELECT kind, after, observed, capture_before, capture_after, detail FROM event")
    assert event[:5] == ("edited", captures[0][1], captures[-1][1], captures[0][0], captures[-1][0])
    assert f'"server_said_unchanged":"{captures[3][1]}"' in event[5]


def test_a_page_under_suspicion_is_asked_unconditionally(begin: Callable[..., Trial]) -> None:
    trial = begin(4)
    trial.crawl()
    trial.crawl()
    trial.weekly.gone = {0}
    trial.crawl(code=5)
    trial.weekly.liar, trial.weekly.gone = True, set()
    trial.crawl()
    assert trial.weekly.conditional("/a/c_0.html") == [False, True, True, False]
    assert trial.grades(0)[-2:] == [("response", 404, "http-404"), ("revisit", 200, "bytes")]
    events = trial.archive.rows("SELECT kind, grade FROM event ORDER BY observed")
    assert events == [("suspected", "http-404"), ("cleared", "bytes")]
    trial.crawl()
    assert trial.weekly.conditional("/a/c_0.html")[-1] is True


def test_a_304_to_no_condition_is_an_answer_like_any_other(begin: Callable[..., Trial]) -> None:
    trial = begin(4)
    trial.server.routes = lambda asked: [b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n']
    (file,) = trial.crawl("crawl", "weekly", code=5)
    assert of_type(file, "response") and not of_type(file, "revisit")
    assert trial.archive.rows("SELECT DISTINCT reason FROM failure") == [
        ("304 Not Modified, though the request was unconditional",)
    ]


def test_a_list_that_is_unchanged_is_read_again_from_the_archive(begin: Callable[..., Trial]) -> None:
    trial = begin(4)
    source = trial.archive.folder / "sources" / "weekly.toml"
    whole = source.read_text("utf-8")
    source.write_text(whole.replace(r"[a-z]+_\d+", r"[a-z]+_[01]"), "utf-8")
    trial.crawl()
    assert trial.archive.rows("SELECT count(*) FROM article") == [(2,)]
    source.write_text(whole, "utf-8")
    trial.crawl()
    assert trial.weekly.conditional("/list.html") == [False, True]
    assert trial.archive.rows("SELECT count(*) FROM article") == [(4,)]


def test_unchanged_articles_are_exported_all_the_same(begin: Callable[..., Trial]) -> None:
    trial = begin(4)
    trial.crawl()
    out = trial.archive.folder / "out.jsonl"
    trial.crawl(*AGAIN, "-O", str(out))
    assert len(out.read_text("utf-8").splitlines()) == 4


# --- what is not in the archive ----------------------------------------------------------------


def test_nothing_refers_to_a_file_that_is_gone(begin: Callable[..., Trial]) -> None:
    trial = begin(4)
    (first,) = trial.crawl()
    first.unlink()
    (second,) = trial.crawl()
    assert not of_type(second, "revisit") and len(of_type(second, "response")) == 5
    assert trial.weekly.conditional("/a/c_0.html") == [False, False]
    (third,) = trial.crawl()
    held = {record.id for record in of_type(second, "response")}
    revisits = of_type(third, "revisit")
    assert len(revisits) == 5 and not of_type(third, "response")
    assert {record.fields["warc-refers-to"].strip("<>") for record in revisits} <= held


def test_nothing_refers_to_what_was_cut(begin: Callable[..., Trial]) -> None:
    trial = begin(2, characters=3000)
    cut = {"ARCHIVE_MAX_RESPONSE_BYTES": "4096"}
    for _ in range(2):
        (file,) = trial.crawl(code=5, **cut)
        long = [record for record in of_type(file, "response") if "/a/" in record.target]
        assert len(long) == 2 and {record.fields["warc-truncated"] for record in long} == {"length"}
    assert trial.weekly.conditional("/a/c_0.html") == [False, False]
    (file,) = trial.crawl()
    assert len([record for record in of_type(file, "response") if "/a/" in record.target]) == 2
