"""Owns an archive with its catalogue, as exports find one: two sealed files, both kinds of revisit, a redirect."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from pipelines.changes import settle
from storage.catalogue import Catalogue
from storage.model import Capture, Exchange, Link, Outcome, Revisit, Thresholds
from storage.warc import WarcWriter
from tests.storage.exchanges import AT, ATTEMPT, CRAWL, SOURCE, exchange, revisit, writer
from tests.storage.outcomes import make_outcome

__all__ = ["NEXT_DAY", "SITE", "Holdings"]

SITE = "http://www.example.cn"
NEXT_CRAWL = "aaaaaaaa-1111-4222-8333-444444444444"
NEXT_DAY = AT + timedelta(days=1)
REDIRECT = b"HTTP/1.1 301 Moved Permanently\r\nLocation: /1.html\r\nContent-Length: 0\r\n\r\n"
NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'


@dataclass
class Holdings:
    """An archive in `folder`, its catalogue open, its captures by name."""

    folder: Path
    catalogue: Catalogue
    captures: dict[str, Capture]

    @classmethod
    def make(cls, folder: Path) -> Holdings:
        """Write two days: two articles, a redirect and a POST; then what is unchanged, under another URL too."""
        catalogue = Catalogue.open(folder / "catalogue.sqlite", settle=settle)
        made = cls(folder, catalogue, {})
        catalogue.start_crawl(CRAWL, SOURCE, AT, Thresholds())
        first = writer(folder)
        made.add(first, "one", exchange(1), body="甲。")
        made.add(first, "two", exchange(2), body="乙。")
        made.add(first, "old", exchange(3, url=f"{SITE}/old.html", response=REDIRECT), to=f"{SITE}/1.html")
        made.add(first, "posted", exchange(4, method="POST"), role="list:0")
        made.close(first)
        catalogue.start_crawl(NEXT_CRAWL, SOURCE, NEXT_DAY, Thresholds())
        second = writer(folder, crawl_id=NEXT_CRAWL, started=NEXT_DAY)
        again = {"started": NEXT_DAY}
        made.add(second, "one again", exchange(1, **again), revisit(made["one"]), body="甲。")
        made.add(second, "two held", exchange(2, response=NOT_MODIFIED, **again), revisit(made["two"], "server"))
        copy = exchange(1, url=f"{SITE}/copy.html", **again)
        made.add(second, "copy", copy, revisit(made["one"]), body="甲。")
        made.close(second)
        return made

    def __getitem__(self, name: str) -> Capture:
        """Return a capture by its name."""
        return self.captures[name]

    def add(
        self,
        out: WarcWriter,
        name: str,
        made: Exchange,
        again: Revisit | None = None,
        *,
        to: str | None = None,
        role: str = "article:0",
        **fields: Any,
    ) -> None:
        """Archive and catalogue one exchange; `to` is where a redirect leads."""
        crawl = NEXT_CRAWL if made.started >= NEXT_DAY else CRAWL
        capture = out.append(made, replace(ATTEMPT, role=role, crawl_id=crawl), revisit=again)
        assert capture is not None
        self.captures[name] = capture
        self.catalogue.commit(
            [self._outcome(capture, to, {"role": role, **fields})], now=capture.captured, frontier=False
        )

    def close(self, out: WarcWriter) -> None:
        """Seal a file."""
        out.close()

    def _outcome(self, capture: Capture, to: str | None, fields: dict[str, Any]) -> Outcome:
        return make_outcome(
            capture.url,
            capture.captured,
            status=capture.status,
            source=SOURCE.name,
            crawl=capture.crawl_id,
            capture=asdict(capture),
            links=(Link(to, "article:0", "redirect"),) if to is not None else (),
            **fields,
        )
