"""The catalogue in Datasette, looked at in a real browser: views, facets, search, and texts that stay texts.

`make datasette-check` puts Datasette (Apache-2.0, no part of Shilu) into an environment of its own, named in DATASETTE.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from storage.catalogue import Catalogue
from storage.search import Searcher
from tests.browser import Browser
from tests.chronicle import MORNING, chronicle
from tests.run import ROOT

pytestmark = pytest.mark.soak

HARMFUL = "<script>document.title = 'harmed'</script><img src=x onerror=\"document.title = 'harmed'\">"


def program() -> Path:
    """Return Datasette's program."""
    found = Path(os.environ.get("DATASETTE", ".venv-datasette")).absolute() / "bin" / "datasette"
    if not found.exists():
        pytest.fail("no Datasette: run `make datasette-check`")
    return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve an archive, one title in it a script, and give the address of its catalogue."""
    folder = tmp_path_factory.mktemp("datasette")
    chronicle(folder)
    with sqlite3.connect(folder / "catalogue.sqlite") as connection:
        connection.execute("UPDATE t_version SET title = ? WHERE title LIKE '鼋%'", (HARMFUL,))
    connection.close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shown = ("--metadata", "datasette/metadata.json", "--static", "shilu:datasette")
    with Catalogue.open(folder / "catalogue.sqlite", read_only=True) as catalogue, Searcher.open(catalogue):
        pass  # fills the index
    files = (folder / "catalogue.sqlite", folder / "search.sqlite")
    command = [program(), "serve", *files, "--crossdb", *shown, "--port", str(port)]
    with (folder / "log").open("w") as log, subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log) as process:
        try:
            address = f"http://127.0.0.1:{port}/catalogue"
            _wait_for(address, process)
            yield address
        finally:
            process.terminate()
    assert "Traceback" not in (folder / "log").read_text()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "Datasette ended"
        try:
            urllib.request.urlopen(f"{address}.json", timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("Datasette does not answer")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser(1300, 1400) as started:
        yield started


def look(browser: Browser, address: str, *words: str) -> str:
    """Open a page, wait until it says all of `words`, and return what it says."""
    browser.open(address)
    browser.wait_for(
        "document.readyState == 'complete' && "
        + " && ".join(f"document.body.innerText.includes({word!r})" for word in words)
    )
    if folder := os.environ.get("SCREENSHOTS"):
        browser.save(Path(folder) / f"datasette-{address.rpartition('/')[2].partition('?')[0]}.png")
    assert browser.console == []
    return str(browser.value("document.body.innerText", "127.0.0.1"))


def test_the_catalogue_opens_with_its_views_and_questions(served: str, browser: Browser) -> None:
    said = look(browser, served, "Queries", "Which articles say this", "article", "version_capture", "reprint")
    assert "t_capture" not in said and "hidden tables" in said


def test_articles_have_facets_that_choose(served: str, browser: Browser) -> None:
    said = look(browser, f"{served}/article", "10 rows", "河口晨报", "甘棠")
    assert all(facet in said for facet in ("source", "state", "origin", "editors (array)", "published_utc (date)"))
    assert "1 row " in look(browser, f"{served}/article?state=removed", "早市菜船靠岸")
    assert look(browser, f"{served}/event?kind=edited", "3 rows", "title+editors")


def test_a_search_finds_a_passage(served: str, browser: Browser) -> None:
    said = look(browser, f"{served}/say?words={quote('菜船')}", "3 rows")
    assert "早市的菜船七点以前都已靠岸" in said and f"{MORNING}/a/2.html" in said


def test_full_text_is_asked_in_any_script(served: str, browser: Browser) -> None:
    address = served.replace("/catalogue", "/_memory/search")
    said = look(browser, f"{address}?words={quote('早市的菜船七點')}", "2 rows")
    assert f"{MORNING}/a/1.html" in said


def test_what_pages_say_stays_text(served: str, browser: Browser) -> None:
    assert HARMFUL in look(browser, f"{served}/article?url={quote(MORNING)}/a/6.html", "1 row")
    assert browser.value("document.title", "127.0.0.1") != "harmed"
    assert not [url for url in browser.requested if not url.startswith(("http://127.0.0.1:", "data:"))]
