"""Owns the trial on real pages: a corpus served on loopback behind one list page, crawled with one source file,
checked.

    python -m bench.corpus_crawl ../shared/corpus zh_gne,zh_magic,zh_163,zh_cwced

Every page must come out as an article or as a row with its reason, its bytes exact. The corpus stays outside the
project.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.run import Archive
from tests.server import Asked, Server, Step, response
from tests.warc_by_hand import read_member

__all__ = ["main"]

_TOML = """schema = 1
title = "语料"
home = "{base}/"

[crawl]
delay_s = 0
concurrency = 8

[[lists]]
url = "{base}/list.html"

[[articles]]
match = ['/page/[a-z0-9_]+/\\d+\\.html$']
"""


def pages_of(corpus: Path, sets: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of each page of the sets."""
    for name in sets:
        with (corpus / name / "items.jsonl").open(encoding="utf-8") as items:
            for number, line in enumerate(items):
                file = corpus / name / json.loads(line)["file"]
                page = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
                yield f"/page/{name}/{number}.html", page


def main(corpus: Path, sets: list[str]) -> int:
    """Crawl the corpus and print what became of its pages; 1 if one was lost or is not exact."""
    pages = dict(pages_of(corpus, sets))
    links = "".join(f'<li><a href="{path}">{path}</a></li>' for path in pages)

    def answer(asked: Asked) -> Iterable[Step]:
        if asked.target == "/list.html":
            return [response(f"<html><body><ul>{links}</ul></body></html>".encode(), ("Content-Type", "text/html"))]
        if asked.target in pages:
            return [response(pages[asked.target], ("Content-Type", "text/html"))]
        return [response(b"nothing here", status="404 Not Found")]

    with tempfile.TemporaryDirectory() as folder, Server(answer) as server:
        archive = Archive(Path(folder))
        archive.add_source("corpus", _TOML.format(base=server.origin))
        run = archive.scrapy("crawl", "corpus", timeout_s=600)
        print(run.stdout)
        return _judge(archive, server.origin, pages)


def _judge(archive: Archive, origin: str, pages: dict[str, bytes]) -> int:
    captures = archive.rows("SELECT url, warc_file, warc_offset, warc_length FROM capture WHERE status = 200")
    blocks = {
        url: read_member(archive.path / "warc" / file, offset, length).block for url, file, offset, length in captures
    }
    articles = {url for (url,) in archive.rows("SELECT url FROM article")}
    reasons = dict(archive.rows("SELECT url, stage || ': ' || reason FROM failure"))
    inexact = [path for path, page in pages.items() if not blocks.get(origin + path, b"").endswith(b"\r\n\r\n" + page)]
    lost = [path for path in pages if origin + path not in articles and origin + path not in reasons]
    print(f"{len(pages)} pages: {len(articles)} articles, {len(reasons)} failure rows, {len(lost)} lost", end=", ")
    print(f"{len(inexact)} not exact")
    for reason, count in Counter(reasons.values()).most_common():
        print(f"  {count} x {reason}")
    for path in lost + inexact:
        print(f"  wrong: {path}")
    return 1 if lost or inexact else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2].split(",")))
