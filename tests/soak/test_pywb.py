"""pywb as a second player: it serves our CDXJ over our WARC files as they are, our WACZ, and an exported WARC.

`make replay-check` puts pywb (GPL, no part of Shilu) into an environment of its own and names that in PYWB.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.cdx import cdx_timestamp
from storage.cdx_key import cdx_key
from storage.model import Capture
from storage.urlkey import canonical
from tests.gazette import ARTICLE, MOVED
from tests.replaying import COPY, WHOLE, Scene, add_revisits, scene_of

pytestmark = pytest.mark.soak

COLLECTIONS = ("index", "package", "warc")


def programs() -> Path:
    """Return the folder of pywb's programs."""
    folder = Path(os.environ.get("PYWB", ".venv-pywb")).absolute() / "bin"
    if not (folder / "wayback").exists():
        pytest.fail("no pywb: run `make replay-check`")
    return folder


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene_of(tmp_path_factory.mktemp("pywb")) as made:
        yield made


@pytest.fixture(scope="module")
def again(scene: Scene) -> dict[str, Capture]:
    return add_revisits(scene)


@pytest.fixture(scope="module")
def pywb(scene: Scene, again: dict[str, Capture]) -> Iterator[str]:
    """Serve three collections and give their common address."""
    folder, manager = scene.archive.folder, programs() / "wb-manager"
    for kind, name in (("cdxj", "index.cdxj"), ("wacz", "all.wacz"), ("warc", "all.warc.gz")):
        ran = scene.archive.scrapy("export", kind, "-o", str(folder / name))
        assert ran.returncode == 0, ran.stderr
    for name in COLLECTIONS:
        subprocess.run([manager, "init", name], cwd=folder, check=True, capture_output=True)
    shutil.copytree(scene.archive.path / "warc", folder / "collections" / "index" / "archive", dirs_exist_ok=True)
    shutil.copy(folder / "index.cdxj", folder / "collections" / "index" / "indexes" / "index.cdxj")
    for command in (["add", "--unpack-wacz", "package", "all.wacz"], ["add", "warc", "all.warc.gz"]):
        subprocess.run([manager, *command], cwd=folder, check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (folder / "pywb.log").open("w") as log:
        server = subprocess.Popen(
            [programs() / "wayback", "-b", "127.0.0.1", "-p", str(port)], cwd=folder, stdout=log, stderr=log
        )
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(port: int) -> None:
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("pywb does not answer")


def looks_as_live(scene: Scene) -> bool:
    """Compare what stands below pywb's own banner."""
    top = scene.browser.value("document.querySelector('iframe').getBoundingClientRect().top", scene.browser.frames()[0])
    return scene.looks_as_live(round(top))


def open_page(scene: Scene, pywb: str, collection: str, timestamp: str, path: str, name: str) -> str:
    """Open a capture and wait until it is whole; returns the address of its frame."""
    scene.browser.open(f"{pywb}/{collection}/{timestamp}mp_/{scene.origin}{path}")
    frame = scene.browser.wait_for(f"location.href.includes('mp_/') && {WHOLE}", timeout_s=20)
    scene.browser.settle(0.3)
    scene.keep(f"pywb-{collection}-{name}")
    return frame


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_an_article_looks_as_it_did(scene: Scene, pywb: str, collection: str) -> None:
    first = cdx_timestamp(scene.captures(ARTICLE)[0].captured)
    open_page(scene, pywb, collection, first, ARTICLE, "article")
    assert looks_as_live(scene)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_redirect_leads_on(scene: Scene, pywb: str, collection: str) -> None:
    first = cdx_timestamp(scene.captures(MOVED)[0].captured)
    frame = open_page(scene, pywb, collection, first, MOVED, "redirect")
    assert frame.endswith(ARTICLE)
    assert looks_as_live(scene)


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("name", ["same", "rechunked", "whole", "copy"])
def test_a_revisit_plays_what_it_refers_to(
    scene: Scene, pywb: str, again: dict[str, Capture], collection: str, name: str
) -> None:
    timestamp = cdx_timestamp(again[name].captured)
    path = COPY if name == "copy" else ARTICLE
    frame = open_page(scene, pywb, collection, timestamp, path, f"revisit-{name}")
    assert f"/{timestamp}" in frame, "the revisit itself, not a neighbour"
    assert looks_as_live(scene)


@pytest.mark.parametrize("collection", ["index", "package"])
def test_the_index_is_as_pywb_would_write_it(scene: Scene, pywb: str, collection: str) -> None:
    """What pywb finds by its own index of the exported WARC it finds by ours, but for what shows nothing."""

    def listed(name: str) -> set[tuple[str, str, str]]:
        url = f"{pywb}/{name}/cdx?url={scene.origin}/&matchType=prefix&output=json"
        with urllib.request.urlopen(url, timeout=10) as answer:
            rows = [json.loads(line) for line in answer.read().decode().splitlines()]
        return {
            (row["urlkey"], row["timestamp"][:14], row["digest"])
            for row in rows
            if row["mime"] != "text/plain; charset=utf-8"
        }

    theirs, ours = listed("warc"), listed(collection)
    assert ours <= theirs
    assert len(theirs) - len(ours) == 1, "the 304"


def test_keys_are_those_of_pywb() -> None:
    random.seed(20261122)
    pieces = "a B / // %2F %25 %41 %2e %3F %23 %26 %3D & = ? + %20 你 . .. - _ ~ ' ( ) %C4%E3 %0A : @ ! , ; { } [ ] |"
    pieces += " sid=9682993c8daa2c5497996114facdc805 jsessionid=0123456789ABCDEF0123456789ABCDEF %252541 x=1 y=2"
    hosts = "news.cn www.news.cn www1.a.com.cn 127.0.0.1:8080 [::1]:81 www.com w_w.x.cn:443".split()
    urls = {
        url
        for _ in range(20_000)
        if (
            url := canonical(
                f"http://{random.choice(hosts)}/" + "".join(random.choices(pieces.split(), k=random.randint(0, 7)))
            )
        )
    }
    code = (
        "import json, sys; from pywb.utils.canonicalize import canonicalize\n"
        "print(json.dumps([canonicalize(url) for url in json.load(sys.stdin)]))"
    )
    asked = sorted(urls)
    ran = subprocess.run(
        [programs() / "python", "-c", code], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    theirs = json.loads(ran.stdout)
    assert [(url, cdx_key(url)) for url in asked] == list(zip(asked, theirs, strict=True))
