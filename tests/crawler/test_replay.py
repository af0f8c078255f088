"""Archived pages in a real browser: they look as they did, and reach nothing.

With SHOTS set to a folder, what the browser showed is kept there, to be looked at.
"""

from __future__ import annotations

import argparse
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from scrapy.settings import Settings

from crawler.commands.replay import Command
from crawler.exports import export_note, new_record_id
from crawler.player import Player, load_player
from crawler.replay_package import pack_page, read_time
from crawler.replay_pages import Moment
from crawler.replay_server import Performance, ReplayServer
from crawler.sources import load
from pipelines.changes import settle
from storage.catalogue import Catalogue
from storage.catalogue_selection import Selection, chosen
from storage.cdx import cdx_timestamp
from storage.errors import UsageError
from storage.model import Capture, Thresholds
from storage.reader import read_exchange
from storage.wacz import Label, write_wacz
from storage.wacz_signature import SigningKey
from storage.warc_copy import WarcCopy
from tests.browser import Browser
from tests.gazette import ARTICLE, HARMFUL, MOVED, Gazette
from tests.run import Archive
from tests.server import Server, response
from tests.storage.exchanges import revisit, writer
from tests.storage.outcomes import make_outcome

WHOLE = "document.images.length == 2 && [...document.images].every((i) => i.naturalWidth > 50)"
CLIP_HEIGHT = 460
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@dataclass
class Scene:
    """An archive of the gazette, whose site is gone, and what it looked like when it was there."""

    archive: Archive
    origin: str
    elsewhere: Server
    """Still there: whatever reaches it got out."""
    live: bytes
    browser: Browser

    def catalogue(self) -> Catalogue:
        return Catalogue.open(self.archive.path / "catalogue.sqlite", read_only=True)

    def captures(self, path: str) -> list[Capture]:
        """Return the captures of one address, oldest first."""
        with self.catalogue() as catalogue:
            rows = [item.capture for item in chosen(catalogue.store, Selection(urls=(self.origin + path,)))]
        return sorted((row for row in rows if row.url == self.origin + path), key=lambda row: row.captured)

    def keep(self, name: str) -> None:
        if "SHOTS" in os.environ:
            self.browser.save(Path(os.environ["SHOTS"]) / f"{name}.png")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    archive = Archive(tmp_path_factory.mktemp("replay"))
    with (
        Server(lambda asked: [response(b"", status="404 Not Found")]) as elsewhere,
        Browser() as browser,
    ):
        with Server(Gazette(elsewhere.origin)) as server:
            archive.add_source("zhen", Gazette(elsewhere.origin).toml(server.origin))
            ran = archive.scrapy("crawl", "zhen", ARCHIVE_CONTACT="none")
            assert ran.returncode in (0, 5), ran.stderr
            browser.open(server.url(ARTICLE))
            browser.wait_for(WHOLE)
            browser.settle()
            _check_fonts(browser)
            live = browser.screenshot((0, 0, 1000, CLIP_HEIGHT))
            made = Scene(archive, server.origin, elsewhere, live, browser)
            made.keep("live")
        elsewhere.served.clear()
        yield made


def _check_fonts(browser: Browser) -> None:
    """Two different characters look different only where there is a font for them."""
    draw = """(text) => { const c = document.createElement('canvas'); c.width = c.height = 40;
        const g = c.getContext('2d'); g.font = '30px sans-serif'; g.fillText(text, 2, 34); return c.toDataURL(); }"""
    assert browser.value(f"(d => d('粮') !== d('站'))({draw})", ARTICLE), "no font for Han: `make browser` installs one"


@pytest.fixture(scope="module")
def player() -> Player:
    return load_player(print)


@contextmanager
def playing(scene: Scene, player: Player, path: str, at: datetime | None = None) -> Iterator[ReplayServer]:
    """Serve the page at `path` as `scrapy replay` does."""
    package = scene.archive.folder / "page.wacz"
    with scene.catalogue() as catalogue:
        show = pack_page(catalogue, scene.archive.path, scene.origin + path, at, package, lambda: NOW)
    try:
        assert show is not None
        with ReplayServer(show, player) as server:
            yield server
    finally:
        package.unlink()


@contextmanager
def playing_file(scene: Scene, player: Player, package: Path, capture: Capture) -> Iterator[ReplayServer]:
    """Serve a file of ours as anybody's copy of the player would have it."""
    moment = Moment(cdx_timestamp(capture.captured, 17), "then")
    with ReplayServer(Performance(capture.url, moment, [moment], package, package.name), player) as server:
        yield server


def stage_top(browser: Browser) -> int:
    """Return how far down in the window the archived page begins."""
    find = """(function f(r) { for (const e of r.querySelectorAll('*')) { if (e.tagName == 'IFRAME') return e;
        const found = e.shadowRoot && f(e.shadowRoot); if (found) return found; } })(document)"""
    frame = browser.value("document.querySelector('iframe').getBoundingClientRect().top", "/?at=")
    return round(frame + browser.value(f"{find}.getBoundingClientRect().top", "?source="))


def show(scene: Scene, server: ReplayServer, name: str, expression: str = WHOLE, at: str = "") -> str:
    """Open the replay and wait for the page in it; returns the address of its frame."""
    scene.browser.open(f"{server.url}?at={at}")
    frame = scene.browser.wait_for(f"location.href.includes('mp_/') && {expression}")
    scene.browser.settle(0.3)
    scene.keep(name)
    return frame


def looks_as_live(scene: Scene) -> bool:
    return scene.browser.screenshot((0, stage_top(scene.browser), 1000, CLIP_HEIGHT)) == scene.live


def test_a_page_looks_as_it_did(scene: Scene, player: Player) -> None:
    """GBK in gzip in chunks, a sheet that imports another, pictures, one of them lazy: the same pixels."""
    with playing(scene, player, ARTICLE) as server:
        show(scene, server, "wacz")
        assert looks_as_live(scene)
        assert scene.browser.value("document.title", "mp_/") == "老粮站改成农具陈列室"
    assert scene.elsewhere.served == []


def test_a_redirect_leads_on(scene: Scene, player: Player) -> None:
    with playing(scene, player, MOVED) as server:
        frame = show(scene, server, "redirect")
        assert frame.endswith(ARTICLE)
        assert looks_as_live(scene)


def test_what_means_harm_gets_nowhere(scene: Scene, player: Player) -> None:
    browser, elsewhere = scene.browser, scene.elsewhere.origin
    with playing(scene, player, HARMFUL) as server:
        browser.blocked.clear()
        show(scene, server, "harm", "window.tried")
        assert browser.blocked.count("csp") >= 2, "the player rewrites what it knows; the policy stops the rest"
        # Further, as if it had got out of the player's hands and into its page.
        tries = (
            "fetch('E/fetch', {mode: 'no-cors'}).catch(String)",
            "void (new Image().src = 'E/image')",
            "void new WebSocket('E/socket'.replace('http', 'ws'))",
            "navigator.sendBeacon('E/beacon')",
            "String(window.open('E/popup'))",
            "(f => { f.src = 'E/frame'; document.body.append(f) })(document.createElement('iframe'))",
            "void (top.location = 'E/top')",
            "(a => { a.href = 'E/link'; a.target = '_top'; document.body.append(a); a.click() })"
            "(document.createElement('a'))",
            "void (location = 'E/gone')",
        )
        for code in tries:
            browser.value(code.replace("E/", elsewhere + "/"), "?source=")
        browser.settle(0.5)
        assert server.url.rstrip("/") in browser.frames()[0], "the frame is still ours"
        browser.open("about:blank")
        browser.settle(0.3)
    assert [served.asked.target for served in scene.elsewhere.served] == []


@pytest.fixture(scope="module")
def again(scene: Scene) -> dict[str, Capture]:
    """A week later: the article unchanged, framed as before and framed otherwise, and under another address."""
    first = scene.captures(ARTICLE)[0]
    archived = read_exchange(scene.archive.path / "warc" / first.warc_file, first.warc_offset, first.warc_length)
    source = load(scene.archive.folder / "sources" / "zhen.toml")
    crawl_id = "aaaaaaaa-1111-4222-8333-444444444444"
    out = writer(scene.archive.path, source=source, crawl_id=crawl_id)
    made: dict[str, Capture] = {}
    with Catalogue.open(scene.archive.path / "catalogue.sqlite", settle=settle) as catalogue:
        text = catalogue.article(first.url)
        assert text is not None
        catalogue.start_crawl(crawl_id, source, NOW, Thresholds())
        for day, (name, path, whole) in enumerate(
            [("same", ARTICLE, False), ("whole", ARTICLE, True), ("copy", "/a/c_9.html", False)], start=7
        ):
            exchange = replace(archived.exchange, url=scene.origin + path, started=first.captured + timedelta(days=day))
            if whole:
                exchange = replace(exchange, response=_in_one_piece(exchange.response[:]))
            attempt = replace(archived.attempt, crawl_id=crawl_id)
            capture = out.append(exchange, attempt, revisit=revisit(first))
            assert capture is not None and capture.kind == "revisit"
            fields = {name: getattr(capture, name) for name in Capture.__slots__}
            outcome = make_outcome(
                capture.url, capture.captured, body=text["body"], source="zhen", crawl=crawl_id, capture=fields
            )
            catalogue.commit([outcome], now=NOW, frontier=False)
            made[name] = capture
    out.close()
    return made


def _in_one_piece(response: bytes) -> bytes:
    """Frame a chunked response by its length instead."""
    head, _, body = response.partition(b"\r\n\r\n")
    payload = b""
    while (size := int(body.partition(b"\r\n")[0], 16)) > 0:
        start = body.index(b"\r\n") + 2
        payload, body = payload + body[start : start + size], body[start + size + 2 :]
    return head.replace(b"Transfer-Encoding: chunked", b"Content-Length: %d" % len(payload)) + b"\r\n\r\n" + payload


@pytest.mark.parametrize("name", ["same", "whole", "copy"])
def test_a_revisit_plays_what_it_refers_to(scene: Scene, player: Player, again: dict[str, Capture], name: str) -> None:
    capture = again[name]
    with playing(scene, player, capture.url.removeprefix(scene.origin), capture.captured) as server:
        frame = show(scene, server, f"revisit-{name}")
        assert cdx_timestamp(capture.captured) in frame
        assert looks_as_live(scene)


def test_an_exported_package_plays_and_its_signature_holds(
    scene: Scene, player: Player, again: dict[str, Capture], tmp_path: Path
) -> None:
    path = tmp_path / "all.wacz"
    label = Label("全部", "everything", "test/1", NOW, export_note("everything", None))
    with path.open("wb+") as out, scene.catalogue() as catalogue:
        key = SigningKey(ec.generate_private_key(ec.SECP384R1()))
        store = catalogue.store
        write_wacz(out, scene.archive.path, store, Selection(), label, new_id=new_record_id, scratch=tmp_path, key=key)
    with playing_file(scene, player, path, again["same"]) as server:
        show(scene, server, "exported")
        assert looks_as_live(scene)
        verified = {row["id"]: row for row in scene.browser.value(_VERIFIED, "?source=")}
        assert verified["signature"]["matched"] is True
        assert verified["publicKey"]["expected"] == key.public


_VERIFIED = """(async () => { let all = []; for (const { name } of await indexedDB.databases()) {
    const opened = await new Promise((done) => { indexedDB.open(name).onsuccess = (e) => done(e.target.result); });
    if (!opened.objectStoreNames.contains('verification')) continue;
    const rows = opened.transaction('verification').objectStore('verification').getAll();
    all = all.concat(await new Promise((done) => { rows.onsuccess = () => done(rows.result); })); }
    return all; })()"""
"""What the player noted of the package's signature."""


def test_a_warc_plays_too(scene: Scene, player: Player, tmp_path: Path) -> None:
    path = tmp_path / "some.warc.gz"
    with path.open("wb") as out, scene.catalogue() as catalogue:
        note = export_note("some", None)
        copy = WarcCopy(scene.archive.path, out, name=path.name, note=note, made=NOW, new_id=new_record_id)
        for item in chosen(catalogue.store, Selection(until=NOW - timedelta(days=1))):
            copy.add(item)
        copy.close()
    with playing_file(scene, player, path, scene.captures(ARTICLE)[0]) as server:
        show(scene, server, "warc")
        assert looks_as_live(scene)


# --- the command -------------------------------------------------------------------------------


def test_the_command_serves_until_it_is_interrupted(scene: Scene, player: Player) -> None:
    command = scene.archive.start("replay", scene.origin + ARTICLE, "--no-browser", "--at", "20260101000000")
    log = scene.archive.folder / "run.log"
    try:
        said = _wait_for(lambda: next((line for line in log.read_text().splitlines() if "Ctrl-C" in line), ""))
        url = said.partition(": http")[2].partition(" ")[0]
        with urllib.request.urlopen(f"http{url}", timeout=5) as answer:
            assert f"<code>{scene.origin + ARTICLE}</code>" in answer.read().decode()
    finally:
        command.send_signal(signal.SIGINT)
        code = command.wait(10)
    assert code == 0
    assert "Traceback" not in log.read_text()


def _wait_for(found: Callable[[], str]) -> str:
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        if answer := found():
            return answer
        time.sleep(0.05)
    raise AssertionError("never came")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("http://nowhere.example/",), 1, "Nothing to show is archived of http://nowhere.example/"),
        ((), 2, "replay: give one URL"),
        (("ftp://a/",), 2, "replay: ftp://a/: must be an http or https URL"),
        (("http://a/", "--at", "noon"), 2, "replay: --at noon: must be 20261122134500 or 2026-11-22T13:45:00+08:00"),
        (("http://a/", "--port", "70000"), 2, "replay: --port 70000: must be 0 to 65535"),
    ],
)
def test_what_cannot_be_played_is_said(
    scene: Scene, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, said: str
) -> None:
    command = Command()
    command.settings = Settings({"ARCHIVE_DIR": str(scene.archive.path)})
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    command.add_options(parser)
    opts, args = parser.parse_known_args(["--no-browser", *arguments])
    command.run(args, opts)
    assert command.exitcode == code
    out, err = capsys.readouterr()
    assert said in out + err and (out + err).count("\n") == 1


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("20261122134500", datetime(2026, 11, 22, 13, 45, tzinfo=UTC)),
        ("20261122134500123", datetime(2026, 11, 22, 13, 45, 0, 123000, tzinfo=UTC)),
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("2026-11-22T13:45:00Z", datetime(2026, 11, 22, 13, 45, tzinfo=UTC)),
        ("2026-11-22T21:45:00+08:00", datetime(2026, 11, 22, 13, 45, tzinfo=UTC)),
        ("2026-11-22T13:45:00.5", datetime(2026, 11, 22, 13, 45, 0, 500000, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_people_write_them(text: str, at: datetime) -> None:
    assert read_time(text) == at


@pytest.mark.parametrize("text", ["", "2026", "20261322134500", "2026112213450", "now", "2026-11-22T25:00"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="must be 20261122134500"):
        read_time(text)
