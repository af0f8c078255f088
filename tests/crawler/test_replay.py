"""Archived pages in a real browser: they look as they did, and reach nothing."""

from __future__ import annotations

import argparse
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from scrapy.settings import Settings

from crawler.commands.replay import Command
from crawler.exports import export_note, new_record_id
from crawler.player import Player, load_player
from crawler.replay_package import pack_page
from crawler.replay_pages import Moment
from crawler.replay_server import Performance, ReplayServer
from storage.catalogue_selection import Selection, chosen
from storage.cdx import cdx_timestamp
from storage.errors import UsageError
from storage.model import Capture
from storage.wacz import Label, write_wacz
from storage.wacz_signature import SigningKey
from storage.warc_copy import WarcCopy
from tests.browser import Browser
from tests.gazette import ARTICLE, HARMFUL, MOVED
from tests.replaying import NOW, WHOLE, Scene, add_revisits, scene_of


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene_of(tmp_path_factory.mktemp("replay")) as made:
        yield made


@pytest.fixture(scope="module")
def player() -> Player:
    try:
        return load_player(print)
    except UsageError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{error}; `make browser` installs npm")


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
    return scene.looks_as_live(stage_top(scene.browser))


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
    return add_revisits(scene)


@pytest.mark.parametrize("name", ["same", "rechunked", "whole", "copy", "held"])
def test_a_revisit_plays_what_it_refers_to(scene: Scene, player: Player, again: dict[str, Capture], name: str) -> None:
    capture = again[name]
    with playing(scene, player, capture.url.removeprefix(scene.origin), capture.captured) as server:
        frame = show(scene, server, f"revisit-{name}")
        assert name == "held" or cdx_timestamp(capture.captured) in frame
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
